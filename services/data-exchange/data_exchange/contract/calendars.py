"""The working days on the wire."""

from __future__ import annotations

from datetime import date

from common.web.wire import Out


class CalendarView(Out):
    """The working days of one year, as every period here is computed.

    A day of `statutory` is off whatever else is listed. Any other day is worked if it is in `make_up_workdays`, or if
    it is a weekday that is not in `days_off`. `version` is the `calendar_version` of periods computed now. While the
    yearly notice is not `published`, both lists are empty and periods that reach into the year are provisional.
    """

    region: str
    year: int
    version: str
    published: bool
    days_off: list[date]
    make_up_workdays: list[date]
    statutory: list[date]
