"""A provisional deadline is settled by the notice of its year, and never to the party's harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from case.domain.collected import Preservation
from case.domain.contents import Notice, Payment, Proposal
from case.domain.deadlines import Terms
from case.domain.procedure import after
from case.domain.redating import redate
from common.values.calendar import DAY, Calendar
from common.values.datafiles import load_calendar
from common.values.law import HOL_2
from common.values.notices import calendar_of, parse_notice, published
from common.values.profile import PenaltyKind
from tests.case.domain import walk
from tests.common.test_holidays import notice

BEFORE = load_calendar()
PROPOSAL = Proposal((walk.CODE,), PenaltyKind.FINE, 10_000)
DURING_HOLIDAYS = datetime(2027, 1, 20, 4, 0, tzinfo=UTC)


def calendar(**changes: object) -> Calendar:
    """2025 to 2027, the last year as `tests.common.test_holidays` invents it."""
    return calendar_of(published() | {2027: parse_notice(notice(**changes))})


@pytest.mark.law(HOL_2)
def test_HOL_1_a_deadline_moves_over_the_days_off_in_lieu_that_a_notice_adds() -> None:
    case = walk.opened()
    provisional = Terms(walk.TERMS.profile, BEFORE).serve_decision(datetime(2027, 2, 1, 4, 0, tzinfo=UTC))

    fact = redate(case, provisional, calendar())

    assert fact is not None
    assert (str(provisional.due_on), str(fact.deadline.due_on)) == ("2027-02-12", "2027-02-16")
    assert (fact.was_due_on, fact.deadline.provisional) == (provisional.due_on, False)


def test_a_deadline_stays_provisional_while_its_year_is_unknown() -> None:
    provisional = Terms(walk.TERMS.profile, BEFORE).serve_decision(DURING_HOLIDAYS)

    assert redate(walk.opened(), provisional, BEFORE) is None


def test_a_settled_deadline_is_not_dated_again() -> None:
    settled = Terms(walk.TERMS.profile, calendar()).serve_decision(DURING_HOLIDAYS)

    assert redate(walk.opened(), settled, calendar()) is None


def test_a_working_weekend_does_not_shorten_what_the_party_was_told() -> None:
    terms = Terms(walk.TERMS.profile, BEFORE)
    # Three working days from Thursday 18 February end on Tuesday 23; with a working Saturday already on Monday 22.
    served_at = datetime(2027, 2, 18, 4, 0, tzinfo=UTC)
    told, of_agency = terms.defence(served_at), terms.review_defence(served_at)

    party = redate(walk.opened(), told, calendar())
    agency = redate(walk.opened(), of_agency, calendar())

    assert party is not None
    assert agency is not None
    assert (party.deadline.due_on, party.deadline.provisional) == (told.due_on, False)
    assert agency.deadline.due_on < of_agency.due_on


@pytest.mark.parametrize("rule", ["decide", "defence", "pay", "archive"])
def test_the_case_keeps_the_day_that_counts_now(rule: str) -> None:
    terms = Terms(walk.TERMS.profile, BEFORE)
    notice_ = Notice(walk.NOTICE, PROPOSAL, hearing_offered=False, issued_at=DURING_HOLIDAYS)
    payment = Payment("1" * 20, 10_000, terms.pay(DURING_HOLIDAYS).due_on)
    case = replace(walk.opened(), notices=(notice_,), payment=payment)
    made = {"decide": terms.decide, "defence": terms.defence, "pay": terms.pay, "archive": terms.archive}
    provisional = replace(made[rule](DURING_HOLIDAYS), provisional=True)

    fact = redate(case, provisional, calendar())

    assert fact is not None
    left = after(case, fact)
    found = {"decide": left.decide_until, "defence": left.notices[0].defence_until, "archive": None}
    assert found.get(rule) == (None if rule in ("archive", "pay") else fact.deadline.due_at)
    if rule == "pay":
        assert left.payment is not None
        assert left.payment.due_on == fact.deadline.due_on


@pytest.mark.law(HOL_2)
def test_a_preservation_that_runs_ends_on_the_day_that_counts_now_and_one_that_lapsed_stays() -> None:
    provisional = replace(
        Terms(walk.TERMS.profile, BEFORE).settle_preservation(DURING_HOLIDAYS, 1), provisional=True
    )
    running = Preservation(
        1, walk.FIRST.officer_id, ordered_at=DURING_HOLIDAYS, settle_by=provisional.due_on - DAY
    )

    def ends(kept: Preservation) -> object:
        case = replace(walk.opened(), preservations=(kept,))
        fact = redate(case, provisional, calendar())
        assert fact is not None
        return after(case, fact).preservations[0].settle_by == fact.deadline.due_on

    assert ends(running) is True
    assert ends(replace(running, lapsed=True)) is False
