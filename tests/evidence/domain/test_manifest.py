"""What a device signs: the published vector, the form of a manifest, and its place in the chain."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from common.calls.devicekeys import DeviceKey
from evidence.domain.capture import Measured, Passage, Picture, Quantity, Subject
from evidence.domain.flags import Flag
from evidence.domain.manifest import START, read_manifest
from evidence.domain.sequence import Link, Neighbours, Place, place
from evidence.domain.signing import Words, differences
from ledger.canonical import canonical

# Made with the private key 00 01 … 1f: whoever builds a camera compares its own bytes with these.
VECTOR = (
    '{"alg":"ed25519","device_id":"13030421191190201061","images":[{"image_id":'
    '"13030421191190201061022026112116252000001","sha256":'
    '"d09d6ae6dd1031f640a5f1e102f9f3b625b564cd900e38a63c2250fbb39bd5fd","size":7697,"type":"02"}],'
    '"kid":"13030421191190201061#1","motor_vehicle_id":"130304211911902010610220261121162520000010200001",'
    '"plate_color":"5","plate_no":"沪A88888",'
    '"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":42,'
    '"shot_time":"20261121162520","tz":"+08:00","v":1}'
).encode()
PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SIGNATURE = "HXQHpORfnYizqEGB2SQMMEG/X5Bmw7HHMVQwpN3CzNPRI6XWgHZcnk5dIwCupkCXDt9V7HHzSKpjvcBL7Jw3Aw=="
MANIFEST = read_manifest(VECTOR)
PLATE = Subject("沪A88888", "5", "99")
PICTURE = Picture(MANIFEST.images[0].sha256, "0" * 64, 7697, "image/jpeg", 1280, 720, True, kind="02")
WORDS = Words(
    MANIFEST.device_code, MANIFEST.object_id, MANIFEST.shot_at, PLATE, Passage(1, "3", "K33"), None, "CM-0107"
)


def test_the_vector_verifies_over_its_exact_bytes_and_over_no_others() -> None:
    key = DeviceKey("ed25519", base64.b64decode(PUBLIC))

    assert hashlib.sha256(VECTOR).hexdigest() == MANIFEST.sha256
    assert MANIFEST.sha256 == "19ad82a72f593929b3555012df50796cea231380a8b7d7f594a1ce65ca7abdab"
    assert key.verifies(VECTOR, base64.b64decode(SIGNATURE))
    assert not key.verifies(VECTOR + b" ", base64.b64decode(SIGNATURE))
    assert not key.verifies(VECTOR, base64.b64decode(SIGNATURE)[:-1])
    assert (MANIFEST.seq, MANIFEST.shot_at) == (42, datetime(2026, 11, 21, 8, 25, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    "wrong",
    [
        VECTOR + b"\n",
        VECTOR.replace(b'"v":1', b'"v":2'),
        VECTOR.replace(b'"v":1', b'"v":true'),
        VECTOR.replace(b'"seq":42', b'"seq":-1'),
        VECTOR.replace(b'"seq":42', b'"seq":"42"'),
        VECTOR.replace(b"20261121162520", b"20261321162520"),
        VECTOR.replace(b'"+08:00"', b'"+0800"'),
        VECTOR.replace(b"1061#1", b"1061#01"),
        canonical({"v": 1}),
        b"[]",
        b"",
    ],
)
def test_bytes_that_are_no_manifest_are_not_read(wrong: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_manifest(wrong)


@pytest.mark.parametrize(
    ("words", "pictures", "flags"),
    [
        (WORDS, (PICTURE,), set()),
        (replace(WORDS, object_id="1"), (PICTURE,), {Flag.SIG_FIELD_MISMATCH}),
        (replace(WORDS, device_code="1"), (PICTURE,), {Flag.SIG_FIELD_MISMATCH}),
        (replace(WORDS, subject=Subject("沪A88889", "5")), (PICTURE,), {Flag.SIG_FIELD_MISMATCH}),
        (replace(WORDS, subject=Subject("沪A88888", "6")), (PICTURE,), {Flag.SIG_FIELD_MISMATCH}),
        (replace(WORDS, captured_at=datetime(2026, 1, 1, tzinfo=UTC)), (PICTURE,), {Flag.SIG_FIELD_MISMATCH}),
        (WORDS, (replace(PICTURE, kind="01"),), {Flag.SIG_FIELD_MISMATCH}),
        (WORDS, (replace(PICTURE, size=1),), {Flag.SIG_IMAGE_MISMATCH}),
        (WORDS, (PICTURE, PICTURE), {Flag.SIG_IMAGE_MISMATCH, Flag.SIG_FIELD_MISMATCH}),
        (WORDS, (), {Flag.SIG_IMAGE_MISMATCH, Flag.SIG_FIELD_MISMATCH}),
    ],
)
def test_each_difference_between_a_capture_and_its_manifest_is_named(
    words: Words, pictures: tuple[Picture, ...], flags: set[Flag]
) -> None:
    assert differences(MANIFEST, signed=PLATE, words=words, pictures=pictures) == flags


def test_what_a_device_signs_beyond_the_necessary_binds_too() -> None:
    more = replace(MANIFEST, lane=1, words={"speed": "81.5", "direction": "3", "violation_code": "CM-0107"})
    measured = replace(WORDS, measured=Measured(Quantity.SPEED, Decimal("81.50"), "km/h"))

    def differ(words: Words) -> bool:
        return bool(differences(more, signed=PLATE, words=words, pictures=(PICTURE,)))

    assert not differ(measured)
    assert differ(WORDS)
    assert differ(replace(measured, passage=Passage(2, "3", "K33")))
    assert differ(replace(measured, passage=Passage(1, "4", "K33")))
    assert differ(replace(measured, violation_code="CM-0108"))
    assert differ(replace(measured, measured=Measured(Quantity.SPEED, Decimal("80"), "km/h")))


A, B, C, D = (str(n) * 64 for n in range(1, 5))


@pytest.mark.parametrize(
    ("link", "beside", "placed"),
    [
        (Link(42, START, A), Neighbours(), Place()),
        (Link(42, B, A), Neighbours(), Place(1, frozenset({Flag.SEQ_GAP}))),
        (Link(43, A, B), Neighbours(below=Link(42, START, A)), Place()),
        (Link(43, C, B), Neighbours(below=Link(42, START, A)), Place(None, frozenset({Flag.SEQ_FORK}))),
        (Link(46, C, B), Neighbours(below=Link(42, START, A)), Place(43, frozenset({Flag.SEQ_GAP}))),
        (Link(46, START, B), Neighbours(below=Link(42, START, A)), Place(43, frozenset({Flag.SEQ_GAP}))),
        (Link(43, A, B), Neighbours(below=Link(42, START, A), above=Link(44, B, C)), Place()),
        (
            Link(43, A, B),
            Neighbours(below=Link(42, START, A), above=Link(44, D, C)),
            Place(None, frozenset({Flag.SEQ_FORK})),
        ),
        (Link(43, A, B), Neighbours(same=Link(43, A, B), below=Link(42, START, A)), Place()),
        (
            Link(43, A, B),
            Neighbours(same=Link(43, A, C), below=Link(42, START, A)),
            Place(None, frozenset({Flag.SEQ_FORK})),
        ),
    ],
    ids=[
        "first",
        "not-the-first",
        "next",
        "other-before",
        "gap",
        "new-start",
        "late",
        "late-other",
        "again",
        "twice",
    ],
)
def test_a_manifest_has_its_place_in_the_chain(link: Link, beside: Neighbours, placed: Place) -> None:
    assert place(link, beside) == placed
