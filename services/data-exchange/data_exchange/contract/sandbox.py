"""The sandbox on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from common.values.ids import ApplicationId
from common.web.wire import In, Out

FaultCode = Literal[
    "LOST_ANSWER",
    "CLOCK_SKEW",
    "EXPIRED_KEY",
    "LEDGER_BEHIND",
    "DUPLICATE_WEBHOOK",
    "FORGED_WEBHOOK",
    "REORDERED_EVENTS",
]


class ClockOrder(In):
    """How far the clock of the sandbox moves."""

    working_days: int = Field(ge=1, le=60)


class ClockView(Out):
    """The time of the sandbox, by which periods run. Tokens and signatures follow the real time."""

    now: datetime


class FaultOrder(In):
    """What shall happen to the next fitting call or hint of the calling application, once."""

    fault: FaultCode


class FaultView(Out):
    """The faults that are armed now."""

    armed: list[str]


class CheckView(Out):
    """One check. `passed_at` is None until the calls of the application have passed it."""

    name: str
    passed_at: datetime | None
    to_do_zh: str
    to_do_en: str


class ChecklistView(Out):
    """The checklist as the calling application stands. `missing` names the checks that it has not passed."""

    application_id: ApplicationId
    name: str
    version: int
    missing: list[str]
    checks: list[CheckView]


class SandboxReportOrder(In):
    """`application_id` is the id that the system has in production."""

    application_id: ApplicationId


class SandboxReportView(Out):
    """`note` is what production takes at `/v1/applications/{application_id}/conformance-reports`."""

    note: str
