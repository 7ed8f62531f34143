"""The end of the texts of an exchange, on the wire."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import ExchangeId, OfficerId
from common.web.wire import In, Out


class ExchangeErasureProposalOrder(In):
    """The body of a proposal is empty: the period that is over is known."""


class ExchangeErasureOrder(In):
    """The body of an approval is empty: the person is known from the token."""


class ExchangeErasureView(Out):
    """An erasure, proposed or done. `notice` is 已依法删除 once it is approved."""

    exchange_id: ExchangeId
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None
    approved_at: datetime | None
    notice: str | None
