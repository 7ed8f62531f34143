"""What a device says is kept as it was said; every difference is a flag. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.values.ids import AgencyId, DeviceId, EvidenceId
from common.values.law import NJ_12
from evidence.domain.capture import (
    Claims,
    EvidenceIngested,
    Flag,
    Picture,
    Submission,
    Times,
    TimeSource,
    Transport,
    captured_at,
    content_key,
    duplicate,
    ingest,
    mismatches,
)
from evidence.domain.sequence import Place
from evidence.domain.signed import Level, Signed

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
PICTURE = Picture("a" * 64, "0" * 64, 1000, "image/jpeg", 1920, 1080, True, kind="14", shot_at=NOON)
PUSH = Submission(
    account="cam1",
    agency_id=AgencyId.new(NOON),
    device_id=DeviceId.new(NOON),
    device_code="33010300001190000006",
    object_id="330103000011900000060220250303120000000010200001",
    pictures=(PICTURE,),
    times=Times(passed_at=NOON),
    received_at=NOON + timedelta(seconds=2),
    body_sha256="b" * 64,
    transport=Transport.SIGNED,
)
ID = EvidenceId.new(NOON)


def taken(push: Submission, earlier: EvidenceId | None = None) -> EvidenceIngested:
    return ingest(
        push,
        id=ID,
        earlier=earlier,
        plate=None,
        drift=timedelta(seconds=3),
        ingest_within=timedelta(hours=24),
    )


def test_an_ordinary_push_carries_no_flag() -> None:
    fact = taken(PUSH)

    assert fact.flags == ()
    assert (fact.captured_at, fact.captured_from) == (NOON, TimeSource.PASS_TIME)
    assert fact.stream == f"evidence/{ID}"
    assert fact.subject == f"device/{PUSH.device_id}"


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("times", "shot", "source", "flag"),
    [
        (Times(NOON, NOON - MINUTE), NOON + MINUTE, TimeSource.PASS_TIME, None),
        (Times(None, NOON - MINUTE), NOON, TimeSource.SHOT_TIME, Flag.TIME_FROM_SHOT),
        (Times(None, NOON), None, TimeSource.MARK_TIME, Flag.TIME_FROM_MARK),
        (Times(None, None, NOON), None, TimeSource.OBJECT_ID, Flag.TIME_FROM_ID),
        (Times(), None, TimeSource.RECEIPT, Flag.TIME_FROM_RECEIPT),
    ],
    ids=["pass", "shot", "mark", "id", "receipt"],
)
def test_the_time_of_capture_follows_the_precedence(
    times: Times, shot: datetime | None, source: TimeSource, flag: Flag | None
) -> None:
    at, found, flags = captured_at(times, (replace(PICTURE, shot_at=shot),), NOON)

    assert (at, found) == (NOON, source)
    assert flags == ({flag} if flag else set())


def test_the_first_scene_gives_the_shot_time_before_any_detail() -> None:
    face = replace(PICTURE, kind="11", shot_at=NOON - MINUTE)

    at, _, _ = captured_at(Times(), (face, PICTURE), NOON)

    assert at == NOON


def test_pictures_far_apart_are_flagged() -> None:
    late = replace(PICTURE, shot_at=NOON + timedelta(minutes=6))

    assert Flag.SHOT_TIMES_DIFFER in captured_at(Times(NOON), (PICTURE, late), NOON)[2]


@pytest.mark.parametrize(
    ("lag", "flag"),
    [
        (timedelta(minutes=-5), Flag.CLOCK_SKEW),
        (timedelta(hours=25), Flag.LATE_INGEST),
        (timedelta(hours=8), Flag.TZ_SUSPECT),
        (timedelta(hours=-8), Flag.TZ_SUSPECT),
    ],
    ids=["ahead", "late", "utc-sent", "utc-sent-ahead"],
)
def test_a_wrong_clock_is_flagged_and_not_corrected(lag: timedelta, flag: Flag) -> None:
    fact = taken(replace(PUSH, received_at=NOON + lag))

    assert flag in fact.flags
    assert fact.captured_at == NOON


@pytest.mark.law(NJ_12)
def test_a_capture_is_in_time_until_the_last_instant_of_its_period() -> None:
    last = NOON + timedelta(hours=24)

    assert Flag.LATE_INGEST not in taken(replace(PUSH, received_at=last)).flags
    assert Flag.LATE_INGEST in taken(replace(PUSH, received_at=last + timedelta(microseconds=1))).flags


def test_three_seconds_of_drift_are_within_the_limit() -> None:
    assert taken(replace(PUSH, received_at=NOON - timedelta(seconds=3))).flags == ()


@pytest.mark.parametrize(
    ("claims", "flags"),
    [
        (Claims(), set()),
        (Claims("Jpeg", 1000, 1920, 1080), set()),
        (Claims("01", 0, 0, 0), set()),
        (Claims("Png"), {Flag.FORMAT_MISMATCH}),
        (Claims("Gif"), {Flag.FORMAT_MISMATCH}),
        (Claims(size=4256), {Flag.SIZE_MISMATCH}),
        (Claims(width=128, height=125), {Flag.DIM_MISMATCH}),
    ],
    ids=["silent", "right", "zeros", "format", "other-format", "size", "extent"],
)
def test_a_claim_that_the_bytes_belie_is_a_flag(claims: Claims, flags: set[Flag]) -> None:
    assert mismatches(replace(PICTURE, claims=claims)) == flags


def test_one_picture_sent_twice_and_one_image_id_for_two_are_flagged() -> None:
    twice = replace(PUSH, pictures=(replace(PICTURE, image_id="7"), replace(PICTURE, image_id="7")))

    assert set(taken(twice).flags) == {Flag.IMAGE_REPEATED, Flag.IMAGE_ID_DUP}


def test_the_same_id_with_other_pictures_is_another_version() -> None:
    before = EvidenceId.new(NOON - MINUTE)

    fact = taken(PUSH, earlier=before)

    assert (fact.version_of, fact.flags) == (before, (Flag.ID_REUSED,))


def test_the_same_push_has_the_same_key_in_any_order_of_pictures() -> None:
    other = replace(PICTURE, sha256="c" * 64)

    key = content_key("cam1", "1", (PICTURE, other))

    assert key == content_key("cam1", "1", (other, PICTURE))
    assert (
        len({key, content_key("cam2", "1", (PICTURE, other)), content_key("cam1", "2", (PICTURE, other))})
        == 3
    )
    assert key != content_key("cam1", "1", (PICTURE,))


def test_each_manifest_of_a_device_is_a_capture_of_its_own_whoever_carries_it() -> None:
    signed = Signed("1#1", "ed25519", Level.T2, 1, "0" * 64, "d" * 64)
    push = replace(PUSH, signed=signed)
    others = (
        replace(push, signed=replace(signed, manifest_sha256="e" * 64)),
        replace(push, device_id=DeviceId.new(NOON - MINUTE)),
        replace(push, transport=Transport.DIGEST),
    )

    assert push.content_key == replace(push, account="platform", device_code="1").content_key
    assert len({each.content_key for each in (push, *others)}) == 4


def test_a_capture_of_a_key_of_the_past_counts_in_an_exact_place_alone() -> None:
    past = replace(
        PUSH, signed=Signed("1#1", "ed25519", Level.T2, 1, "0" * 64, "d" * 64, is_of_the_past=True)
    )
    exact = ingest(
        past,
        id=ID,
        earlier=None,
        plate=None,
        drift=timedelta(seconds=3),
        ingest_within=timedelta(hours=24),
        place=Place(is_exact=True),
    )

    assert taken(past).flags == (Flag.SIG_KEY_INVALID,)
    assert exact.flags == ()


def test_a_repeated_push_counts_from_the_first() -> None:
    assert duplicate(ID, PUSH, pushed_before=1).duplicate_count == 2


def test_a_record_of_a_capture_holds_no_plate() -> None:
    body = taken(PUSH).body()

    assert body["plate"] is None
    assert body["media"] == [
        {"sha256": "a" * 64, "sm3": "0" * 64, "size": 1000, "media_type": "image/jpeg", "kind": "14"}
    ]
    assert not {"plate_color", "object_id"} & body.keys()


def test_a_capture_without_a_time_of_its_own_counts_as_late() -> None:
    timeless = replace(PUSH, times=Times(), pictures=(replace(PICTURE, shot_at=None),))

    flags = taken(timeless).flags

    assert {Flag.TIME_FROM_RECEIPT, Flag.LATE_INGEST} <= set(flags)
    assert Flag.LATE_INGEST not in taken(PUSH).flags
