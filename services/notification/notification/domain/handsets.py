"""The phones of a party that may be woken by a push, and where a push reaches each.

    registered --readdress--> registered --end--> ended (final)

A push service gives a phone an address and changes it at will, so the phone tells the new one (readdress). An
address is personal data and lies sealed; it goes when the registration ends. A push says nothing but that there is
something to read, so losing one loses nothing: the inbox has it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never
from urllib.parse import urlsplit

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import HandsetId, PartyId
from notification.domain.channels import Address, Channel


class PushService(StrEnum):
    """Who carries the push: Web Push (RFC 8030), or the service of the phone's maker."""

    WEBPUSH = "WEBPUSH"
    HMS = "HMS"
    HONOR = "HONOR"
    XIAOMI = "XIAOMI"
    OPPO = "OPPO"
    VIVO = "VIVO"
    APNS = "APNS"
    FCM = "FCM"


class HandsetEnd(StrEnum):
    """Why a phone is pushed to no more: the party says so, the push service forgot it, or too many came after."""

    UNREGISTERED = "UNREGISTERED"
    GONE = "GONE"
    REPLACED = "REPLACED"


@dataclass(frozen=True)
class PushAddress:
    """`target` is the token of a maker's service, or the URL of a Web Push subscription with its two keys."""

    target: str
    p256dh: str | None = None
    auth: str | None = None


@dataclass(frozen=True)
class Handset:
    """A phone's registration. `address` is None once it ended."""

    id: HandsetId
    party_id: PartyId
    push: PushService
    address: PushAddress | None
    registered_at: datetime
    readdressed_at: datetime | None = None
    ended_at: datetime | None = None
    end: HandsetEnd | None = None


@dataclass(frozen=True)
class _OfAParty(Fact):
    party_id: PartyId

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


@dataclass(frozen=True)
class HandsetRegistered(_OfAParty):
    """The party's phone may be pushed to by this service. The address is in no record."""

    type: ClassVar[str] = "handset.registered"

    push: PushService


@dataclass(frozen=True)
class HandsetReaddressed(_OfAParty):
    """A push reaches the phone at another address now."""

    type: ClassVar[str] = "handset.readdressed"

    push: PushService


@dataclass(frozen=True)
class HandsetEnded(_OfAParty):
    """The phone is pushed to no more, and its address is gone."""

    type: ClassVar[str] = "handset.ended"

    reason: HandsetEnd


HandsetFact = HandsetReaddressed | HandsetEnded

MOST: Final = 20
"""Phones of one party. A phone that was given away without a word must not keep the next one out."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,1000}")
_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def register(
    handset_id: HandsetId, party_id: PartyId, push: PushService, address: PushAddress
) -> HandsetRegistered:
    """The party registers a phone. Raises Refusal NOTI_PUSH_ADDRESS for an address that no push can reach."""
    _require_address(push, address)
    return HandsetRegistered(handset_id, party_id, push)


def overdue(handsets: Sequence[Handset]) -> Sequence[Handset]:
    """Those of a party's `handsets` that must end so that one more has room: the oldest."""
    standing = sorted(
        (each for each in handsets if each.ended_at is None), key=lambda each: (each.registered_at, each.id)
    )
    return standing[: max(0, len(standing) - MOST + 1)]


def readdress(handset: Handset, push: PushService, address: PushAddress) -> HandsetReaddressed | None:
    """The push service gave the phone another address; None for the one that is known."""
    _require_standing(handset)
    _require_address(push, address)
    if (handset.push, handset.address) == (push, address):
        return None
    return HandsetReaddressed(handset.id, handset.party_id, push)


def end(handset: Handset, reason: HandsetEnd) -> HandsetEnded:
    """Push to this phone no more."""
    _require_standing(handset)
    return HandsetEnded(handset.id, handset.party_id, reason)


def address_of(handset: Handset) -> Address | None:
    """Where a hint to the phone goes: the token of its maker's service, or the subscription as JSON. None: it ended."""
    address = handset.address
    if address is None:
        return None
    if handset.push is not PushService.WEBPUSH:
        return Address(Channel.PUSH, address.target)
    keys = {"p256dh": address.p256dh, "auth": address.auth}
    return Address(Channel.WEBPUSH, json.dumps({"endpoint": address.target, "keys": keys}, sort_keys=True))


def begun(fact: HandsetRegistered, address: PushAddress, *, at: datetime) -> Handset:
    """The handset that `fact`, recorded at `at`, begins."""
    return Handset(HandsetId(fact.owner), fact.party_id, fact.push, address, at)


def after(handset: Handset, fact: HandsetFact, address: PushAddress | None, *, at: datetime) -> Handset:
    """The handset as `fact`, recorded at `at`, leaves it; `address` is the new one of a readdressing."""
    match fact:
        case HandsetReaddressed():
            return replace(handset, push=fact.push, address=address, readdressed_at=at)
        case HandsetEnded():
            return replace(handset, address=None, ended_at=at, end=fact.reason)
        case _:
            assert_never(fact)


def _require_standing(handset: Handset) -> None:
    if handset.ended_at is not None:
        raise Refusal(
            Kind.CONFLICT, "NOTI_HANDSET_ENDED", {"handset": handset.id, "ended_at": handset.ended_at}
        )


def _require_address(push: PushService, address: PushAddress) -> None:
    is_web = push is PushService.WEBPUSH
    fits = _is_subscription(address) if is_web else bool(_TOKEN.fullmatch(address.target))
    if not fits:
        raise Refusal(Kind.INVALID, "NOTI_PUSH_ADDRESS", wording="web" if is_web else "")


def _is_subscription(address: PushAddress) -> bool:
    """An https URL without credentials, a point of P-256, and 16 bytes (RFC 8291 §3).

    Where the URL leads is asked when it is used: a name can lead elsewhere by then.
    """
    try:
        url = urlsplit(address.target)
        port = url.port
    except ValueError:
        return False
    is_url = (
        url.scheme == "https" and bool(url.hostname) and port in (None, 443) and len(address.target) <= 1000
    )
    is_plain = url.username is None and not url.fragment and bool(_TOKEN.fullmatch(address.target))
    key, auth = _bytes_of(address.p256dh), _bytes_of(address.auth)
    return is_url and is_plain and _is_point(key) and len(auth) == 16


def _bytes_of(text: str | None) -> bytes:
    """The bytes of base64url without padding (RFC 7515 §2); none where it is not that."""
    if text is None or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _is_point(key: bytes) -> bool:
    """Whether `key` is an uncompressed point of the curve P-256: a key that is none would fail at the first push."""
    if len(key) != 65 or key[0] != 4:
        return False
    x, y = int.from_bytes(key[1:33]), int.from_bytes(key[33:])
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0
