"""What a party sees of a picture, at the last pixel (PIPL 6, 28): its own box, what was opened, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import OfficerId
from common.values.law import NJ_14, NJ_17
from evidence.domain.capture import Claims, Picture, State
from evidence.domain.lifecycle import Capture
from evidence.domain.redaction import (
    METHOD,
    Box,
    RegionsOpened,
    open_boxes,
    open_regions,
    own_box,
    redact,
)
from tests.evidence.domain.test_lifecycle import INGESTED, NOON

PICTURE = Picture("a" * 64, "b" * 64, 9, "image/jpeg", 100, 50, colour=True)
REASON = Commitment(bytes(32))
OFFICER = OfficerId.new(NOON)


def capture(state: State = State.ACCEPTED) -> Capture:
    return replace(INGESTED, state=state, pictures=(PICTURE, PICTURE))


@pytest.mark.parametrize(
    ("box", "is_box"),
    [
        ((0, 0, 50, 50), True),
        ((0, 0, 51, 50), False),
        ((0, 0, 100, 50), False),
        ((0, 0, 99, 49), False),
        ((99, 49, 100, 50), True),
        ((0, 0, 101, 50), False),
        ((0, 0, 100, 51), False),
        ((-1, 0, 5, 5), False),
        ((5, 5, 5, 9), False),
        ((9, 5, 5, 9), False),
        ((0, 0, 0, 0), False),
        (None, False),
    ],
)
def test_a_box_beyond_its_picture_or_above_half_of_it_opens_nothing(
    box: tuple[int, int, int, int] | None, is_box: bool
) -> None:
    boxed = replace(PICTURE, claims=Claims(box=box))

    assert (own_box(boxed) is not None) is is_box
    assert open_boxes(boxed, ()) == ((Box(*box),) if is_box and box else ())


@pytest.mark.law(NJ_14)
@pytest.mark.parametrize("state", [state for state in State if state not in (State.ACCEPTED, State.FROZEN)])
def test_nothing_of_what_is_no_evidence_is_opened(state: State) -> None:
    with pytest.raises(Refusal) as refusal:
        opened(capture(state), Box(0, 0, 1, 1))
    assert (refusal.value.code, refusal.value.article) == ("EVD_NOT_ACCEPTED", NJ_14)


@pytest.mark.law(NJ_17)
def test_who_did_not_look_opens_nothing_and_who_did_opens_what_lies_in_the_picture() -> None:
    frozen = capture(State.FROZEN)
    for looked_at, box, kind, code in (
        (frozenset({2}), Box(0, 0, 1, 1), Kind.CONFLICT, "EVD_PICTURE_NOT_OPENED"),
        (frozenset({1}), Box(0, 0, 101, 1), Kind.INVALID, "EVD_BOXES_NOT_ACCEPTED"),
    ):
        with pytest.raises(Refusal) as refusal:
            opened(frozen, box, looked_at=looked_at)
        assert (refusal.value.kind, refusal.value.code) == (kind, code)

    fact = opened(frozen, Box(5, 5, 6, 6), Box(0, 0, 1, 1), Box(0, 0, 1, 1))
    assert (fact.by, fact.boxes) == (OFFICER, (Box(0, 0, 1, 1), Box(5, 5, 6, 6)))


def test_a_copy_says_from_which_bytes_and_how_it_was_made() -> None:
    fact = redact(capture(), picture=2, boxes=(Box(0, 0, 1, 1),), sha256="d" * 64, size=7)

    assert (fact.derived_from, fact.method, fact.sha256) == (PICTURE.sha256, METHOD, "d" * 64)


def opened(shown: Capture, *boxes: Box, looked_at: frozenset[int] = frozenset({1})) -> RegionsOpened:
    return open_regions(shown, picture=1, boxes=boxes, reason=REASON, by=OFFICER, looked_at=looked_at)
