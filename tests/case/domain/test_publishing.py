"""Which decision is public, until when, and what of it once it falls (APL 48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from case.domain.closing import propose_closure
from case.domain.deadlines import Terms
from case.domain.outcomes import Outcome
from case.domain.procedure import Case, State, after
from case.domain.publications import Fallen
from case.domain.publishing import (
    current,
    judge_impact,
    late,
    publish,
    require_published,
    withdraw,
    withdrawal_due,
)
from case.domain.remedies import Forum, Remedy, Result, Stage
from common.values.calendar import end_of
from common.values.errors import Refusal
from common.values.ids import PublicationId
from common.values.law import APL_48, APL_48_2
from tests.case.domain import walk


def judged(case: Case, at: datetime, *criteria: str) -> Case:
    fact = judge_impact(
        case, criteria, known=["GUIDANCE"], reason=walk.KEPT, hand=walk.FIRST, terms=walk.TERMS, at=at
    )
    return after(case, fact)


def published(case: Case, at: datetime) -> Case:
    fact = publish(case, publication_id=PublicationId.new(at), sha256=walk.SHA, hand=walk.LEAD, at=at)
    return after(case, fact)


def fell(case: Case, at: datetime, fallen: Fallen = Fallen.UNLAWFUL) -> Case:
    (fact,) = withdrawal_due(case, fallen, terms=walk.TERMS, at=at)
    return after(case, fact)


@pytest.mark.law(APL_48_2)
def test_TV11_a_publication_is_withdrawn_within_three_working_days() -> None:
    due = walk.TERMS.withdraw_publication(datetime(2025, 6, 27, 4, tzinfo=UTC), 1)

    assert (due.due_on, due.n, due.law) == (date(2025, 7, 2), 3, "APL 48(2)")


@pytest.mark.law(APL_48)
def test_seven_working_days_run_from_the_decision_and_not_from_the_judgement() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    assert case.decision is not None

    late_judged = judged(case, at + timedelta(days=20), "GUIDANCE")

    publication = current(late_judged)
    assert publication is not None
    assert publication.due_on == walk.TERMS.publish(case.decision.decided_at, 1).due_on


def test_a_day_is_over_at_its_end_and_reported_once() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    case = judged(case, at, "GUIDANCE")
    publication = current(case)
    assert publication is not None
    assert publication.due_on is not None
    last = end_of(publication.due_on)

    assert late(case, at=last - timedelta(seconds=1)) == ()
    (overdue,) = late(case, at=last)
    assert late(after(case, overdue), at=last) == ()
    withdrawing = fell(published(after(case, overdue), last), last)
    assert late(withdrawing, at=last + timedelta(days=30))[0].withdrawal


@pytest.mark.law(APL_48_2)
@pytest.mark.parametrize("fallen", list(Fallen))
def test_a_decision_that_fell_is_public_no_more_and_withdrawn_for_a_reason(fallen: Fallen) -> None:
    case, at = walk.walked_to(State.PERFORMING)
    case = published(judged(case, at, "GUIDANCE"), at)
    assert require_published(case) is None

    down = fell(case, at, fallen)

    publication = current(down)
    assert publication is not None
    assert not publication.is_public
    with pytest.raises(Refusal) as refusal:
        require_published(down)
    assert (refusal.value.code, refusal.value.article) == ("CASE_PUBLICATION_OPEN", APL_48_2)
    gone = after(down, withdraw(down, reason=walk.KEPT, hand=walk.LEAD, at=at))
    assert require_published(gone) is None
    with pytest.raises(Refusal):
        withdraw(gone, reason=walk.KEPT, hand=walk.LEAD, at=at)


def test_a_decision_without_impact_is_neither_published_nor_withdrawn() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    case = judged(case, at)

    with pytest.raises(Refusal):
        published(case, at)
    assert withdrawal_due(case, Fallen.REVOKED, terms=walk.TERMS, at=at) == ()
    assert require_published(case) is None


@pytest.mark.law(APL_48)
def test_a_criterion_is_one_of_the_city_and_a_penalty_alone_is_public() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    with pytest.raises(Refusal) as refusal:
        judged(case, at, "NO_SUCH")
    assert (refusal.value.code, refusal.value.article) == ("CASE_IMPACT_CRITERION", APL_48)

    assert case.decision is not None
    acquitted: Any = vars(case.decision) | {"outcome": Outcome.NO_VIOLATION, "proposal": None}
    with pytest.raises(Refusal):
        judged(Case(**(vars(case) | {"decision": type(case.decision)(**acquitted)})), at, "GUIDANCE")


def test_a_lighter_decision_is_judged_and_published_anew() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    case = published(judged(case, at, "GUIDANCE"), at)
    with pytest.raises(Refusal):
        judged(case, at, "GUIDANCE")
    down = fell(case, at, Fallen.CHANGED)

    withdrawn = after(down, withdraw(down, reason=walk.KEPT, hand=walk.LEAD, at=at))
    again = published(judged(withdrawn, at, "GUIDANCE"), at)

    assert [each.number for each in again.publications] == [1, 2]


@pytest.mark.law(APL_48, APL_48_2)
def test_what_was_revoked_before_it_was_public_is_owed_to_nobody_and_published_no_more() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    owed = judged(case, at, "GUIDANCE")
    with pytest.raises(Refusal):
        require_published(owed)
    revoked = walk.passed(owed, at)
    for fact in walk.amended(owed, at):
        revoked = after(revoked, fact)

    for gone in (revoked, replace(revoked, state=State.CLOSED)):
        require_published(gone)
        assert late(gone, at=at + timedelta(days=99)) == ()
        for act in (judged, published):
            with pytest.raises(Refusal) as refusal:
                act(gone, at)
            assert refusal.value.code == "CASE_TRANSITION_NOT_ALLOWED"
    require_published(replace(owed, decision=None))


@pytest.mark.law(APL_48_2)
def test_what_a_court_confirmed_unlawful_is_not_published_as_in_force() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    case = judged(case, at, "GUIDANCE")
    unlawful = Remedy(
        1, Forum.LITIGATION, False, Stage.ENDED, at.date(), True, result=Result.CONFIRMED_UNLAWFUL
    )

    gone = replace(case, remedies=(unlawful,))

    require_published(gone)
    with pytest.raises(Refusal):
        published(gone, at)


@pytest.mark.law(APL_48)
def test_a_heavy_penalty_is_judged_before_its_case_is_closed() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    figures = replace(walk.TERMS.profile.thresholds, hearing_fine_person=4000)
    heavy = Terms(replace(walk.TERMS.profile, thresholds=figures), walk.TERMS.calendar)

    with pytest.raises(Refusal) as refusal:
        propose_closure(case, hand=walk.FIRST, terms=heavy)

    assert (refusal.value.code, refusal.value.article) == ("CASE_IMPACT_NOT_JUDGED", APL_48)
    assert propose_closure(judged(case, at), hand=walk.FIRST, terms=heavy)
    assert propose_closure(case, hand=walk.FIRST, terms=walk.TERMS)
