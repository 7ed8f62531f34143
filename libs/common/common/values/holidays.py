"""The public holidays that the State Council's regulation itself names: days off whatever a yearly notice says.

    元旦 1 January · 春节 除夕 to 初三 · 清明 · 劳动节 1 and 2 May · 端午 · 中秋 · 国庆 1 to 3 October

The yearly notice adds days off in lieu and working weekends to them; it cannot take one away. Until the notice of a
year is loaded, only these days of it are known.

The lunar days are a table, because a law needs no astronomy at run time. It was compared, day by day, with four
independent computations of the Chinese calendar (lunardate, lunarcalendar, lunar_python, sxtwl).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple


class LunarDays(NamedTuple):
    """The days of one year that move: the first day of the lunar year, 清明, 端午, 中秋."""

    spring_festival: date
    qingming: date
    duanwu: date
    mid_autumn: date


def _days(year: int, *days: tuple[int, int]) -> LunarDays:
    return LunarDays(*(date(year, month, day) for month, day in days))


LUNAR: Final = {
    2025: _days(2025, (1, 29), (4, 4), (5, 31), (10, 6)),
    2026: _days(2026, (2, 17), (4, 5), (6, 19), (9, 25)),
    2027: _days(2027, (2, 6), (4, 5), (6, 9), (9, 15)),
    2028: _days(2028, (1, 26), (4, 4), (5, 28), (10, 3)),
    2029: _days(2029, (2, 13), (4, 4), (6, 16), (9, 22)),
    2030: _days(2030, (2, 3), (4, 5), (6, 5), (9, 12)),
    2031: _days(2031, (1, 23), (4, 5), (6, 24), (10, 1)),
    2032: _days(2032, (2, 11), (4, 4), (6, 12), (9, 19)),
    2033: _days(2033, (1, 31), (4, 4), (6, 1), (9, 8)),
    2034: _days(2034, (2, 19), (4, 5), (6, 20), (9, 27)),
    2035: _days(2035, (2, 8), (4, 5), (6, 10), (9, 16)),
}

FIRST_YEAR: Final = 2025
"""The regulation as revised in 2024 is in force from 2025-01-01. Earlier years are judged by their notices alone."""


@lru_cache(maxsize=64)
def statutory_holidays(year: int) -> frozenset[date]:
    """The public holidays of `year` by law (HOL 2). After the last year of the table, only those with a fixed date.

    Where two festivals share a day (中秋 on 3 October 2028) the law gives one day off for it here; the notice says
    which working day is off in lieu.
    """
    if year < FIRST_YEAR:
        return frozenset()
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
    lunar = LUNAR.get(year)
    if lunar is None:
        return frozenset(fixed)
    eve_to_third = {lunar.spring_festival + timedelta(days=n) for n in range(-1, 3)}
    return frozenset(fixed | eve_to_third | set(lunar[1:]))
