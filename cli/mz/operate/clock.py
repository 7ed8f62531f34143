"""`./mz clock`: shows the demo clock, or moves it forward. Every process of the demo reads the same file."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

from common.values.calendar import Calendar
from common.values.clock import BEIJING, OffsetClock
from common.values.datafiles import load_calendar
from common.web.democlock import advance
from mz.operate.datadir import DataDir

_STEP = re.compile(r"(\d{1,5})(wd|d|h|min)")


def main(options: argparse.Namespace) -> int:
    path = DataDir(options.data_dir).clock
    if not path.exists():
        print("mz: 没有演示时钟,请先 ./mz up (there is no demo clock; run ./mz up first)", file=sys.stderr)
        return 2
    now = OffsetClock(path)
    if options.act == "advance":
        try:
            target = destination(" ".join(options.by), now(), load_calendar())
            advance(path, target)
        except ValueError as error:
            print(f"mz: {error}", file=sys.stderr)
            return 2
    print(now().astimezone(BEIJING).isoformat(timespec="seconds"))
    return 0


def move(path: Path, by: timedelta, calendar: Calendar) -> datetime:
    """The demo clock in `path` forward by `by`; returns the new now. ValueError past the published calendar."""
    target = _published(OffsetClock(path)() + by, calendar)
    advance(path, target)
    return target


def _published(target: datetime, calendar: Calendar) -> datetime:
    if target.astimezone(BEIJING).date() > calendar.published_until:
        raise ValueError(f"the calendar is published until {calendar.published_until}")
    return target


def destination(by: str, now: datetime, calendar: Calendar) -> datetime:
    """Where `5wd`, `30d`, `12h` or `to 2025-04-01T09:00` leads from `now`. Raises ValueError for anything else.

    Working days keep the time of day. Beyond the published calendar there are no working days to count.
    """
    words = by.split()
    if len(words) == 2 and words[0] == "to":
        target = datetime.fromisoformat(words[1])
        return _published(target if target.tzinfo else target.replace(tzinfo=BEIJING), calendar)
    step = _STEP.fullmatch(words[0]) if len(words) == 1 else None
    if step is None:
        raise ValueError("advance by 5wd, 30d, 12h or 30min, or `to 2025-04-01T09:00`")
    count, unit = int(step[1]), step[2]
    local = now.astimezone(BEIJING)
    if unit != "wd":
        length = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}[unit] * count
        return _published(local + length, calendar)
    day = local.date()
    for _ in range(count):
        day = calendar.next_working_day(day + timedelta(days=1))
        _published(datetime.combine(day, time(), BEIJING), calendar)
    return datetime.combine(day, time(local.hour, local.minute, local.second), BEIJING)
