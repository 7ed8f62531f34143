"""What a case holds about money beside its payments: refunds of what is not owed, deferrals and instalments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.ids import DocumentId, OfficerId


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


@dataclass(frozen=True)
class Part:
    """One part of the fine, in fen, and the last day to pay it. `reference` is the bank's once the plan is granted."""

    due_on: date
    amount_fen: int
    reference: str = ""


@dataclass(frozen=True)
class Relief:
    """An application to pay later (one part) or by instalments, and what became of it.

    From `from_on` a granted plan says what is late. Its references take the place of those before. The answer is a
    document (D-24) with a service of its own: `service_ordered` until it reached the party, on `served_at`.
    """

    number: int
    parts: tuple[Part, ...]
    applied_at: datetime
    granted: bool | None = None
    from_on: date | None = None
    document_id: DocumentId | None = None
    granted_at: datetime | None = None
    answered_at: datetime | None = None
    service_ordered: bool = False
    served_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.granted is None

    @property
    def ends_on(self) -> date:
        """The last day of the plan."""
        return max(part.due_on for part in self.parts)

    def not_yet_due(self, day: date) -> int:
        """What of the plan may still be paid on `day` without being late."""
        return sum(part.amount_fen for part in self.parts if part.due_on >= day)
