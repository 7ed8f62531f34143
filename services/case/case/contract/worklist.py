"""What is due across the cases of an agency, on the wire."""

from __future__ import annotations

from datetime import date

from common.values.ids import CaseId, OfficerId
from common.web.wire import Out


class WorkItemView(Out):
    """A period that runs: in which case, who acts, by when, and what sets the day (an article, or `set_by: profile`).

    `officers` are the two of the case; `is_alarmed` says that the city's day to warn has come, `is_overdue` that the
    last day has passed. `left_d` counts the days from today to the last one: 0 on that day, negative after it.
    """

    case_id: CaseId
    number: str
    state: str
    rule: str
    role: str
    officers: list[OfficerId]
    due_on: date
    alarm_on: date | None
    law: str
    is_alarmed: bool
    is_overdue: bool
    left_d: int


class WorkList(Out):
    """What is due, the earliest day first."""

    items: list[WorkItemView]
    next_cursor: str | None
