"""The erasure of a capture on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.web.wire import In, Out

ErasureReason = Literal["RETENTION_ENDED", "PARTY_REQUEST", "UNLAWFUL_COLLECTION"]
"""Why the law wants a capture erased (PIPL 47); a test compares it with `Reason` of the domain."""


class ErasureView(Out):
    """An erasure, proposed or done; `notice` is 已依法删除 once it is done."""

    evidence_id: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    notice: str | None


class ErasureOrder(In):
    """The reason why a capture is erased."""

    reason: ErasureReason


class ErasureApprovalOrder(In):
    """The body of an approval is empty: the person is known from the token."""
