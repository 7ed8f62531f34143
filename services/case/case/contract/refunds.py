"""Money that goes back, on the wire. Amounts are integer fen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from case.contract.paying import Fen, Reference, Serial
from common.values.ids import CaseId, OfficerId
from common.web.wire import Code, In, Instant, Out

Number = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class RefundOrder(In):
    """Ask the finance department for the refund with this number, which the case shows as OPEN."""

    number: Number


class RefundApprovalOrder(In):
    """Approve what was asked for. `interest_fen` is the bank interest on a fine that was unlawful (SCL 36(7))."""

    interest_fen: Fen = 0


class RefundCallback(In):
    """The bank's notice that money went back. `Bank-Signature` signs exactly these bytes (Ed25519, base64)."""

    reference: Reference
    serial: Serial
    amount_fen: Fen
    refunded_at: Instant
    channel: Code


class RefundReceiptView(Out):
    """The answer to the bank; a repeat of the same notice is answered with the same words."""

    reference: str
    serial: str
    amount_fen: int
    case_id: CaseId


class RefundView(Out):
    """One refund: fine, surcharge and what was paid beyond both, apart.

    `state` is OPEN, ASKED, APPROVED, REFUNDED or WITHDRAWN; `law` the provision by which the money goes back.
    """

    number: int
    cause: str
    law: str
    state: str
    reference: str
    fine_fen: int
    surcharge_fen: int
    surplus_fen: int
    interest_fen: int
    opened_at: datetime
    asked_by: OfficerId | None
    approved_by: OfficerId | None
    refunded_at: datetime | None
