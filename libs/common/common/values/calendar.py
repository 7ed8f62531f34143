"""Working days and deadlines.

    trigger ──(not counted)──▶ day 1 … day n = raw ──(the party's rights only)──▶ due_on, until 24:00
                                                └─(the agency's duties)── alarm_on, a working day before

A working day skips weekends and public holidays and counts make-up workdays, as the State Council publishes them
year by year. The holidays that the regulation itself names are days off in every year (`holidays`). Any other day of
a year whose notice is not loaded yet is judged by its weekday. A deadline that depends on such a day is `provisional`:
it is computed again when the notice is loaded (`redated`).

Legal days are days of Asia/Shanghai. Nothing here reads a file or a clock: a Calendar is passed in.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.holidays import statutory_holidays
from common.values.law import AEL_69, APL_85, ARL_88, CPL_85, RTP_81, Article, cited

DAY = timedelta(days=1)
SATURDAY = 5


class Unit(StrEnum):
    """The unit that a period counts. APL 2, 3, 5, 7 days are working days (APL 85); 15 and 90 are not."""

    WORKING_DAY = "WORKING_DAY"
    CALENDAR_DAY = "CALENDAR_DAY"
    MONTH = "MONTH"


class Holder(StrEnum):
    """The side that a period belongs to. It alone decides whether the period rolls forward (CPL 85(3))."""

    PARTY = "PARTY"  # gives the party a right: ends on the next working day
    AGENCY = "AGENCY"  # binds the agency: never rolls, and warns before
    EFFECT = "EFFECT"  # a legal effect sets in by itself, as after a public notice


# The numbers of 日 that a statute counts as working days. Each statute has a rule of counting of its own.
_WORKING_DAYS = {
    APL_85: frozenset({2, 3, 5, 7}),
    AEL_69: frozenset(range(1, 11)),
    ARL_88: frozenset({3, 5, 7, 10}),
    RTP_81: frozenset({2, 3, 5, 7, 10, 15}),
}


def unit_of(counting: Article, n: int) -> Unit:
    """The unit of `n` 日 under the statute whose rule of counting is `counting`.

    The same number means different things: 15 日 are calendar days under APL 85 and working days under
    RTP 81. Raises KeyError for an article that is no rule of counting.
    """
    return Unit.WORKING_DAY if n in _WORKING_DAYS[counting] else Unit.CALENDAR_DAY


@dataclass(frozen=True)
class Calendar:
    """The published days. `days_off` are the public holidays, `make_up` the weekend days worked for them."""

    version: str
    years: frozenset[int]
    days_off: frozenset[date]
    make_up: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`: never on a statutory holiday (HOL 2), whatever the notice says."""
        if day in statutory_holidays(day.year):
            return False
        return day in self.make_up or (day.weekday() < SATURDAY and day not in self.days_off)

    def is_published(self, day: date) -> bool:
        return day.year in self.years

    @property
    def published_until(self) -> date:
        """The last day whose working days are settled."""
        return date(max(self.years), 12, 31)

    def next_working_day(self, day: date) -> date:
        """`day` itself if offices work on it, else the first later day on which they do."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def working_day_before(self, day: date) -> date:
        """The last working day strictly before `day`."""
        day -= DAY
        while not self.is_working_day(day):
            day -= DAY
        return day


@dataclass(frozen=True)
class Period:
    """The length of a period: the rule's id, its article, how many of which unit, and the side that it belongs to."""

    rule: str
    law: Article
    n: int
    unit: Unit
    holder: Holder


@dataclass(frozen=True)
class Stop:
    """A clock stop: the days `from_on` ≤ day < `until_on` do not count, for a `reason` that the profile lists."""

    reason: str
    from_on: date
    until_on: date

    def covers(self, day: date) -> bool:
        return self.from_on <= day < self.until_on


@dataclass(frozen=True)
class Deadline:
    """A computed deadline with all that explains it. It is plain enough for a record.

    `raw_on` is the day before rolling and `rolled_by` the article that moved it, `alarm_on` the agency's own
    warning, `law` the article's citation.
    """

    rule: str
    law: str
    unit: Unit
    n: int
    holder: Holder
    trigger_on: date
    raw_on: date
    due_on: date
    rolled_by: str | None
    alarm_on: date | None
    calendar_version: str
    provisional: bool

    @property
    def due_at(self) -> datetime:
        """The first instant after the period: 24:00 of the last day in Shanghai, in UTC."""
        return end_of(self.due_on)

    @property
    def following_on(self) -> date:
        """The first day on which the period is over."""
        return self.due_on + DAY

    def is_over(self, at: datetime) -> bool:
        """An act at 23:59 of the last day is in time."""
        return at >= self.due_at


def legal_day(at: datetime) -> date:
    """The day of the law on which the instant `at` falls."""
    return at.astimezone(BEIJING).date()


def start_of(day: date) -> datetime:
    """0:00 of `day` in Shanghai, in UTC."""
    return datetime.combine(day, time(), tzinfo=BEIJING).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 of `day` in Shanghai, in UTC."""
    return datetime.combine(day + DAY, time(), tzinfo=BEIJING).astimezone(UTC)


def deadline(
    period: Period,
    trigger: date,
    *,
    calendar: Calendar,
    stops: tuple[Stop, ...] = (),
    lawful_stops: frozenset[str] = frozenset(),
) -> Deadline:
    """When `period` ends if `trigger` is the day of the event that starts it, which is not counted.

    Raises Refusal CLOCK_STOP_NOT_LISTED for a stop whose reason is not among the profile's `lawful_stops`:
    APL 60 lists none, so every stop needs a law, a regulation or a rule of its own.
    """
    for stop in stops:
        if stop.reason not in lawful_stops:
            raise Refusal(
                Kind.CONFLICT,
                "CLOCK_STOP_NOT_LISTED",
                {"reason": stop.reason, "rule": period.rule, "listed": sorted(lawful_stops)},
                article=period.law,
            )
    raw = _raw(period, trigger, calendar=calendar, stops=stops)
    due = calendar.next_working_day(raw) if period.holder is Holder.PARTY else raw
    alarm = calendar.working_day_before(due) if period.holder is Holder.AGENCY else None
    return Deadline(
        rule=period.rule,
        law=period.law.cite,
        unit=period.unit,
        n=period.n,
        holder=period.holder,
        trigger_on=trigger,
        raw_on=raw,
        due_on=due,
        rolled_by=CPL_85.cite if due != raw else None,
        alarm_on=alarm,
        calendar_version=calendar.version,
        provisional=not _settled(period, trigger, due, alarm, calendar),
    )


def redated(old: Deadline, calendar: Calendar, *, stops: tuple[Stop, ...] = ()) -> Deadline | None:
    """A provisional deadline computed again by `calendar`; None while it would still be provisional.

    `stops` are the clock stops that it was computed with. Raises KeyError if its article is not in `law`.
    """
    if not old.provisional:
        return None
    period = Period(old.rule, cited(old.law), old.n, old.unit, old.holder)
    lawful = frozenset(stop.reason for stop in stops)
    again = deadline(period, old.trigger_on, calendar=calendar, stops=stops, lawful_stops=lawful)
    return None if again.provisional else again


def _raw(period: Period, trigger: date, *, calendar: Calendar, stops: tuple[Stop, ...]) -> date:
    if period.unit is Unit.MONTH:
        last = months_after(trigger, period.n)
        # Stopped days are added one by one, because an added day may be a stopped day too.
        owed = sum(1 for day in _days_after(trigger, last) if any(stop.covers(day) for stop in stops))
        return _count(last, owed, stops=stops)
    working = calendar if period.unit is Unit.WORKING_DAY else None
    return _count(trigger, period.n, stops=stops, calendar=working)


def _count(day: date, n: int, *, stops: tuple[Stop, ...], calendar: Calendar | None = None) -> date:
    while n > 0:
        day += DAY
        if not any(stop.covers(day) for stop in stops) and (calendar is None or calendar.is_working_day(day)):
            n -= 1
    return day


def years_after(day: date, n: int) -> date:
    """The same day `n` years on; the last day of February where the month has no such day."""
    return months_after(day, 12 * n)


def months_after(day: date, n: int) -> date:
    """The same day number `n` months on, back for a negative `n`; the month's last day without such a day (rule 5)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _days_after(first: date, last: date) -> Iterator[date]:
    return (first + DAY * i for i in range(1, (last - first).days + 1))


def _settled(period: Period, trigger: date, due: date, alarm: date | None, calendar: Calendar) -> bool:
    """Whether every day that the deadline depends on lies in a published year."""
    if period.unit is Unit.WORKING_DAY:
        return all(calendar.is_published(day) for day in _days_after(trigger, due))
    days = [day for day in (due if period.holder is Holder.PARTY else None, alarm) if day is not None]
    return all(calendar.is_published(day) for day in days)
