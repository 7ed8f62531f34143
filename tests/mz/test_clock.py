"""The demo clock's arithmetic. No clock, no database."""

from __future__ import annotations

from datetime import datetime

import pytest

from common.values.clock import BEIJING
from common.values.datafiles import load_calendar
from mz.operate.clock import destination

CALENDAR = load_calendar()
BEFORE_QINGMING = datetime(2025, 4, 3, 9, 30, tzinfo=BEIJING)  # a Thursday; 4 to 6 April are off


@pytest.mark.parametrize(
    "by, expected",
    [
        ("1wd", "2025-04-07T09:30:00+08:00"),
        ("2wd", "2025-04-08T09:30:00+08:00"),
        ("1d", "2025-04-04T09:30:00+08:00"),
        ("12h", "2025-04-03T21:30:00+08:00"),
        ("30min", "2025-04-03T10:00:00+08:00"),
        ("to 2025-05-01T08:00", "2025-05-01T08:00:00+08:00"),
    ],
)
def test_the_clock_counts_working_days_as_published(by: str, expected: str) -> None:
    assert destination(by, BEFORE_QINGMING, CALENDAR).isoformat() == expected


@pytest.mark.parametrize("by", ["", "5", "5x", "to", "to noon", "5wd now", "-1d"])
def test_anything_else_is_refused_with_what_is_accepted(by: str) -> None:
    with pytest.raises(ValueError):
        destination(by, BEFORE_QINGMING, CALENDAR)


def test_there_are_no_working_days_beyond_the_published_calendar() -> None:
    last = datetime.combine(CALENDAR.published_until, BEFORE_QINGMING.timetz())

    with pytest.raises(ValueError, match="published until"):
        destination("1wd", last, CALENDAR)
