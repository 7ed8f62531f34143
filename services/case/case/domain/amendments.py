"""What a case holds of its decision's amendments: revoked, made lighter, or corrected where a word was mistyped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from case.domain.contents import Proposal
from common.values.ids import DocumentId, OfficerId


class AmendmentKind(StrEnum):
    """撤销, 变更 and 更正. Only the first two change what was decided."""

    REVOKE = "REVOKE"
    CHANGE = "CHANGE"
    CORRECT = "CORRECT"


class Cause(StrEnum):
    """How the error was found (APL 75(2); ARL 32; ARR 38)."""

    COMPLAINT = "COMPLAINT"
    SUPERVISION = "SUPERVISION"
    RETRO_INVALIDATION = "RETRO_INVALIDATION"
    REMEDY_RESULT = "REMEDY_RESULT"
    SELF_CORRECTION = "SELF_CORRECTION"
    TYPING_ERROR = "TYPING_ERROR"


class Conclusion(StrEnum):
    """What the legal reviewer says of a proposal to revoke or change."""

    PASS = "PASS"
    RETURN = "RETURN"


@dataclass(frozen=True)
class Amendment:
    """One amendment of the decision, in the order proposed. Only the newest that nobody decided is open.

    `proposal` is the lighter penalty of a CHANGE. `document_id` is its D-36, None where an organ of remedy decided:
    its own decision is the document then. `refund_fen` is what was paid and is not owed any more.
    """

    number: int
    kind: AmendmentKind
    cause: Cause
    proposed_by: OfficerId
    proposal: Proposal | None = None
    conclusion: Conclusion | None = None
    reviewed_by: OfficerId | None = None
    document_id: DocumentId | None = None
    decided_at: datetime | None = None
    refund_fen: int = 0
    served_at: datetime | None = None

    @property
    def is_unserved(self) -> bool:
        """Whether its document exists and has reached nobody yet."""
        return self.document_id is not None and self.served_at is None


def revoked_at(amendments: tuple[Amendment, ...]) -> datetime | None:
    """When the decision was revoked; None while it stands."""
    return next((a.decided_at for a in amendments if a.kind is AmendmentKind.REVOKE and a.decided_at), None)


def unserved(amendments: tuple[Amendment, ...]) -> Amendment | None:
    """The newest amendment whose document has to be served."""
    return next((each for each in reversed(amendments) if each.is_unserved), None)
