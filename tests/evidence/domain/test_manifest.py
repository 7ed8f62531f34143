"""What a device signs: the published vector, the form of a manifest, and its place in the chain."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from common.calls.devicekeys import DeviceKey
from evidence.domain.capture import Measured, Passage, Picture, Quantity, Subject
from evidence.domain.flags import Flag
from evidence.domain.manifest import START, read_manifest
from evidence.domain.sequence import Link, Neighbours, Place, place
from evidence.domain.signed import Level
from evidence.domain.signing import KeyOfDevice, Words, differences, only_signed
from evidence.intake.verdict import said_by
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
        VECTOR.replace(b'"20261121162520"', b'"20261321162520"'),
        VECTOR.replace(b'"20261121162520"', b'"00010101000000"'),
        VECTOR.replace(b'"20261121162520"', b'"99991231235959"'),
        VECTOR.replace(b'"type":"02"', b'"shot_time":"00010101000000","type":"02"'),
        VECTOR.replace(b'"v":1', b'"speed":"1","v":1,"weight":"1"'),
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
    assert differences(said_by(MANIFEST)[0], words=words, pictures=pictures) == flags


MORE = {"speed": "81.339", "direction": "3", "vehicle_class": "k33", "violation_code": "CM-0107"}
SPEED = Measured(Quantity.SPEED, Decimal("81.33"), "km/h")


def test_what_a_device_signs_beyond_the_necessary_binds_too_and_is_read_as_an_object_is() -> None:
    image = replace(MANIFEST.images[0], type="2")
    said, odd = said_by(replace(MANIFEST, lane=1, words=MORE, images=(image,)))
    measured = replace(WORDS, measured=SPEED)

    def differ(words: Words) -> bool:
        return bool(differences(said, words=words, pictures=(PICTURE,)))

    assert odd == {Flag.VALUE_CUT, Flag.TEXT_REPAIRED}
    assert not differ(measured)
    assert differ(WORDS)
    assert differ(replace(measured, passage=Passage(2, "3", "K33")))
    assert differ(replace(measured, passage=Passage(1, "4", "K33")))
    assert differ(replace(measured, passage=Passage(1, "3", "K31")))
    assert differ(replace(measured, violation_code="CM-0108"))
    assert differ(replace(measured, measured=Measured(Quantity.SPEED, Decimal("80"), "km/h")))
    assert differ(replace(measured, measured=Measured(Quantity.WEIGHT, Decimal("81.33"), "kg")))


def test_a_picture_without_a_type_is_another_one_and_free_text_enters_no_record() -> None:
    image = replace(MANIFEST.images[0], type="")
    words = {"direction": "up", "vehicle_class": "lorry!", "violation_code": "a b", "weight": "49000.5"}
    said, odd = said_by(replace(MANIFEST, images=(image,), words=words, lane=33))

    assert not differences(
        said, words=replace(WORDS, **vars(said.words)), pictures=(replace(PICTURE, kind="100"),)
    )
    assert odd == {Flag.VALUE_UNREADABLE}
    assert (said.words.passage, said.words.violation_code) == (Passage(), None)
    assert said.words.measured == Measured(Quantity.WEIGHT, Decimal("49000.5"), "kg")


def test_what_a_device_did_not_sign_is_left_out_and_what_it_signed_stays() -> None:
    other = replace(PICTURE, sha256="1" * 64, shot_at=MANIFEST.shot_at)
    timed = replace(PICTURE, shot_at=MANIFEST.shot_at - timedelta(minutes=1))
    second = replace(MANIFEST.images[0], sha256=other.sha256)
    bare, _ = said_by(replace(MANIFEST, images=(*MANIFEST.images, second)))
    first = replace(MANIFEST.images[0], shot_at=timed.shot_at)
    full, _ = said_by(replace(MANIFEST, images=(first, second), lane=1, words=MORE | {"plate_class": "99"}))
    words, pictures = replace(WORDS, measured=SPEED), (timed, other)

    kept, untimed = only_signed(bare, words=words, pictures=pictures)
    whole, half = only_signed(full, words=words, pictures=pictures)

    assert (kept.subject, kept.passage, kept.measured) == (Subject("沪A88888", "5"), Passage(), None)
    assert (kept.violation_code, [picture.shot_at for picture in untimed]) == (None, [None, None])
    assert (whole, [picture.shot_at for picture in half]) == (words, [timed.shot_at, None])
    assert only_signed(
        said_by(MANIFEST)[0], words=kept, pictures=(replace(PICTURE, shot_at=MANIFEST.shot_at),)
    )[1][0].shot_at
    assert differences(full, words=words, pictures=(replace(timed, shot_at=None), other)) == {
        Flag.SIG_FIELD_MISMATCH
    }


def test_a_key_is_of_the_past_for_what_arrives_after_its_revocation_or_expiry() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=300)
    key = KeyOfDevice("1#1", "ed25519", Level.T2, start, end, None)

    assert not key.is_past_at(end - timedelta(seconds=1))
    assert key.is_past_at(end)
    assert replace(key, revoked_from=start + timedelta(days=1)).is_past_at(start + timedelta(hours=1))


A, B, C, D = (str(n) * 64 for n in range(1, 5))
FORK = Place(None, frozenset({Flag.SEQ_FORK}))
EXACT = Place(is_exact=True)


@pytest.mark.parametrize(
    ("link", "beside", "placed"),
    [
        (Link(42, START, A), Neighbours(), Place()),
        (Link(0, START, A), Neighbours(), Place()),
        (Link(0, START, A), Neighbours(above=Link(42, START, B)), FORK),
        (Link(0, START, A), Neighbours(above=Link(1, A, B)), EXACT),
        (Link(0, B, A), Neighbours(), FORK),
        (Link(0, B, A), Neighbours(above=Link(1, A, B)), FORK),
        (Link(1, START, A), Neighbours(above=Link(2, A, B)), EXACT),
        (Link(1, START, A), Neighbours(above=Link(2, B, C)), FORK),
        (Link(7, START, A), Neighbours(above=Link(42, B, C)), FORK),
        (Link(42, B, A), Neighbours(), Place(1, frozenset({Flag.SEQ_GAP}))),
        (Link(43, A, B), Neighbours(below=Link(42, START, A)), Place()),
        (Link(43, C, B), Neighbours(below=Link(42, START, A)), Place(None, frozenset({Flag.SEQ_FORK}))),
        (Link(46, C, B), Neighbours(below=Link(42, START, A)), Place(43, frozenset({Flag.SEQ_GAP}))),
        (Link(46, START, B), Neighbours(below=Link(42, START, A)), Place(43, frozenset({Flag.SEQ_GAP}))),
        (Link(43, A, B), Neighbours(below=Link(42, START, A), above=Link(44, B, C)), EXACT),
        (
            Link(43, A, B),
            Neighbours(below=Link(41, START, A), above=Link(44, B, C)),
            Place(42, frozenset({Flag.SEQ_GAP})),
        ),
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
        "zero-first",
        "zero-below-a-chain",
        "zero-that-one-names",
        "zero-that-names-another",
        "zero-that-names-another-below-one",
        "late-first",
        "late-first-that-nobody-names",
        "begins-below-a-chain",
        "not-the-first",
        "next",
        "other-before",
        "gap",
        "new-start",
        "late",
        "late-with-a-gap",
        "late-other",
        "again",
        "twice",
    ],
)
def test_a_manifest_has_its_place_in_the_chain(link: Link, beside: Neighbours, placed: Place) -> None:
    assert place(link, beside) == placed
