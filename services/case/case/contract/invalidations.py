"""A capture that is no evidence any more: the task of its case, on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.values.ids import AgencyId, CaseId, EvidenceId, OfficerId
from common.web.wire import In, Out, Text


class InvalidationSettlementOrder(In):
    """How the task ends, and why. GO_ON and KEEP need devices that were lawful; no reason replaces that.

    END_LEAD, NO_PENALTY and REVOKE are acts of their own: the non-filing, the decision not to punish, the revocation.
    """

    way: Literal["GO_ON", "KEEP", "ELIMINATE"]
    reason: Text


class InvalidationView(Out):
    """One finding of the registry and the captures that it takes away. `ways` are what the law leaves to choose now;
    `way` is how it ended.
    """

    number: int
    source: str
    guard: str
    codes: list[str]
    evidence_ids: list[EvidenceId]
    opened_at: datetime
    settle_by: date
    overdue_at: datetime | None
    ways: list[str]
    way: str | None
    settled_at: datetime | None
    settled_by: OfficerId | None


class InvalidationTaskView(Out):
    """A task that waits, in the list of its agency: nothing personal."""

    case_id: CaseId
    agency_id: AgencyId
    case_number: str
    case_state: str
    number: int
    guard: str
    codes: list[str]
    evidence_ids: list[EvidenceId]
    opened_at: datetime
    settle_by: date
    overdue_at: datetime | None
