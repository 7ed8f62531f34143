"""Messages that are taken back, and deliveries that technical staff put in line again, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.values.ids import CaseId, DeliveryId, MessageId
from common.web.wire import In, Out


class RecallOrder(In):
    """The agency takes a message back: it was for another party, its words are wrong, or its matter is settled."""

    reason: Literal["WRONG_PARTY", "WRONG_WORDS", "MATTER_SETTLED"]


class ReplayOrder(In):
    """The fault is mended. Nothing to fill in: the log-in says who orders it."""


class StoppedDeliveryView(Out):
    """A delivery that stands still: `REJECTED` by its provider with `code`, or stopped by a `FAULT` of this program.

    It can be put in line again until `expires_at`.
    """

    delivery_id: DeliveryId
    message_id: MessageId
    case_id: CaseId
    channel: str
    provider: str | None
    stopped_by: Literal["REJECTED", "FAULT"]
    state: str
    code: str | None
    attempts: int
    created_at: datetime
    expires_at: datetime


class ReplayView(Out):
    """The delivery as it stands in line again."""

    delivery_id: DeliveryId
    state: str
