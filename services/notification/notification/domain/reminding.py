"""Which days ask for a notice, and whether there is still a reason for it when the day has come.

prompt arrived ── half of the time is over, or ten minutes before its end ──▶ N-02
last day to pay  − 5, − 1 calendar days ──▶ N-10      + 1 ──▶ N-11
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from common.values.clock import BEIJING
from common.values.ids import CaseId
from common.values.notificationrules import NotificationRules

TO_CORRECT: Final = "N-02"
TO_PAY: Final = "N-10"
OVERDUE: Final = "N-11"
_MORNING: Final = time(9)


@dataclass(frozen=True)
class Due:
    """A notice `code` at `due_at`; `day` names the end that it is about, so that a later end asks anew."""

    code: str
    due_at: datetime
    day: str


def to_correct(*, told_at: datetime, until: datetime, rules: NotificationRules) -> Due | None:
    """The one reminder of the time to correct (NJ 15 wants the correction eased), or None where none would help.

    When the city's share of the time is over, but never so late that nothing can be done about it.
    """
    share = told_at + (until - told_at) * rules.remind_percent / 100
    at = min(share, until - timedelta(minutes=rules.remind_before_min))
    return Due(TO_CORRECT, at, until.isoformat()) if told_at < at < until else None


def to_pay(last: date, rules: NotificationRules) -> tuple[Due, ...]:
    """The notices around the last day to pay, each in the morning of its day."""
    reminders = [Due(TO_PAY, _morning(last, -days), f"{last}-{days}") for days in rules.pay_reminder_cd]
    return (*reminders, Due(OVERDUE, _morning(last, 1), str(last)))


def cause_of(case_id: CaseId, due: Due) -> UUID:
    """The name under which the notice of this day is made once, wherever and however often it is asked for."""
    digest = hashlib.sha256(f"{case_id}/{due.code}/{due.day}".encode()).digest()
    return UUID(bytes=digest[:16])


def is_wanted(
    code: str,
    *,
    state: str,
    correct_until: datetime | None,
    pay_by: date | None,
    is_paid: bool,
    due_at: datetime,
    at: datetime,
    rules: NotificationRules,
) -> bool:
    """Whether the reason for the notice still stands: asked again just before it is made.

    Somebody who was heard, who paid, or whose last day was moved meanwhile is not reminded of what no longer is.
    """
    if code == TO_CORRECT:
        return state == "PROMPTED" and correct_until is not None and at < correct_until
    if pay_by is None or is_paid:
        return False
    return any(due.code == code and due.due_at == due_at for due in to_pay(pay_by, rules)) and (
        code == OVERDUE or at < _morning(pay_by, 1)
    )


def _morning(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), _MORNING, tzinfo=BEIJING)
