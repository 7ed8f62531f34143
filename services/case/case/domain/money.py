"""What a case holds about money beside its payments: the refunds of what is not owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.values.ids import OfficerId


class RefundCause(StrEnum):
    """Why money goes back."""

    OVERPAID = "OVERPAID"  # more was paid than fine and surcharge
    REVOKED = "REVOKED"  # the penalty was revoked, or declared invalid
    CHANGED = "CHANGED"  # the penalty was changed to a lighter one


class RefundState(StrEnum):
    OPEN = "OPEN"
    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUNDED = "REFUNDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class Refund:
    """One refund. Fine, surcharge and what was paid beyond both are apart, in fen.

    `interest_fen` is the bank interest that finance adds where the penalty was unlawful. The bank quotes `reference`.
    """

    number: int
    cause: RefundCause
    reference: str
    fine_fen: int
    surcharge_fen: int
    surplus_fen: int
    opened_at: datetime
    opened_by: OfficerId | None
    asked_by: OfficerId | None = None
    approved_by: OfficerId | None = None
    approved_at: datetime | None = None
    interest_fen: int = 0
    refunded_at: datetime | None = None
    withdrawn: bool = False

    @property
    def paid_fen(self) -> int:
        """What of the party's payments goes back: without interest."""
        return self.fine_fen + self.surcharge_fen + self.surplus_fen

    @property
    def total_fen(self) -> int:
        return self.paid_fen + self.interest_fen

    @property
    def state(self) -> RefundState:
        if self.withdrawn:
            return RefundState.WITHDRAWN
        if self.refunded_at is not None:
            return RefundState.REFUNDED
        if self.approved_by is not None:
            return RefundState.APPROVED
        return RefundState.ASKED if self.asked_by else RefundState.OPEN

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state not in (RefundState.REFUNDED, RefundState.WITHDRAWN)
