"""Push accounts: who may speak for a device over GA/T 1400, and by what proof (NJ 8, 12).

    issue ──▶ account of one camera                      it speaks for that device alone
         └──▶ account of a host (platform, recorder) ──list──▶ further devices of the same agency ──unlist──▶ gone

A host has a code of its own, which is no device's. It speaks for the devices on its list and for no other.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    v: ClassVar[int] = 4

    account: str
    realm: str
    host_code: str | None
    sessions: bool
    digest: bool
    media_hosts: tuple[str, ...]


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


def issue_account(
    device: Device,
    *,
    account: str,
    realm: str,
    host_code: str | None,
    sessions: bool,
    digest: bool,
    media_hosts: tuple[str, ...],
    profile: Profile,
) -> DeviceAccountIssued:
    """A Digest account for a device that stands (D-T8). Every capture that it pushes is judged by itself.

    `digest` lets its captures rest on the password alone, where the profile knows that relaxation: a capture is
    otherwise proved by mutual TLS or by the device's own signature (NJ 8).
    """
    _require_reachable(device)
    if digest and not profile.evidence.digest_by_account:
        raise Refusal(Kind.CONFLICT, "DEV_DIGEST_NOT_ALLOWED", {"profile": profile.id}, article=NJ_8)
    return DeviceAccountIssued(device.id, account, realm, host_code, sessions, digest, media_hosts)


def list_device(device: Device, *, account: str, host_code: str | None) -> DeviceAccountListed:
    """Let the account of a host speak for a further device. The account of a camera speaks for one device alone."""
    if host_code is None:
        raise Refusal(Kind.CONFLICT, "DEV_ACCOUNT_NOT_OF_A_HOST", {"account": account}, article=NJ_8)
    _require_reachable(device)
    return DeviceAccountListed(device.id, account)


def unlist_device(device: Device, *, account: str) -> DeviceAccountUnlisted:
    """Let the account of a host speak for the device no more; in any state of the device."""
    return DeviceAccountUnlisted(device.id, account)


def _require_reachable(device: Device) -> None:
    if device.state not in _REACHABLE or device.code is None:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state},
            wording="account",
            article=NJ_8,
        )
