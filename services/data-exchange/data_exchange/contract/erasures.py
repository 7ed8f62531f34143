"""The end of the texts of an exchange, a comparison, a use or a dispute, on the wire."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import OfficerId
from common.web.wire import In, Out


class LogErasureProposalOrder(In):
    """The body of a proposal is empty: the period that is over is known."""


class LogErasureOrder(In):
    """The body of an approval is empty: the person is known from the token."""


class LogErasureView(Out):
    """An erasure, proposed or done. `object` is the stream, `notice` is 已依法删除 once it is approved."""

    object: str
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None
    approved_at: datetime | None
    notice: str | None
