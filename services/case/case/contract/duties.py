"""The lists of what is due after a decision, on the wire."""

from __future__ import annotations

from datetime import date

from common.values.ids import CaseId
from common.web.wire import Out


class DutyView(Out):
    """One thing to do: in which case, which role acts, by when, and what sets the day (`set_by: profile`, an article).

    `performing` is where a case that is PERFORMING stands: AWAITING, DEFERRED, INSTALMENT or OVERDUE. `late_fen` is
    what of the fine is late today; `is_overdue` says that the day has passed.
    """

    case_id: CaseId
    number: str
    state: str
    performing: str | None
    kind: str
    role: str
    due_on: date | None
    alarm_on: date | None
    law: str | None
    is_overdue: bool
    late_fen: int


class DutyList(Out):
    """The duties of one page of cases, in the order of the cases. The page may hold none, and another may follow."""

    items: list[DutyView]
    next_cursor: str | None
