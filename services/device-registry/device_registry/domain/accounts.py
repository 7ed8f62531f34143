"""Push accounts: who may speak for a device over GA/T 1400, and by what proof (NJ 8, 12).

    issue ──▶ account of one camera                      it speaks for that device alone
      │  └──▶ account of a host (platform, recorder) ──list──▶ further devices of the same agency ──unlist──▶ gone
      ├── address ──▶ a secret address of one camera     its token is shown once, and good from its own address alone
      ├── bind ──▶ a TLS certificate that is the account ──release──▶ it is nobody's (final)
      ├── rotate ──▶ a new account with its list; the old one speaks on to the end of the overlap
      └── revoke ──▶ it speaks no more (final)

An account speaks from `valid_from` until `valid_until`, and not a second longer: a password that nobody changes is
known to more people every year.

A host has a code of its own, which is no device's. It speaks for the devices on its list and for no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.law import NJ_8
from common.values.profile import Profile
from device_registry.domain.device import Device, State

_REACHABLE = {
    State.INSTALLED,
    State.TRIAL,
    State.PUBLISHED,
    State.ACTIVE,
    State.MAINTENANCE,
    State.SUSPENDED,
}


@dataclass(frozen=True)
class DeviceAccountIssued(Fact):
    """A Digest account for the device. `host_code` is the 20 digits of the platform, recorder or terminal host that
    speaks with it, None for a camera. `sessions` says that a push may rest on an earlier proof from the same address,
    `digest` that a capture may rest on the password alone. Pictures by URL are fetched from `media_hosts`.
    """

    type: ClassVar[str] = "device.account_issued"
    v: ClassVar[int] = 5

    account: str
    realm: str
    host_code: str | None
    sessions: bool
    digest: bool
    media_hosts: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class DeviceAccountListed(Fact):
    """The account of a host may speak for the device from here on."""

    type: ClassVar[str] = "device.account_listed"

    account: str


@dataclass(frozen=True)
class DeviceAccountUnlisted(Fact):
    """The account of a host speaks for the device no more."""

    type: ClassVar[str] = "device.account_unlisted"

    account: str


@dataclass(frozen=True)
class DeviceAccountRotated(Fact):
    """The account `to` takes the place of this one, which speaks until `valid_until`."""

    type: ClassVar[str] = "device.account_rotated"

    account: str
    to: str
    valid_until: datetime


class AccountEnd(StrEnum):
    """Why an account ended."""

    REPLACED = "REPLACED"
    LOST = "LOST"
    COMPROMISED = "COMPROMISED"
    NOT_NEEDED = "NOT_NEEDED"


@dataclass(frozen=True)
class DeviceAccountRevoked(Fact):
    """The account speaks for nobody from here on. It stands in the stream of the device of its issue."""

    type: ClassVar[str] = "device.account_revoked"

    account: str
    reason: AccountEnd


@dataclass(frozen=True)
class DeviceCertificateBound(Fact):
    """Whoever holds the key of this TLS certificate is the account, while the certificate is valid.

    `sha256` is that of the certificate's DER, in hex.
    """

    type: ClassVar[str] = "device.certificate_bound"

    account: str
    sha256: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class DeviceCertificateReleased(Fact):
    """The certificate is the account no more."""

    type: ClassVar[str] = "device.certificate_released"

    account: str
    sha256: str


@dataclass(frozen=True)
class DeviceSecretAddressIssued(Fact):
    """The camera pushes to an address that nobody can guess. `token_sha256` is that of its secret part, in hex;
    `addresses` are the networks from which it may come.
    """

    type: ClassVar[str] = "device.secret_address_issued"

    account: str
    token_sha256: str
    addresses: tuple[str, ...]


def issue_account(
    device: Device,
    *,
    account: str,
    realm: str,
    host_code: str | None,
    sessions: bool,
    digest: bool,
    media_hosts: tuple[str, ...],
    valid_from: datetime,
    valid_until: datetime | None,
    profile: Profile,
    further: Iterable[Device] = (),
) -> DeviceAccountIssued:
    """A Digest account for a device that stands (D-T8). Every capture that it pushes is judged by itself.

    `digest` lets its captures rest on the password alone, where the profile knows that relaxation: a capture is
    otherwise proved by mutual TLS or by the device's own signature (NJ 8). Without `valid_until` the account lasts as
    long as the profile allows. A host that will speak for `further` devices may begin with one that is out of use.
    """
    if host_code is None or not any(is_reachable(each) for each in further):
        require_reachable(device)
    last = valid_from + timedelta(days=profile.register.account_most_cd)
    until = last if valid_until is None else valid_until
    if not valid_from < until <= last:
        facts = {"from": valid_from, "most": profile.register.account_most_cd}
        raise Refusal(Kind.INVALID, "DEV_ACCOUNT_PERIOD", facts, article=NJ_8)
    if digest and not profile.evidence.digest_by_account:
        raise Refusal(Kind.CONFLICT, "DEV_DIGEST_NOT_ALLOWED", {"profile": profile.id}, article=NJ_8)
    return DeviceAccountIssued(
        device.id, account, realm, host_code, sessions, digest, media_hosts, valid_from, until
    )


def rotate_account(
    device: Device,
    *,
    account: str,
    to: str,
    ends_at: datetime,
    overlap_d: int,
    profile: Profile,
    at: datetime,
) -> DeviceAccountRotated:
    """Let `to` take the place of an account that ends at `ends_at`. The old one speaks for `overlap_d` more days.

    The overlap lets somebody set the new password at the camera while its captures still arrive. It never makes the
    old account last longer than it would have.
    """
    most = profile.register.account_overlap_cd
    if overlap_d > most:
        raise Refusal(Kind.INVALID, "DEV_ACCOUNT_OVERLAP", {"most": most}, article=NJ_8)
    return DeviceAccountRotated(device.id, account, to, min(ends_at, at + timedelta(days=overlap_d)))


def require_current(
    account: str, *, is_revoked: bool, rotated_to: str | None, ends_at: datetime, at: datetime
) -> None:
    """Refuse to rotate an account that ended, or that another one replaces already."""
    require_account(account, is_revoked=is_revoked)
    if rotated_to is not None:
        facts = {"account": account, "to": rotated_to}
        raise Refusal(Kind.CONFLICT, "DEV_ACCOUNT_ROTATED", facts, article=NJ_8)
    if ends_at <= at:
        raise Refusal(
            Kind.CONFLICT, "DEV_ACCOUNT_EXPIRED", {"account": account, "until": ends_at}, article=NJ_8
        )


def list_device(device: Device, *, account: str, host_code: str | None) -> DeviceAccountListed:
    """Let the account of a host speak for a further device. The account of a camera speaks for one device alone."""
    if host_code is None:
        raise Refusal(Kind.CONFLICT, "DEV_ACCOUNT_NOT_OF_A_HOST", {"account": account}, article=NJ_8)
    require_reachable(device)
    return DeviceAccountListed(device.id, account)


def unlist_device(device: Device, *, account: str) -> DeviceAccountUnlisted:
    """Let the account of a host speak for the device no more; in any state of the device."""
    return DeviceAccountUnlisted(device.id, account)


def revoke_account(
    device: Device, *, account: str, reason: AccountEnd, is_revoked: bool
) -> DeviceAccountRevoked:
    """End an account, in any state of its device. It never comes back: a new one is issued."""
    require_account(account, is_revoked=is_revoked)
    return DeviceAccountRevoked(device.id, account, reason)


def bind_certificate(
    device: Device,
    *,
    account: str,
    is_revoked: bool,
    sha256: str,
    valid_from: datetime,
    valid_until: datetime,
    at: datetime,
) -> DeviceCertificateBound:
    """Let a TLS certificate stand for the account: mutual TLS shows who sends, without a password (NJ 8)."""
    require_account(account, is_revoked=is_revoked)
    require_reachable(device)
    if not at < valid_until:
        raise Refusal(Kind.INVALID, "DEV_CERTIFICATE_PAST", {"until": valid_until}, article=NJ_8)
    return DeviceCertificateBound(device.id, account, sha256, valid_from, valid_until)


def issue_secret_address(
    device: Device,
    *,
    account: str,
    is_revoked: bool,
    host_code: str | None,
    token_sha256: str,
    addresses: tuple[str, ...],
) -> DeviceSecretAddressIssued:
    """A secret address for a camera that can prove nothing (ISAPI). It stands for one camera, never for a host."""
    require_account(account, is_revoked=is_revoked)
    require_reachable(device)
    if host_code is not None:
        raise Refusal(Kind.CONFLICT, "DEV_ACCOUNT_OF_A_HOST", {"account": account}, article=NJ_8)
    return DeviceSecretAddressIssued(device.id, account, token_sha256, addresses)


def release_certificate(device: Device, *, account: str, sha256: str) -> DeviceCertificateReleased:
    """Let a TLS certificate stand for the account no more, in any state of its device."""
    return DeviceCertificateReleased(device.id, account, sha256)


def require_account(account: str, *, is_revoked: bool) -> None:
    """Refuse an act on an account that ended."""
    if is_revoked:
        raise Refusal(Kind.CONFLICT, "DEV_ACCOUNT_REVOKED", {"account": account}, article=NJ_8)


def is_reachable(device: Device) -> bool:
    """Whether the device stands and is not out of use for good, so that somebody may speak for it."""
    return device.state in _REACHABLE and device.code is not None


def require_reachable(device: Device) -> None:
    """Refuse a device that does not stand yet, or no more."""
    if not is_reachable(device):
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state},
            wording="account",
            article=NJ_8,
        )
