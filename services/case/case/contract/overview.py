"""What the cases of an area come to, on the wire: counts alone, of nobody in particular (NJ 5(1))."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import AgencyId
from common.web.wire import Out


class CasesInState(Out):
    """How many cases of an agency at a place stand in a state."""

    agency_id: AgencyId
    division: str
    state: str
    count: int


class WorkDue(Out):
    """How many periods of an agency run for a role, and how many of them have passed."""

    agency_id: AgencyId
    role: str
    count: int
    overdue: int


class MonthOfCases(Out):
    """A month (Beijing) that begins on `month`: leads opened, cases filed and closed in it."""

    month: date
    opened: int
    filed: int
    closed: int


class CaseOverview(Out):
    """Counts at `as_of` of the area, of the agencies that the caller sees. No officer and no party is counted apart."""

    as_of: datetime
    area: list[str]
    states: list[CasesInState]
    due: list[WorkDue]
    months: list[MonthOfCases]
