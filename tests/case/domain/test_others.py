"""One act is not fined by two agencies (APL 29): what a decision knows of the others. No database, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from case.domain.contents import OtherPenalty
from case.domain.guards.competence import not_twice
from case.domain.others import Reply, note_answer, require_heard
from case.domain.procedure import Case, State, after
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId
from common.values.law import APL_29
from tests.case.domain import walk

OTHER, THIRD = AgencyId.new(walk.NOON), AgencyId.new(walk.NOON + timedelta(seconds=1))
SILENT = Reply(is_reached=True, asked=(OTHER,), unanswered=(OTHER,))


def _asked(reply: Reply, *, has_reason: bool = False) -> tuple[Case, datetime]:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    reason = walk.KEPT if has_reason else None
    return after(case, note_answer(case, reply, by=walk.HEAD.officer_id, reason=reason, at=at)), at


@pytest.mark.law(APL_29)
def test_a_penalty_of_another_agency_stops_the_decision() -> None:
    case, at = _asked(Reply(True, (OTHER,), (OtherPenalty(OTHER, "CM-2025-1"),)))

    violation = not_twice(walk.question(case, at))

    assert violation is not None
    assert (violation.code, violation.law) == ("CASE_DUPLICATE_PENALTY", "APL 29")


@pytest.mark.parametrize(
    "reply, has_reason, goes_on",
    [
        (Reply(is_reached=True), False, True),
        (Reply(is_reached=False), False, False),
        (Reply(is_reached=False), True, False),
        (SILENT, True, False),
        (Reply(True, (OTHER,), (), (OTHER,), (OTHER,)), False, False),
        (Reply(True, (OTHER,), (), (OTHER,), (OTHER,)), True, True),
        (Reply(True, (OTHER, THIRD), (), (OTHER, THIRD), (OTHER,)), True, False),
    ],
    ids=[
        "all-said-no",
        "away",
        "away-with-reason",
        "not-urged",
        "no-reason",
        "urged-with-reason",
        "one-not-urged",
    ],
)
def test_silence_stops_a_decision_until_each_silent_agency_was_urged(
    reply: Reply, has_reason: bool, goes_on: bool
) -> None:
    case, at = _asked(reply, has_reason=has_reason)

    if goes_on:
        require_heard(case, at)
        return
    with pytest.raises(Refusal) as refusal:
        require_heard(case, at)
    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "CASE_OTHER_AGENCIES_SILENT")


def test_an_answer_counts_for_five_minutes() -> None:
    case, at = _asked(Reply(is_reached=True))

    require_heard(case, at + timedelta(minutes=5))
    with pytest.raises(Refusal):
        require_heard(case, at + timedelta(minutes=5, seconds=1))
