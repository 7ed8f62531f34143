"""A machine may say that a capture cannot be evidence; it never says that one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from common.values.errors import Refusal
from common.values.ids import DeviceId, EvidenceId
from common.values.law import APL_41_2
from common.values.rulesets import Media
from evidence.contract import RejectionCode
from evidence.domain.capture import Flag, Picture, State
from evidence.domain.checks import ZH, Checked, Code, Result, Standing, check

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
PICTURE = Picture("a" * 64, "0" * 64, 1000, "image/jpeg", 1280, 720, True, kind="14", shot_at=NOON)
CAPTURE = Checked(
    EvidenceId.new(NOON), DeviceId.new(NOON), State.INGESTED, NOON, "CM-0107", frozenset(), (PICTURE,)
)
LAWFUL = Standing(True, (), "d" * 64, ("CM-0107",))
ONE = Media(pictures_min=1, panorama_min=0, closeup_min=0, interval_min_s=0, video_min_s=0)


def test_a_sound_capture_of_a_lawful_device_passes() -> None:
    fact = check(CAPTURE, LAWFUL, media=ONE, ruleset="CITY@1")

    assert (fact.result, fact.codes, fact.flags) == (Result.PASSED, (), ())
    assert (fact.lawful, fact.capability_sha256, fact.ruleset) == (True, "d" * 64, "CITY@1")


@pytest.mark.parametrize("code", [c for c in Code if c.startswith("E-DEV")])
def test_what_an_unlawful_device_saw_fails_with_the_registrys_code(code: Code) -> None:
    fact = check(CAPTURE, Standing(False, (code,), "d" * 64, ()), media=ONE, ruleset=None)

    assert (fact.result, fact.codes, fact.lawful) == (Result.FAILED, (code,), False)


def test_a_violation_that_the_device_was_not_reviewed_for_fails() -> None:
    fact = check(replace(CAPTURE, violation_code="CM-9999"), LAWFUL, media=ONE, ruleset=None)

    assert fact.codes == (Code.DEVICE_NOT_REVIEWED,)


def test_the_only_violation_of_a_device_is_proposed_where_the_push_names_none() -> None:
    silent = replace(CAPTURE, violation_code=None)

    assert check(silent, LAWFUL, media=None, ruleset=None).violation_code == "CM-0107"
    two = replace(LAWFUL, violation_codes=("CM-0107", "CM-0108"))
    assert check(silent, two, media=None, ruleset=None).violation_code is None


def test_a_clock_that_runs_ahead_fails() -> None:
    ahead = replace(CAPTURE, flags=frozenset({Flag.CLOCK_SKEW}))

    assert check(ahead, LAWFUL, media=ONE, ruleset=None).codes == (Code.CLOCK_DRIFT,)


@pytest.mark.parametrize(
    ("extent", "codes", "flags"),
    [
        ((1280, 720), (), ()),
        ((720, 1280), (), ()),
        ((768, 576), (), (Flag.RES_LOW,)),
        ((767, 576), (Code.BLURRED,), (Flag.RES_LOW,)),
        ((64, 48), (Code.BLURRED,), (Flag.RES_LOW,)),
    ],
)
def test_a_picture_has_at_least_768_by_576_pixels(
    extent: tuple[int, int], codes: tuple[Code, ...], flags: tuple[Flag, ...]
) -> None:
    small = replace(CAPTURE, pictures=(replace(PICTURE, width=extent[0], height=extent[1]),))

    fact = check(small, LAWFUL, media=ONE, ruleset=None)

    assert (fact.codes, fact.flags) == (codes, flags)


def test_a_crop_of_the_plate_may_be_small_beside_a_scene() -> None:
    crop = replace(PICTURE, sha256="e" * 64, kind="02", width=120, height=40)

    assert check(replace(CAPTURE, pictures=(crop, PICTURE)), LAWFUL, media=ONE, ruleset=None).codes == ()


def test_a_grey_scene_is_flagged() -> None:
    grey = replace(CAPTURE, pictures=(replace(PICTURE, colour=False),))

    assert check(grey, LAWFUL, media=ONE, ruleset=None).flags == (Flag.NOT_COLOR,)


LATER = replace(PICTURE, sha256="f" * 64, shot_at=NOON + timedelta(seconds=120))
TWO = replace(ONE, pictures_min=2, interval_min_s=120)


@pytest.mark.parametrize(
    ("pictures", "codes"),
    [
        ((PICTURE, LATER), ()),
        ((PICTURE,), (Code.PICTURE_MISSING,)),
        ((PICTURE, replace(LATER, sha256=PICTURE.sha256)), (Code.PICTURE_MISSING,)),
        ((PICTURE, replace(LATER, shot_at=NOON)), (Code.PICTURE_MISSING,)),
        ((PICTURE, replace(LATER, shot_at=NOON + timedelta(seconds=119))), (Code.PICTURE_MISSING,)),
        ((PICTURE, replace(LATER, shot_at=None)), (Code.PICTURE_MISSING,)),
    ],
    ids=["two", "one", "the-same-twice", "at-one-time", "too-close", "one-time-unknown"],
)
def test_two_pictures_are_two_by_content_and_by_time(
    pictures: tuple[Picture, ...], codes: tuple[Code, ...]
) -> None:
    assert check(replace(CAPTURE, pictures=pictures), LAWFUL, media=TWO, ruleset=None).codes == codes


def test_a_capture_is_checked_once() -> None:
    with pytest.raises(Refusal) as refusal:
        check(replace(CAPTURE, state=State.ACCEPTED), LAWFUL, media=ONE, ruleset=None)

    assert refusal.value.code == "EVD_TRANSITION_NOT_ALLOWED"
    assert refusal.value.article is APL_41_2


def test_every_code_is_said_in_chinese_and_known_on_the_wire() -> None:
    assert set(ZH) == set(Code)
    assert set(get_args(RejectionCode)) == {str(code) for code in Code}
