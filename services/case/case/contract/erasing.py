"""The orders of an erasure, and what is shown of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.values.ids import CaseId
from common.web.wire import In, Out


class ErasureOrder(In):
    """Why a case must go."""

    reason: Literal["RETENTION_ENDED", "PARTY_REQUEST"]


class ErasureApprovalOrder(In):
    """The second person's agreement needs nothing but the person."""


class ErasureView(Out):
    """An erasure, proposed or done; `notice` is 已依法删除 once it is done."""

    case_id: CaseId
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    notice: str | None
