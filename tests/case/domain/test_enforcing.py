"""The days of the demand and of the court, on the last of each (AEL 39, 53, 54, 56–58, 69; APL 72(2))."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from case.domain.demanding import answer_objection, issue_demand, object_to_demand, require_heard
from case.domain.enforcing import apply_by, note_ruling, object_to_ruling, require_applicable
from case.domain.execution import Court, EndGround, Objection, RestGround, Ruling
from case.domain.executionends import lapse, require_endable
from case.domain.money import Part, Relief
from case.domain.paying import pay, perform
from case.domain.procedure import Case, State, after
from case.domain.remedies import Forum, Remedy, Result, Stage
from common.values.calendar import end_of, legal_day
from common.values.errors import Refusal
from common.values.law import (
    AEL_35,
    AEL_36,
    AEL_39,
    AEL_40,
    AEL_53,
    AEL_54,
    AEL_55,
    AEL_56,
    AEL_57,
    AEL_58,
    AEL_69,
    ALL_45,
    APL_66_2,
    APL_72,
    Article,
)
from tests.case.domain import walk

SERVED = datetime(2025, 9, 24, 2, 0, tzinfo=UTC)


@pytest.mark.law(AEL_54, AEL_69)
def test_ten_working_days_run_from_the_service_of_the_demand() -> None:
    """TV7: served on 24 September 2025, the last day is 14 October; the court is asked from the 15th on."""
    last = walk.TERMS.answer_demand(SERVED)

    assert (last.due_on, last.following_on) == (date(2025, 10, 14), date(2025, 10, 15))


@pytest.mark.law(AEL_53, APL_72)
def test_the_court_is_asked_within_three_months_of_the_end_of_the_remedies_or_of_the_plan() -> None:
    remedies = walk.TERMS.apply_court(date(2025, 9, 15))
    plan = walk.TERMS.apply_court(date(2025, 11, 30), APL_72)

    assert (remedies.due_on, remedies.law) == (date(2025, 12, 15), "AEL 53")
    assert (plan.due_on, plan.law) == (date(2026, 2, 28), "APL 72")


@pytest.mark.law(AEL_56, AEL_57, AEL_58)
def test_the_days_of_the_court_are_working_days_up_to_ten_and_calendar_days_beyond() -> None:
    day = date(2025, 9, 24)

    assert walk.TERMS.court_accepts(day).due_on == date(2025, 9, 30)
    assert walk.TERMS.court_rules(day).due_on == date(2025, 10, 10)
    assert walk.TERMS.object_to_court(day).due_on == date(2025, 10, 9)


@pytest.mark.law(AEL_53)
def test_a_demand_waits_for_the_last_day_of_the_remedies() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    deadlines = walk.deadlines_of(case)
    last = end_of(max(each.due_on for each in deadlines[:2]))

    def demand(at: datetime) -> object:
        return issue_demand(case, deadlines, document_id=walk.DEMAND, sha256=walk.SHA, hand=walk.FIRST, at=at)

    assert demand(last)
    with pytest.raises(Refusal) as refusal:
        demand(last - timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.article) == ("CASE_REMEDY_OPEN", AEL_53)


@pytest.mark.law(AEL_35)
def test_nobody_demands_what_is_not_late() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.served_at is not None
    at = case.served_at + walk.REMEDIES_OVER
    assert case.payment is not None
    paid = after(case, pay(case, walk.bank(case, end_of(case.payment.due_on) - walk.DAY), at=at))

    with pytest.raises(Refusal) as refusal:
        issue_demand(
            paid,
            walk.deadlines_of(paid),
            document_id=walk.DEMAND,
            sha256=walk.SHA,
            hand=walk.FIRST,
            at=at,
        )
    assert refusal.value.code == "CASE_NOTHING_LATE"


def served_demand() -> tuple[Case, datetime]:
    case, at = walk.walked_to(State.DEMANDED)
    for fact in (*walk.execution_steps(case, at),):
        case = after(case, fact)
    for fact in walk.execution_steps(case, at):
        case = after(case, fact)
    return case, at


@pytest.mark.law(AEL_54, AEL_55)
def test_the_court_is_asked_from_the_day_after_the_ten_days_until_the_last_day_of_the_three_months() -> None:
    case, _ = served_demand()
    assert case.execution is not None
    assert case.execution.demand is not None
    first = case.execution.demand.answer_until
    assert first is not None
    deadlines = walk.deadlines_of(case)
    last = deadlines[-1].due_at

    require_applicable(case, deadlines, terms=walk.TERMS, at=first)
    require_applicable(case, deadlines, terms=walk.TERMS, at=last - timedelta(seconds=1))
    for at, code in (
        (first - timedelta(seconds=1), "CASE_ENFORCEMENT_TOO_EARLY"),
        (last, "CASE_ENFORCEMENT_TOO_LATE"),
    ):
        with pytest.raises(Refusal) as refusal:
            require_applicable(case, deadlines, terms=walk.TERMS, at=at)
        assert refusal.value.code == code
    assert lapse(case, deadlines, terms=walk.TERMS, at=last - timedelta(seconds=1)) is None
    lost = lapse(case, deadlines, terms=walk.TERMS, at=last)
    assert lost is not None
    assert (lost.ground, lost.law) == (EndGround.RIGHT_LOST, "AEL 53")


@pytest.mark.law(AEL_58)
def test_the_agency_goes_to_the_higher_court_until_the_fifteenth_day() -> None:
    case, at = walk.walked_to(State.ENFORCEMENT_APPLIED)
    for ruling in (Ruling.ACCEPTED, Ruling.REFUSED):
        case = after(case, walk.ruled(case, ruling, at))  # type: ignore[arg-type]
    last = end_of(legal_day(at) + 15 * walk.DAY)

    assert object_to_ruling(case, hand=walk.FIRST, terms=walk.TERMS, at=last - timedelta(seconds=1))
    with pytest.raises(Refusal) as refusal:
        object_to_ruling(case, hand=walk.FIRST, terms=walk.TERMS, at=last)
    assert refusal.value.article is AEL_58
    require_endable(case, EndGround.REFUSED_BY_COURT, terms=walk.TERMS, at=last)


@pytest.mark.law(AEL_56)
@pytest.mark.parametrize("days", [-40, 1])
def test_a_paper_of_the_court_is_dated_between_the_application_and_today(days: int) -> None:
    case, at = walk.walked_to(State.ENFORCEMENT_APPLIED)

    with pytest.raises(Refusal) as refusal:
        note_ruling(
            case,
            ruling=Ruling.ACCEPTED,
            ruled_on=legal_day(at) + days * walk.DAY,
            number="1",
            paper_sha256=walk.SHA,
            by=walk.FIRST.officer_id,
            terms=walk.TERMS,
            at=at,
        )
    assert refusal.value.code == "CASE_RULING_DAY"


@pytest.mark.law(AEL_39)
@pytest.mark.parametrize(
    ("ground", "days", "may_end"),
    [
        (RestGround.NO_ABILITY, 1096, False),
        (RestGround.NO_ABILITY, 1097, True),
        (RestGround.OTHER, 2000, False),
    ],
)
def test_an_execution_rests_three_years_without_ability_before_it_ends(
    ground: RestGround, days: int, may_end: bool
) -> None:
    case, at = walk.walked_to(State.ENFORCEMENT_RULED)
    assert case.execution is not None
    court = Court(walk.APPLICATION, legal_day(at), Ruling.GRANTED, legal_day(at), None, legal_day(at), ground)
    case = replace(case, execution=replace(case.execution, court=court))
    later = end_of(legal_day(at)) + (days - 1) * walk.DAY

    if may_end:
        require_endable(case, EndGround.SUSPENDED_FOR_GOOD, terms=walk.TERMS, at=later)
        return
    with pytest.raises(Refusal) as refusal:
        require_endable(case, EndGround.SUSPENDED_FOR_GOOD, terms=walk.TERMS, at=later)
    assert refusal.value.article is AEL_39


@pytest.mark.law(AEL_36)
def test_an_adopted_statement_keeps_the_court_from_being_asked() -> None:
    case, _ = served_demand()
    assert case.execution is not None

    adopted = replace(case, execution=replace(case.execution, objections=(Objection(1, SERVED, True, True),)))
    deadlines = walk.deadlines_of(case)

    with pytest.raises(Refusal) as refusal:
        require_applicable(
            adopted, deadlines, terms=walk.TERMS, at=deadlines[-1].due_at - timedelta(seconds=1)
        )
    assert (refusal.value.code, refusal.value.article) == ("CASE_OBJECTION_STANDS", AEL_36)


@pytest.mark.law(AEL_40)
def test_a_ground_of_the_law_ends_an_execution_in_every_state_of_it() -> None:
    for state in (State.PERFORMING, State.DEMANDED, State.ENFORCEMENT_APPLIED, State.ENFORCEMENT_RULED):
        case, at = walk.walked_to(state)

        assert after(case, walk.ended(case, at, EndGround.DEATH)).state is State.ENFORCEMENT_ENDED  # type: ignore[arg-type]


def test_what_the_party_pays_before_the_ruling_performs_the_penalty_and_after_it_enforces_it() -> None:
    for state, end in (
        (State.DEMANDED, State.PERFORMED),
        (State.ENFORCEMENT_APPLIED, State.PERFORMED),
        (State.ENFORCEMENT_RULED, State.ENFORCED),
    ):
        case, at = walk.walked_to(state)
        for fact in walk.steps(case, at):
            case = after(case, fact)

        assert case.state is end
        assert perform(case, terms=walk.TERMS) is None


@pytest.mark.law(AEL_53)
def test_the_right_is_not_lost_while_the_bank_says_that_all_is_paid() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    deadlines = walk.deadlines_of(case)
    over = deadlines[-1].due_at
    paid_at = end_of(case.payment.due_on) - walk.DAY

    part = after(case, pay(case, walk.bank(case, paid_at, 3999), at=over))
    whole = after(case, pay(case, walk.bank(case, paid_at), at=over))

    assert lapse(part, deadlines, terms=walk.TERMS, at=over) is not None
    assert lapse(whole, deadlines, terms=walk.TERMS, at=over) is None


@pytest.mark.law(AEL_53, ALL_45)
@pytest.mark.parametrize(
    ("result", "law", "last"),
    [
        (Result.UPHELD, AEL_53, date(2025, 6, 17)),
        (Result.WITHDRAWN, AEL_53, date(2025, 10, 1)),
        (Result.UPHELD, APL_72, date(2025, 10, 1)),
    ],
    ids=["judged", "withdrawn", "judged-and-a-plan-was-granted"],
)
def test_an_early_reconsideration_ends_the_three_months_earlier(
    result: Result, law: Article, last: date
) -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    ended = date(2025, 3, 1)
    remedy = Remedy(1, Forum.RECONSIDERATION, False, Stage.ENDED, ended, True, ended_on=ended, result=result)
    judged = result is Result.UPHELD
    sue_by = walk.TERMS.sue_after_reconsideration(ended)
    sued_by = walk.TERMS.litigation(datetime(2025, 1, 1, 4, tzinfo=UTC))
    deadlines = [sue_by if judged else sued_by, walk.TERMS.apply_court(date(2025, 7, 1), law)]

    found = apply_by(replace(case, remedies=(remedy,)), deadlines, walk.TERMS)

    assert found is not None
    assert found.due_on == last


@pytest.mark.law(AEL_58)
def test_an_objection_that_made_the_court_take_the_case_leaves_the_one_against_its_refusal() -> None:
    case, at = walk.walked_to(State.ENFORCEMENT_APPLIED)
    case = after(case, walk.ruled(case, Ruling.NOT_ACCEPTED, at))
    case = after(case, object_to_ruling(case, hand=walk.FIRST, terms=walk.TERMS, at=at))

    for ruling in (Ruling.ACCEPTED, Ruling.REFUSED):
        case = after(case, walk.ruled(case, ruling, at))

    with pytest.raises(Refusal):
        require_endable(case, EndGround.REFUSED_BY_COURT, terms=walk.TERMS, at=at)
    assert object_to_ruling(case, hand=walk.FIRST, terms=walk.TERMS, at=at)


@pytest.mark.law(AEL_40)
def test_an_execution_does_not_end_on_a_revocation_that_nobody_decided() -> None:
    case, at = walk.walked_to(State.DEMANDED)

    with pytest.raises(Refusal) as refusal:
        require_endable(case, EndGround.DECISION_REVOKED, terms=walk.TERMS, at=at)
    assert refusal.value.code == "CASE_END_NOT_SHOWN"


@pytest.mark.law(AEL_36, APL_66_2)
def test_a_second_demand_is_heard_anew_and_waits_for_an_open_application() -> None:
    case, at = served_demand()
    case = after(case, object_to_demand(case, statement=walk.KEPT, by=None, at=at))
    fact = answer_objection(case, number=1, adopted=True, reason=walk.KEPT, hand=walk.FIRST)
    # What was adopted led to a lighter decision, whose time to pay ran.
    case = replace(after(case, fact), state=State.PERFORMING)
    later = at + walk.DAY
    asks = replace(case, reliefs=(Relief(1, (Part(legal_day(later), 4000),), at),))

    with pytest.raises(Refusal) as refusal:
        walk.execution_steps(asks, later)
    again = after(case, walk.execution_steps(case, later)[0])

    assert refusal.value.code == "CASE_RELIEF_PENDING"
    require_heard(again)
    second = after(again, object_to_demand(again, statement=walk.KEPT, by=None, at=later))
    assert second.execution is not None
    assert [said.number for said in second.execution.said_to_demand] == [2]
    with pytest.raises(Refusal):
        require_heard(second)
