"""A suspected crime: who looks into it, how long the head has, and when nobody may be punished (CrimT 5, 11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from case.domain.crimes import (
    decide_transfer,
    name_team,
    note_answer,
    note_crime_transfer,
    note_result,
    report_crime,
)
from case.domain.guards import failed_guards
from case.domain.procedure import Case, State, after
from case.domain.suspicion import CourtResult, PoliceAnswer
from common.values.errors import Refusal
from common.values.ids import AgencyId, ExchangeId
from common.values.law import APL_27, CRIMT_5, CRIMT_11
from tests.case.domain import walk

REVIEWED, AT = walk.walked_to(State.DEFENCE_REVIEW)
TEAM = (walk.FIRST.officer_id, walk.SECOND.officer_id)
SENT = ExchangeId.new(AT)


def reported(case: Case = REVIEWED) -> Case:
    named = after(case, name_team(case, TEAM, hand=walk.HEAD, at=AT))
    return after(named, report_crime(named, 1, report=walk.KEPT, hand=walk.FIRST, terms=walk.TERMS, at=AT))


def decided(approved: bool) -> Case:
    case, document = reported(), (walk.NOTICE, walk.SHA) if approved else None
    fact = decide_transfer(
        case, 1, approved=approved, reason=walk.KEPT, document=document, hand=walk.HEAD, at=AT
    )
    return after(case, fact)


def sent(case: Case) -> Case:
    fact = note_crime_transfer(case, SENT, walk.AGENCY, case.agency_id, AT)
    assert fact is not None
    return after(case, fact)


def answered(answer: PoliceAnswer, case: Case | None = None) -> Case:
    on_its_way = case or sent(decided(True))
    fact = note_answer(on_its_way, SENT, answer, AT)
    assert fact is not None
    return after(on_its_way, fact)


def ended(result: CourtResult) -> Case:
    filed = answered(PoliceAnswer.FILED)
    fact = note_result(filed, SENT, result, AT)
    assert fact is not None
    return after(filed, fact)


def bars(case: Case) -> bool:
    codes = [failed.code for failed in failed_guards(walk.question(case, AT))]
    return "CASE_CRIME_PENDING" in codes


@pytest.mark.law(CRIMT_5)
def test_the_team_has_two_people_and_the_head_three_days_that_do_not_roll() -> None:
    with pytest.raises(Refusal) as alone:
        name_team(REVIEWED, (TEAM[0], TEAM[0]), hand=walk.HEAD, at=AT)
    friday = datetime(2025, 3, 7, 4, 0, tzinfo=UTC)

    assert alone.value.code == "CASE_CRIME_TEAM"
    assert f"{walk.TERMS.decide_crime(friday, 1).due_on}" == "2025-03-10"
    named = after(REVIEWED, name_team(REVIEWED, TEAM, hand=walk.HEAD, at=AT))
    with pytest.raises(Refusal) as outsider:
        report_crime(named, 1, report=walk.KEPT, hand=walk.LEAD, terms=walk.TERMS, at=AT)
    assert outsider.value.code == "CASE_NOT_ASSIGNED"


@pytest.mark.law(CRIMT_5)
def test_who_looked_into_the_suspicion_does_not_decide_about_it_and_a_late_decision_is_still_owed() -> None:
    for hand in (walk.FIRST, walk.SECOND):
        with pytest.raises(Refusal) as refusal:
            decide_transfer(reported(), 1, approved=True, reason=walk.KEPT, document=None, hand=hand, at=AT)
        assert refusal.value.code == "ROLE_CONFLICT"
    assert decide_transfer(
        reported(), 1, approved=False, reason=walk.KEPT, document=None, hand=walk.HEAD,
        at=AT + timedelta(days=9),
    )  # fmt: skip


@pytest.mark.law(APL_27, CRIMT_11)
def test_no_penalty_stands_for_a_transfer_from_the_first_suspicion_to_the_last_word() -> None:
    named = after(REVIEWED, name_team(REVIEWED, TEAM, hand=walk.HEAD, at=AT))
    pending = (named, reported(), decided(True), sent(decided(True)), answered(PoliceAnswer.FILED))
    free = (
        REVIEWED,
        decided(False),
        answered(PoliceAnswer.NOT_FILED),
        answered(PoliceAnswer.RETURNED),
        ended(CourtResult.NOT_PROSECUTED),
        ended(CourtResult.NOT_PENALISED),
    )

    assert [bars(case) for case in pending] == [True] * 5
    assert [bars(case) for case in free] == [False] * 6
    assert bars(answered(PoliceAnswer.FILED, answered(PoliceAnswer.NOT_FILED)))


@pytest.mark.parametrize("result", [CourtResult.PENALISED, CourtResult.PROSECUTED])
def test_an_undecided_case_ends_with_the_prosecution_and_a_decided_one_stands(result: CourtResult) -> None:
    performing, at = walk.walked_to(State.PERFORMING)
    charged = answered(PoliceAnswer.FILED, sent(performing))
    fact = note_result(charged, SENT, result, at)
    assert fact is not None

    assert ended(result).state is State.TRANSFERRED_OUT
    assert after(charged, fact).state is State.PERFORMING


def test_a_transfer_that_nobody_prepared_here_counts_and_another_agencys_does_not() -> None:
    case = sent(REVIEWED)

    assert bars(case)
    assert case.crimes[0].team == ()
    assert note_crime_transfer(case, SENT, walk.AGENCY, case.agency_id, AT) is None
    assert note_crime_transfer(REVIEWED, SENT, walk.AGENCY, AgencyId.new(AT), AT) is None
