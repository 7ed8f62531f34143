"""The deadline engine against the published vectors TV1–TV14, and its properties. No file but the vectors."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.calendar import (
    Calendar,
    Holder,
    Period,
    Stop,
    Unit,
    deadline,
    legal_day,
    unit_of,
)
from common.values.datafiles import load_calendar
from common.values.errors import Refusal
from common.values.law import (
    AEL_69,
    ALL_46,
    APL_60,
    APL_61,
    APL_67,
    APL_85,
    ARL_20,
    ARL_88,
    CPL_85,
    RTP_81,
    Article,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "deadlines.json").read_text("utf-8")
)
CALENDAR = load_calendar()
DAYS = st.dates(date(2025, 1, 1), date(2026, 6, 30))


def period(n: int, unit: Unit, holder: Holder = Holder.AGENCY) -> Period:
    return Period("decide", APL_60, n, unit, holder)


@pytest.mark.law(APL_61, APL_67, AEL_69, ARL_20, ALL_46, CPL_85, RTP_81)
@pytest.mark.parametrize("vector", VECTORS["deadlines"], ids=lambda v: v["id"])
def test_a_deadline_falls_where_the_published_vector_says(vector: dict[str, Any]) -> None:
    law = Article(vector["law"], "")
    rule = Period(vector["rule"], law, vector["n"], Unit(vector["unit"]), Holder(vector["holder"]))

    found = deadline(rule, date.fromisoformat(vector["trigger"]), calendar=CALENDAR)

    assert found.due_on.isoformat() == vector["due"]
    assert found.raw_on.isoformat() == vector.get("raw", vector["due"])
    assert vector.get("following") in (None, found.following_on.isoformat())
    assert vector.get("alarm") in (None, str(found.alarm_on))
    assert found.rolled_by == (None if found.due_on == found.raw_on else "CPL 85")
    assert (found.law, found.calendar_version, found.provisional) == (vector["law"], CALENDAR.version, False)


@pytest.mark.law(APL_85, AEL_69, ARL_88, RTP_81)
@pytest.mark.parametrize(
    ("counting", "working", "calendar"),
    [
        (APL_85, (2, 3, 5, 7), (15, 90)),
        (AEL_69, (1, 3, 10), (15, 30)),
        (ARL_88, (3, 5, 7, 10), (30, 60)),
        (RTP_81, (2, 3, 5, 7, 10, 15), (30, 60)),
    ],
    ids=str,
)
def test_the_same_number_of_days_means_what_its_statute_says(
    counting: Article, working: tuple[int, ...], calendar: tuple[int, ...]
) -> None:
    assert {unit_of(counting, n) for n in working} == {Unit.WORKING_DAY}
    assert {unit_of(counting, n) for n in calendar} == {Unit.CALENDAR_DAY}


def test_our_calendar_agrees_with_the_published_one_day_by_day() -> None:
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(730)]

    differing = [day for day in days if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)]

    assert (differing, CALENDAR.published_until) == ([], days[-1])


def test_the_last_minute_of_the_last_day_is_in_time() -> None:
    found = deadline(period(5, Unit.WORKING_DAY, Holder.PARTY), date(2025, 3, 3), calendar=CALENDAR)
    last_minute = found.due_at - timedelta(minutes=1)

    assert legal_day(last_minute) == found.due_on == date(2025, 3, 10)
    assert not found.is_over(last_minute)
    assert found.is_over(found.due_at)
    assert found.due_at.isoformat() == "2025-03-10T16:00:00+00:00"


def test_a_month_ends_on_the_last_day_of_a_shorter_month() -> None:
    found = deadline(period(6, Unit.MONTH), date(2025, 8, 31), calendar=CALENDAR)

    assert found.due_on == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("trigger", "n", "unit", "provisional"),
    [
        (date(2026, 12, 20), 7, Unit.WORKING_DAY, False),
        (date(2026, 12, 25), 7, Unit.WORKING_DAY, True),
        (date(2026, 11, 1), 60, Unit.CALENDAR_DAY, False),
        (date(2026, 12, 1), 60, Unit.CALENDAR_DAY, True),
    ],
)
def test_a_deadline_that_looks_into_an_unpublished_year_says_that_it_is_provisional(
    trigger: date, n: int, unit: Unit, provisional: bool
) -> None:
    assert deadline(period(n, unit), trigger, calendar=CALENDAR).provisional is provisional


def test_a_lawful_stop_delays_a_deadline_by_the_days_it_covers() -> None:
    stop = Stop("SUSPENSION", date(2025, 7, 10), date(2025, 7, 20))

    found = deadline(
        period(90, Unit.CALENDAR_DAY),
        date(2025, 7, 3),
        calendar=CALENDAR,
        stops=(stop,),
        lawful_stops=frozenset({"SUSPENSION"}),
    )

    assert found.due_on == date(2025, 10, 11)


@pytest.mark.law(APL_60)
def test_a_stop_that_the_profile_does_not_list_is_refused() -> None:
    stop = Stop("HOLIDAY_OF_THE_OFFICER", date(2025, 7, 10), date(2025, 7, 20))

    with pytest.raises(Refusal) as refusal:
        deadline(period(90, Unit.CALENDAR_DAY), date(2025, 7, 3), calendar=CALENDAR, stops=(stop,))

    assert (refusal.value.code, refusal.value.article) == ("CLOCK_STOP_NOT_LISTED", APL_60)


@pytest.mark.law(APL_85)
@given(DAYS, st.integers(1, 40))
def test_a_period_of_working_days_holds_exactly_that_many_of_them(trigger: date, n: int) -> None:
    found = deadline(period(n, Unit.WORKING_DAY), trigger, calendar=CALENDAR)
    passed = [trigger + timedelta(days=i) for i in range(1, (found.due_on - trigger).days + 1)]

    assert sum(CALENDAR.is_working_day(day) for day in passed) == n
    assert CALENDAR.is_working_day(found.due_on)


@pytest.mark.law(CPL_85)
@given(DAYS, st.integers(1, 90), st.sampled_from([Unit.CALENDAR_DAY, Unit.MONTH, Unit.WORKING_DAY]))
def test_only_the_partys_period_rolls_and_only_to_a_working_day(trigger: date, n: int, unit: Unit) -> None:
    n = min(n, 5) if unit is Unit.MONTH else n
    party = deadline(period(n, unit, Holder.PARTY), trigger, calendar=CALENDAR)
    agency = deadline(period(n, unit, Holder.AGENCY), trigger, calendar=CALENDAR)

    assert agency.due_on == agency.raw_on == party.raw_on <= party.due_on
    assert CALENDAR.is_working_day(party.due_on)
    assert agency.alarm_on is not None
    assert agency.alarm_on < agency.due_on
    assert CALENDAR.is_working_day(agency.alarm_on)


@given(DAYS, st.integers(1, 30), st.sampled_from(list(Unit)))
def test_a_later_trigger_never_ends_a_period_earlier(trigger: date, n: int, unit: Unit) -> None:
    n = min(n, 6) if unit is Unit.MONTH else n
    first = deadline(period(n, unit, Holder.PARTY), trigger, calendar=CALENDAR)
    second = deadline(period(n, unit, Holder.PARTY), trigger + timedelta(days=1), calendar=CALENDAR)

    assert first.due_on <= second.due_on


def test_a_calendar_without_years_cannot_be_mistaken_for_a_published_one() -> None:
    empty = Calendar("none", frozenset({2024}), frozenset(), frozenset())

    assert deadline(period(1, Unit.WORKING_DAY), date(2025, 3, 3), calendar=empty).provisional
