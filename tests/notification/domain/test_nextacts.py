"""What a message started and what can be done next, on the same days as the case service counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from case.domain.deadlines import Terms
from common.values.calendar import legal_day
from common.values.datafiles import load_calendar, load_profile
from common.values.law import ALL_46, APL_45, APL_67, ARL_20
from notification.domain.message import Engagement, Message
from notification.domain.nextacts import Ends, ends_of, next_acts
from tests.notification.domain.test_message import NOON, delivered

TERMS = Terms(load_profile("DEMO"), load_calendar())


def served(document_kind: str, at: datetime = NOON) -> Message:
    return replace(delivered(), document_kind=document_kind, served_on=legal_day(at), delivered_at=at)


def ends(message: Message, correct_until: datetime | None = None) -> dict[str, Ends]:
    found = ends_of(message, TERMS.limits, TERMS.calendar, correct_until=correct_until)
    return {each.act: each for each in found}


@pytest.mark.law(APL_45, APL_67, ARL_20, ALL_46)
@pytest.mark.parametrize("days", range(0, 300, 7))
def test_a_period_ends_on_the_day_that_the_case_counts(days: int) -> None:
    at = datetime(2025, 1, 6, 15, 59, 59, tzinfo=UTC) + timedelta(days=days)
    notice, decision = ends(served("D-14", at)), ends(served("D-20a", at))

    assert notice["DEFEND"].until == TERMS.defence(at).due_at
    assert decision["PAY"].until == TERMS.pay(at).due_at
    assert decision["RECONSIDERATION"].until == TERMS.reconsideration(at).due_at
    assert decision["LITIGATION"].until == TERMS.litigation(at).due_at


@pytest.mark.law(ARL_20)
def test_ARR_1_remedies_run_from_arrival_where_payment_runs_from_sending() -> None:
    arrived = NOON + timedelta(days=2)
    message = replace(served("D-20a"), delivered_at=arrived)

    decision = ends(message)

    assert decision["PAY"].until == TERMS.pay(NOON).due_at
    assert decision["RECONSIDERATION"].until == TERMS.reconsideration(arrived).due_at
    assert decision["LITIGATION"].until == TERMS.litigation(arrived).due_at


def test_a_prompt_ends_when_the_case_says_and_starts_nothing_else() -> None:
    assert ends(delivered(), NOON + timedelta(hours=6)) == {
        "CORRECT": Ends("CORRECT", NOON + timedelta(hours=6), None)
    }
    assert ends(delivered()) == {}


@pytest.mark.parametrize(
    ("before", "left"),
    [(timedelta(seconds=1), 0), (timedelta(hours=24), 0), (timedelta(hours=25), 1), (-timedelta(hours=1), 0)],
)
def test_the_last_day_has_no_day_left(before: timedelta, left: int) -> None:
    end = ends(served("D-14"))["DEFEND"]

    assert end.days_left(end.until - before) == left


def test_what_can_be_done_is_offered_until_it_is_done_or_over() -> None:
    message = served("D-14")
    periods = tuple(ends(message).values())
    until = periods[0].until

    def acts(of: Message, at: datetime) -> list[str]:
        return [each.act for each in next_acts(of, periods, at=at)]

    done = replace(message, engagement=Engagement(acknowledged_at=NOON, disputed_at=NOON))
    assert acts(message, NOON) == ["DOWNLOAD", "ACKNOWLEDGE", "DISPUTE", "DEFEND"]
    assert acts(done, until - timedelta(seconds=1)) == ["DOWNLOAD", "DEFEND"]
    assert acts(done, until) == ["DOWNLOAD"]
    assert acts(replace(message, erased_at=NOON), NOON) == []
