"""The calendar by which both sides compute the same day, for anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path

from common.policy import Action, Mandate
from common.values.holidays import FIRST_YEAR, statutory_holidays
from common.web.auth import Allow
from data_exchange.contract.calendars import CalendarView
from data_exchange.runtime import Run

router = APIRouter()


@router.get("/v1/calendars/{region}/{year}", summary="工作日历 · Read the working days of a year")
async def get_calendar(
    region: Literal["CN"],
    year: Annotated[int, Path(ge=FIRST_YEAR, le=2100)],
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CALENDAR_READ))],
) -> CalendarView:
    """The days off, the working weekends and the statutory holidays of a year (HOL 2)."""
    calendar = runtime.calendar
    return CalendarView(
        region=region,
        year=year,
        version=calendar.version,
        published=year in calendar.years,
        days_off=_in(year, calendar.days_off),
        make_up_workdays=_in(year, calendar.make_up),
        statutory=sorted(statutory_holidays(year)),
    )


def _in(year: int, days: Iterable[date]) -> list[date]:
    """A notice may name days of the December before, so the year of each day decides and not the notice's."""
    return sorted(day for day in days if day.year == year)
