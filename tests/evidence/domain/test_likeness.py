"""When a capture is said to show what an earlier one showed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from common.values.ids import EvidenceId
from evidence.domain.capture import Flag
from evidence.domain.checks import Result, check
from evidence.domain.likeness import Look, looks_alike, near_duplicate
from evidence.intake.decoding import answer
from mz.demo.picture import street
from tests.evidence.domain.test_checks import CAPTURE, LAWFUL, ONE
from tests.evidence.intake.given import jpeg

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
OURS = Look(EvidenceId.new(NOON), "苏A12345", ("f0f0f0f0f0f0f0f0",))
OTHER = Look(EvidenceId.new(NOON), "苏B99999", ("0f0f0f0f0f0f0f0f",))


@pytest.mark.parametrize(
    ("earlier", "alike"),
    [
        (OTHER, False),
        (replace(OTHER, plate="苏A12345"), True),
        (replace(OTHER, hashes=("0f0f0f0f0f0f0f0f", "f0f0f0f0f0f0f0ff")), True),
        (replace(OTHER, hashes=("f0f0f0f0f0f0ffff",)), False),
        (replace(OTHER, plate=None, hashes=()), False),
    ],
    ids=["another", "the same plate", "four bits differ", "eight bits differ", "nothing"],
)
def test_the_same_plate_or_a_picture_that_looks_the_same_is_a_near_duplicate(
    earlier: Look, alike: bool
) -> None:
    assert near_duplicate(OURS, [earlier]) == (earlier.id if alike else None)


def test_captures_without_a_plate_are_not_alike_for_that() -> None:
    assert near_duplicate(replace(OURS, plate=None, hashes=()), [replace(OTHER, plate=None)]) is None


def test_a_near_duplicate_is_flagged_and_passes() -> None:
    fact = check(CAPTURE, LAWFUL, media=ONE, ruleset=None, near_duplicate_of=OTHER.id)

    assert (fact.result, fact.flags, fact.near_duplicate_of) == (
        Result.PASSED,
        (Flag.NEAR_DUPLICATE,),
        OTHER.id,
    )


def test_a_picture_compressed_again_looks_the_same_and_a_bare_surface_looks_like_nothing() -> None:
    shot = street("人民路口", NOON)
    smaller = BytesIO()
    Image.open(BytesIO(shot)).resize((1280, 720)).save(smaller, "JPEG", quality=50)
    first, again, bare = (answer(data)["dhash"] for data in (shot, smaller.getvalue(), jpeg()))

    assert looks_alike(first, again)
    assert not looks_alike(first, bare)
    assert not looks_alike(bare, bare)
