"""Each act of a case tried dry: the rule that its route calls, with inputs that nobody has written yet.

A rule returns facts and stores nothing, so calling it and dropping the facts is the whole trial. There is no second
table of guards: what a rule refuses here, it refuses there. A refusal of kind INVALID comes from the blank inputs and
says nothing about the case, so the act counts as allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from case.domain import (
    serving,
)
from case.domain.contents import Findings, Proposal
from case.domain.deadlines import Terms
from case.domain.people import Hand
from case.domain.procedure import Case, due_document
from case.domain.withdrawing import require_not_withdrawn
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, PartyId
from common.values.manner import Manner

BLANK: Final = Commitment(bytes(32))
SHA: Final = "0" * 64
NOTHING_FOUND: Final = Findings(minor=False, promptly_corrected=False, harmless=False)


@dataclass(frozen=True)
class Look:
    """The case with its deadlines, who looks, and the hour."""

    case: Case
    deadlines: tuple[Deadline, ...]
    hand: Hand
    party_id: PartyId | None
    agency_name: str | None
    terms: Terms
    at: datetime

    @property
    def paper(self) -> DocumentId:
        return DocumentId.new(self.at)

    @property
    def today(self) -> date:
        return legal_day(self.at)

    @property
    def proposal(self) -> Proposal | None:
        """What was notified last, else what was concluded."""
        if self.case.notice is not None:
            return self.case.notice.proposal
        return self.case.conclusion.proposal if self.case.conclusion else None


@dataclass(frozen=True)
class Trial:
    """How one act is tried, and the rules of the deadlines by which it is due."""

    rule: Callable[[Look], object]
    due: tuple[str, ...] = ()


def refusal_of(trial: Trial, look: Look) -> Refusal | None:
    """Why the act is refused now; None where the law allows it, or where only its input decides.

    After the rule comes what every change asks: whether who acts had to withdraw (APL 43).
    """
    try:
        trial.rule(look)
    except Refusal as refused:
        if refused.kind is not Kind.INVALID:
            return refused
    try:
        require_not_withdrawn(look.case, look.hand.officer_id)
    except Refusal as refused:
        return refused
    return None


def served(*kinds: str) -> Callable[[Look], object]:
    """The order to serve whichever of these documents is due."""

    def tried(look: Look) -> object:
        refused: Refusal | None = None
        for kind in kinds:
            try:
                document_id = due_document(look.case, kind)
            except Refusal as each:
                refused = refused or each
                continue
            return serving.order_service(
                look.case,
                document_id=document_id,
                document_kind=kind,
                document_sha256=SHA,
                manner=Manner.DIRECT,
                consent_id=None,
                hand=look.hand,
            )
        assert refused is not None
        raise refused

    return tried
