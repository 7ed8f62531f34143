"""Moves the demo clock of a sandbox: every service reads the same file, so periods pass for all of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from common.values.calendar import Calendar
from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.law import GDS_35_2
from common.web.democlock import advance
from data_exchange.runtime import DataExchangeRuntime


def move(runtime: DataExchangeRuntime, working_days: int) -> datetime:
    """The clock forward by working days, to the same time of day; its new time.

    Raises Refusal DX_CLOCK_UNPUBLISHED where no notice has fixed the holidays yet.
    """
    assert runtime.settings.clock is not None
    target = _destination(runtime.clock(), working_days, runtime.calendar)
    advance(runtime.settings.clock, target)
    return target


def _destination(now: datetime, working_days: int, calendar: Calendar) -> datetime:
    local = now.astimezone(BEIJING)
    day = local.date()
    for _ in range(working_days):
        day = calendar.next_working_day(day + timedelta(days=1))
        if day > calendar.published_until:
            facts = {"until": calendar.published_until}
            raise Refusal(Kind.CONFLICT, "DX_CLOCK_UNPUBLISHED", facts, article=GDS_35_2)
    return datetime.combine(day, time(local.hour, local.minute, local.second), BEIJING)
