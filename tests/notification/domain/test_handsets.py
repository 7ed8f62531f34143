"""A push address is one that a push can reach; a phone that ended stays ended; the oldest makes room."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.values.errors import Kind, Refusal
from common.values.ids import HandsetId, PartyId
from notification.domain.handsets import (
    MOST,
    Handset,
    HandsetEnd,
    PushAddress,
    PushService,
    after,
    begun,
    end,
    overdue,
    readdress,
    register,
)
from tests.notification.domain.test_message import NOON

PARTY = PartyId.new(NOON)
TOKEN = PushAddress("a" * 64)
POINT = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


WEB = PushAddress("https://push.example/send/abc", b64(POINT), b64(bytes(16)))


def registered(push: PushService = PushService.HMS, address: PushAddress = TOKEN) -> Handset:
    return begun(register(HandsetId.new(NOON), PARTY, push, address), address, at=NOON)


def test_a_phone_is_registered_readdressed_and_ended_once() -> None:
    handset = registered()
    newer = PushAddress("b" * 64)

    moved = readdress(handset, PushService.HMS, newer)
    assert moved is not None
    handset = after(handset, moved, newer, at=NOON + timedelta(hours=1))
    ended = after(handset, end(handset, HandsetEnd.GONE), None, at=NOON + timedelta(hours=2))

    assert (handset.address, handset.readdressed_at) == (newer, NOON + timedelta(hours=1))
    assert readdress(handset, PushService.HMS, newer) is None
    assert (ended.address, ended.end) == (None, HandsetEnd.GONE)
    for act in (lambda: end(ended, HandsetEnd.GONE), lambda: readdress(ended, PushService.HMS, TOKEN)):
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "NOTI_HANDSET_ENDED")


def test_the_oldest_phone_makes_room() -> None:
    phones = [replace(registered(), registered_at=NOON + timedelta(hours=n)) for n in range(MOST)]
    ended = replace(phones[0], ended_at=NOON)

    assert list(overdue(phones)) == [phones[0]]
    assert list(overdue([ended, *phones[1:]])) == []
    assert list(overdue([])) == []


def test_a_web_push_subscription_is_taken() -> None:
    assert registered(PushService.WEBPUSH, WEB).address == WEB
    assert registered(PushService.WEBPUSH, replace(WEB, target="https://push.example:443/x")).address


@pytest.mark.parametrize(
    "address",
    [
        replace(WEB, target="http://push.example/x"),
        replace(WEB, target="https://user:secret@push.example/x"),
        replace(WEB, target="https://push.example:8443/x"),
        replace(WEB, target="https://push.example:99999/x"),
        replace(WEB, target="https://push.example/x#y"),
        replace(WEB, target="https:///x"),
        replace(WEB, target="https://push.example/" + "x" * 1000),
        replace(WEB, target="https://push.example/ x"),
        replace(WEB, p256dh=None),
        replace(WEB, p256dh=b64(POINT[:-1])),
        replace(WEB, p256dh=b64(POINT[:-1] + bytes([POINT[-1] ^ 1]))),
        replace(WEB, p256dh=b64(b"\x04" + bytes(64))),
        replace(WEB, p256dh=b64(b"\x02" + POINT[1:])),
        replace(WEB, p256dh=b64(POINT) + "="),
        replace(WEB, auth=b64(bytes(15))),
        replace(WEB, auth="*" * 22),
    ],
    ids=range(16),
)
def test_a_subscription_that_no_push_can_reach_is_refused(address: PushAddress) -> None:
    with pytest.raises(Refusal) as refusal:
        registered(PushService.WEBPUSH, address)

    assert (refusal.value.code, refusal.value.wording) == ("NOTI_PUSH_ADDRESS", "web")


@pytest.mark.parametrize("token", ["short", "a b" * 10, "令牌" * 10, "a" * 1001, "a\n" * 10])
def test_a_token_that_no_push_service_gives_is_refused(token: str) -> None:
    with pytest.raises(Refusal) as refusal:
        registered(PushService.FCM, PushAddress(token))

    assert refusal.value.code == "NOTI_PUSH_ADDRESS"
