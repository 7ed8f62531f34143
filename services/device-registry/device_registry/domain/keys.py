"""The keys with which a device signs its captures (NJ 8): several at once, so that one takes over without a pause.

    enrolled ──valid_from──▶ in force ──valid_until──▶ past
        └─────────────────────────┴───────revoke─────────┴──▶ revoked (final)

A key is judged at the time of the capture: a capture of yesterday that arrives today stands with yesterday's key. So
nothing of a key is ever deleted, and its validity begins with its enrolment and never before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import DeviceId
from common.values.law import NJ_8
from device_registry.domain.accounts import require_reachable
from device_registry.domain.device import Device

LONGEST: Final = timedelta(days=366)
MOST_NUMBERS: Final = 9_999


class Algorithm(StrEnum):
    """How a device signs."""

    ED25519 = "ed25519"
    P256 = "ecdsa-p256-sha256"
    SM2 = "sm2-sm3"


class Holder(StrEnum):
    """Where the private key lies: in the camera itself, or in our own gateway beside it."""

    CAMERA = "CAMERA"
    EDGE_GATEWAY = "EDGE_GATEWAY"


class Revocation(StrEnum):
    """Why a key ended. Only WITHDRAWN says that the device signs no more: it was the device's last key, on purpose."""

    REPLACED = "REPLACED"
    LOST = "LOST"
    COMPROMISED = "COMPROMISED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class SigningKey:
    """One public key of a device. `revoked_from` is the instant from which its signatures count no more."""

    kid: str
    device_id: DeviceId
    algorithm: Algorithm
    public_key: bytes
    holder: Holder
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None
    revoked_from: datetime | None = None
    revocation: Revocation | None = None

    def is_in_force(self, at: datetime) -> bool:
        return self.revoked_at is None and self.valid_from <= at < self.valid_until


@dataclass(frozen=True)
class DeviceKeyEnrolled(Fact):
    """The device signs with this key. The record holds the public key: what it signed can be checked for ever."""

    type: ClassVar[str] = "device.key_enrolled"

    kid: str
    algorithm: Algorithm
    public_key: bytes
    holder: Holder
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class DeviceKeyRevoked(Fact):
    """From `since` on nothing that the key signed counts."""

    type: ClassVar[str] = "device.key_revoked"

    kid: str
    reason: Revocation
    since: datetime


def possession_text(kid: str, public_key: bytes) -> bytes:
    """The bytes that a device signs to prove a key: three lines, each ended, so that no manifest reads the same."""
    return f"mingzheng-device-key/v1\n{kid}\n{sha256(public_key).hexdigest()}\n".encode()


def enroll_key(
    device: Device,
    *,
    kid: str,
    algorithm: Algorithm,
    public_key: bytes,
    holder: Holder,
    valid_from: datetime | None,
    valid_until: datetime,
    at: datetime,
) -> DeviceKeyEnrolled:
    """Take a key whose possession was proved.

    Its validity begins with the enrolment or later: a key that reached back would let somebody sign the past. It lasts
    a year at most, because a key that lies on a pole does not stay secret for ever.
    """
    require_reachable(device)
    code, _, number = kid.partition("#")
    if code != device.code or not 0 < int(number) <= MOST_NUMBERS:
        raise Refusal(Kind.INVALID, "DEV_KEY_NAME", {"kid": kid, "code": device.code or ""}, article=NJ_8)
    begins = valid_from or at
    if begins < at or not begins < valid_until <= begins + LONGEST:
        raise Refusal(Kind.INVALID, "DEV_KEY_PERIOD", {"at": at, "most": LONGEST.days}, article=NJ_8)
    return DeviceKeyEnrolled(device.id, kid, algorithm, public_key, holder, begins, valid_until)


def enrolled(fact: DeviceKeyEnrolled) -> SigningKey:
    """The key that `fact` brings."""
    return SigningKey(
        fact.kid,
        DeviceId(fact.owner),
        fact.algorithm,
        fact.public_key,
        fact.holder,
        fact.valid_from,
        fact.valid_until,
    )


def revoke_key(
    key: SigningKey, *, reason: Revocation, since: datetime | None, at: datetime
) -> DeviceKeyRevoked:
    """End a key, in any state of its device.

    `since` may reach back to when the key was lost, because from then on somebody else could sign with it. A key that
    ended already is revoked again only from an earlier instant.
    """
    begins = since or at
    if not key.valid_from <= begins <= max(at, key.valid_from):
        raise Refusal(
            Kind.INVALID,
            "DEV_KEY_REVOCATION",
            {"kid": key.kid, "from": key.valid_from, "at": at},
            article=NJ_8,
        )
    if key.revoked_from is not None and begins >= key.revoked_from:
        raise Refusal(
            Kind.CONFLICT, "DEV_KEY_REVOKED", {"kid": key.kid, "from": key.revoked_from}, article=NJ_8
        )
    return DeviceKeyRevoked(key.device_id, key.kid, reason, begins)


def after(key: SigningKey, fact: DeviceKeyRevoked, *, at: datetime) -> SigningKey:
    """The key as `fact`, recorded at the instant `at`, leaves it."""
    return replace(key, revoked_at=at, revoked_from=fact.since, revocation=fact.reason)
