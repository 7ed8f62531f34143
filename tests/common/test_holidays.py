"""The statutory holidays are a floor under every calendar (HOL 2)."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.calendar import Calendar, Holder, Period, Unit, deadline, redated
from common.values.datafiles import load_calendar
from common.values.errors import Refusal
from common.values.holidays import LUNAR, statutory_holidays
from common.values.law import APL_85, CPL_85, HOL_2
from common.values.notices import Calendars, parse_notice

CALENDAR = load_calendar()


def notice(**changes: Any) -> bytes:
    """A notice of 2027 as it might be, in our shape."""
    off = {day.isoformat() for day in statutory_holidays(2027)} | {
        "2027-02-08",
        "2027-02-09",
        "2027-02-10",
        "2027-05-03",
    }
    document = {
        "year": 2027,
        "version": "CN-2027.1",
        "days_off": sorted(off),
        "make_up_workdays": ["2027-02-20"],
    }
    return json.dumps(document | changes).encode()


@pytest.mark.law(HOL_2)
def test_HOL_1_new_year_2027_is_no_working_day_before_any_notice_says_so() -> None:
    assert not CALENDAR.is_published(date(2027, 1, 1))
    assert not CALENDAR.is_working_day(date(2027, 1, 1))


@pytest.mark.law(HOL_2)
@pytest.mark.parametrize(
    "month, days",
    [
        ("2027-02", (5, 6, 7, 8)),
        ("2027-04", (5,)),
        ("2027-05", (1, 2)),
        ("2027-06", (9,)),
        ("2027-09", (15,)),
        ("2027-10", (1, 2, 3)),
        ("2028-10", (3,)),
        ("2033-01", (30, 31)),
        ("2040-01", (1,)),
    ],
)
def test_HOL_1_a_statutory_holiday_is_off_in_a_year_without_a_notice(
    month: str, days: tuple[int, ...]
) -> None:
    assert not any(CALENDAR.is_working_day(date.fromisoformat(f"{month}-{day:02}")) for day in days)


@pytest.mark.law(HOL_2)
def test_HOL_1_no_notice_can_make_a_statutory_holiday_a_working_day() -> None:
    absurd = Calendar("absurd", frozenset({2027}), frozenset(), frozenset({date(2027, 10, 2)}))

    assert not absurd.is_working_day(date(2027, 10, 2))


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_published_notice_names_all_statutory_holidays(year: int) -> None:
    assert statutory_holidays(year) <= CALENDAR.days_off


@pytest.mark.parametrize("year", sorted(LUNAR))
def test_the_lunar_table_keeps_the_distances_of_the_lunar_calendar(year: int) -> None:
    spring, qingming, duanwu, mid_autumn = LUNAR[year]

    # Four months and four days, seven months and fourteen days of 29 or 30 days each, and perhaps a leap month.
    assert 120 <= (duanwu - spring).days <= 124 or 149 <= (duanwu - spring).days <= 154
    assert 98 <= (mid_autumn - duanwu).days <= 99 or 127 <= (mid_autumn - duanwu).days <= 129
    assert (qingming.month, qingming.day) in {(4, 4), (4, 5)}
    assert date(year, 1, 21) <= spring <= date(year, 2, 20)
    if year + 1 in LUNAR:
        assert (LUNAR[year + 1].spring_festival - spring).days in {353, 354, 355, 383, 384, 385}


@pytest.mark.law(CPL_85)
def test_a_deadline_of_the_party_rolls_over_new_year_and_stays_provisional() -> None:
    period = Period("pay", APL_85, 15, Unit.CALENDAR_DAY, Holder.PARTY)

    found = deadline(period, date(2026, 12, 17), calendar=CALENDAR)

    assert (found.raw_on, found.due_on) == (date(2027, 1, 1), date(2027, 1, 4))
    assert (found.rolled_by, found.provisional) == (CPL_85.cite, True)


def test_a_provisional_deadline_is_computed_again_once_its_year_is_published(tmp_path: Path) -> None:
    period = Period("pay", APL_85, 15, Unit.CALENDAR_DAY, Holder.PARTY)
    found = deadline(period, date(2027, 1, 24), calendar=CALENDAR)
    calendars = Calendars(tmp_path)
    before = redated(found, calendars())

    (tmp_path / "calendar-2027.json").write_bytes(notice())
    again = redated(found, calendars())

    assert (found.due_on, found.provisional, before) == (date(2027, 2, 9), True, None)
    assert again is not None
    assert (again.due_on, again.provisional) == (date(2027, 2, 11), False)
    assert again.calendar_version == "CN-2025.1+CN-2026.1+CN-2027.1"
    assert redated(again, calendars()) is None


def test_a_loaded_year_is_read_again_when_its_file_is_replaced(tmp_path: Path) -> None:
    calendars = Calendars(tmp_path)
    (tmp_path / "calendar-2027.json").write_bytes(notice())
    first = calendars()
    (tmp_path / "draft").write_bytes(notice(version="CN-2027.2", make_up_workdays=["2027-02-21"]))
    (tmp_path / "draft").replace(tmp_path / "calendar-2027.json")
    os.utime(tmp_path, ns=(1, 1))

    assert first.is_working_day(date(2027, 2, 20))
    assert calendars().is_working_day(date(2027, 2, 21))


def test_the_shape_of_public_holiday_lists_is_read_too() -> None:
    ours = parse_notice(notice())
    days = [{"name": "x", "date": day.isoformat(), "isOffDay": True} for day in ours.days_off]
    days += [{"name": "x", "date": day.isoformat(), "isOffDay": False} for day in ours.make_up]

    theirs = parse_notice(json.dumps({"year": 2027, "days": days}).encode(), version="CN-2027.1")

    assert theirs == ours


def test_a_notice_may_name_working_days_of_the_december_before() -> None:
    assert date(2026, 12, 27) in parse_notice(notice(make_up_workdays=["2026-12-27"])).make_up


@pytest.mark.law(HOL_2)
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"days_off": ["2027-01-01"]}, f"2027-02-05.*statutory holiday .{HOL_2.cite}"),
        ({"days_off": []}, "not published yet"),
        ({"make_up_workdays": ["2027-02-22"]}, "no weekend day"),
        ({"make_up_workdays": ["2027-05-02"]}, "at once"),
        ({"make_up_workdays": ["2028-01-01"]}, "lies outside 2027"),
        ({"make_up_workdays": ["20270220"]}, "2027-01-01"),
        ({"year": "2027"}, "year"),
        ({"year": 2024}, "before 2025"),
    ],
)
def test_a_file_that_cannot_be_the_notice_of_its_year_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_notice(notice(**changes))


@pytest.mark.parametrize(
    "changes",
    [{"days": ["2027-01-01"]}, {"days": {}}, {"days_off": None}, {"make_up_workdays": [1]}],
    ids=["days-of-text", "days-an-object", "days-off-null", "a-number"],
)
def test_a_notice_whose_days_are_no_list_of_days_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not a list of days"):
        parse_notice(notice(**changes))


def test_a_loaded_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "calendar-2027.json").write_text("{}")

    with pytest.raises(Refusal, match=r"calendar-2027\.json: the file holds no object with a year"):
        Calendars(tmp_path)()


@pytest.mark.law(APL_85)
@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)), st.integers(1, 40))
def test_no_deadline_of_working_days_ends_on_a_statutory_holiday(trigger: date, n: int) -> None:
    period = Period("x", APL_85, n, Unit.WORKING_DAY, Holder.AGENCY)

    found = deadline(period, trigger, calendar=CALENDAR)

    assert found.due_on not in statutory_holidays(found.due_on.year)
    assert (found.due_on - trigger) >= timedelta(days=n)
