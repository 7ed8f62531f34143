"""What the party says at the counter is written down, read over and signed (D-16; APL 45).

The statement itself is the same fact as one that came through the platform (`defence`): it is reviewed and answered
like that one, and the record's actor says who took it. This fact says that the paper exists, and what stands under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from case.domain.people import Hand, require_qualified
from case.domain.procedure import Case, Changing
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_45


class Signing(StrEnum):
    """What stands under the words once they were read over."""

    SIGNED = "SIGNED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class StatementWritten(Changing):
    """The statement of this number was taken at the counter. `proof_sha256` is the digest of the signed paper."""

    type: ClassVar[str] = "case.statement.written"

    number: int
    document_id: DocumentId
    sha256: str
    signing: Signing
    proof_sha256: str
    attachments: tuple[str, ...]
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return case


def write_down(
    case: Case,
    *,
    is_read_over: bool,
    document_id: DocumentId,
    sha256: str,
    signing: Signing,
    proof_sha256: str,
    attachments: tuple[str, ...],
    hand: Hand,
    at: datetime,
) -> StatementWritten:
    """Write down the latest statement of the party, which an officer took at the counter.

    Raises Refusal CASE_STATEMENT_NOT_READ_OVER: what nobody read back to the party are the officer's words, and not its
    own.
    """
    require_taker(case, hand, is_read_over=is_read_over, at=at)
    number = case.defences[-1].number
    return StatementWritten(
        case.id, number, document_id, sha256, signing, proof_sha256, attachments, hand.officer_id
    )


def require_taker(case: Case, hand: Hand, *, is_read_over: bool, at: datetime) -> None:
    """Raises Refusal unless this officer may take a statement at the counter, and read it over to the party."""
    require_qualified(hand, at)
    if not is_read_over:
        raise Refusal(Kind.CONFLICT, "CASE_STATEMENT_NOT_READ_OVER", {"case": case.id}, article=APL_45)
