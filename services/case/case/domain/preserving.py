"""Evidence is registered and kept where it is (先行登记保存): seven working days, then it ends by itself (APL 56).

    an officer proposes ─▶ the head approves: D-11, seven working days ─▶ the head decides what becomes of it: D-11a
                                                                       └─ nobody does ─▶ it lapses; it goes back

It keeps somebody from using what is theirs, so the head approves it and nobody prolongs it: what is to be held longer
needs another measure, with a basis of its own. What lapsed or was given free goes back before a case is closed.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.collected import Handling, Preservation, with_preservation
from case.domain.collecting import COLLECTABLE
from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import Case, Changing, require_assigned, require_state
from common.values.calendar import Deadline, end_of
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_56


class OfPreservation(Changing, ABC):
    """A fact about one preservation of evidence."""

    number: int


@dataclass(frozen=True)
class PreservationProposed(OfPreservation):
    """An officer proposes it. `content` commits to the list, the place and the reason; `items` counts the list."""

    type: ClassVar[str] = "case.preservation.proposed"

    number: int
    items: int
    content: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        proposed = Preservation(self.number, self.by)
        kept = tuple(each for each in case.preservations if each.number != self.number)
        return replace(case, preservations=(*kept, proposed))


@dataclass(frozen=True)
class PreservationOrdered(OfPreservation):
    """The head approved it: the list is kept from now on, until `settle_by` at the longest."""

    type: ClassVar[str] = "case.preservation.ordered"

    number: int
    document_id: DocumentId
    sha256: str
    by: OfficerId
    ordered_at: datetime
    settle_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.settle_by,)

    def applied(self, case: Case) -> Case:
        values = {
            "ordered_at": self.ordered_at,
            "settle_by": self.settle_by.due_on,
            "document_id": self.document_id,
        }
        return replace(case, preservations=with_preservation(case.preservations, self.number, **values))


@dataclass(frozen=True)
class PreservationHandled(OfPreservation):
    """The head decided what becomes of it."""

    type: ClassVar[str] = "case.preservation.handled"

    number: int
    handling: Handling
    reason: Commitment
    document_id: DocumentId
    sha256: str
    by: OfficerId
    handled_at: datetime

    def applied(self, case: Case) -> Case:
        values = {
            "handling": self.handling,
            "handled_at": self.handled_at,
            "handling_document_id": self.document_id,
        }
        return replace(case, preservations=with_preservation(case.preservations, self.number, **values))


@dataclass(frozen=True)
class PreservationLapsed(OfPreservation):
    """The seven days passed and nobody decided: the measure ended by itself, and what was kept is to go back."""

    type: ClassVar[str] = "case.preservation.lapsed"

    number: int
    due_on: date

    def applied(self, case: Case) -> Case:
        return replace(case, preservations=with_preservation(case.preservations, self.number, lapsed=True))


@dataclass(frozen=True)
class PreservedReturned(OfPreservation):
    """What was kept went back. `proof_sha256` is the digest of the signed receipt."""

    type: ClassVar[str] = "case.preservation.returned"

    number: int
    returned_at: datetime
    proof_sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        values = {"returned_at": self.returned_at}
        return replace(case, preservations=with_preservation(case.preservations, self.number, **values))


def propose_preservation(
    case: Case, *, items: int, content: Commitment, hand: Hand, at: datetime
) -> PreservationProposed:
    """One of the two proposes to keep evidence that may be lost or hard to get later (APL 56).

    A proposal that nobody approved yet is replaced by the next one.
    """
    require_state(case, *COLLECTABLE, act="keeping evidence")
    require_party(case)
    require_assigned(hand, case)
    require_qualified(hand, at)
    waiting = _waiting(case)
    number = waiting.number if waiting else len(case.preservations) + 1
    return PreservationProposed(case.id, number, items, content, hand.officer_id)


def require_proposed(case: Case, number: int) -> Preservation:
    """The preservation that waits for the head. Raises Refusal CASE_PRESERVATION_NOT_OPEN."""
    require_state(case, *COLLECTABLE, act="keeping evidence")
    waiting = _waiting(case)
    if waiting is None or waiting.number != number:
        raise _not_open(case, number)
    return waiting


def order_preservation(
    case: Case, number: int, *, document_id: DocumentId, sha256: str, hand: Hand, terms: Terms, at: datetime
) -> PreservationOrdered:
    """The head approves it (APL 56). Who proposed it does not approve it."""
    waiting = require_proposed(case, number)
    require_separate(
        hand.officer_id,
        frozenset({waiting.proposed_by, *case.officers}),
        act="approve that evidence is kept",
        other="investigated the case",
    )
    settle_by = terms.settle_preservation(at, number)
    return PreservationOrdered(case.id, number, document_id, sha256, hand.officer_id, at, settle_by)


def require_running(case: Case, number: int, at: datetime) -> Preservation:
    """The preservation in force. Raises Refusal CASE_PRESERVATION_NOT_OPEN, and CASE_PRESERVATION_LAPSED from the first
    second after its seventh working day: a late decision would hold what nobody may hold any more.
    """
    kept = _numbered(case, number)
    if kept is None or kept.settle_by is None or kept.handling is not None:
        raise _not_open(case, number)
    if kept.lapsed or at >= end_of(kept.settle_by):
        facts = {"case": case.id, "number": number, "day": kept.settle_by}
        raise Refusal(Kind.CONFLICT, "CASE_PRESERVATION_LAPSED", facts, article=APL_56)
    return kept


def handle_preservation(
    case: Case,
    number: int,
    *,
    handling: Handling,
    reason: Commitment,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    at: datetime,
) -> PreservationHandled:
    """Decide within seven working days what becomes of what was kept (APL 56), in whichever state the case is."""
    require_running(case, number, at)
    return PreservationHandled(case.id, number, handling, reason, document_id, sha256, hand.officer_id, at)


def lapse_preservations(case: Case, at: datetime) -> tuple[PreservationLapsed, ...]:
    """The preservations whose seven days passed without a decision."""
    return tuple(
        PreservationLapsed(case.id, kept.number, kept.settle_by)
        for kept in case.preservations
        if kept.is_running and kept.settle_by is not None and at >= end_of(kept.settle_by)
    )


def note_returned(
    case: Case, number: int, *, returned_at: datetime, proof_sha256: str, hand: Hand, at: datetime
) -> PreservedReturned:
    """Note that what was kept went back, with the receipt."""
    kept = _numbered(case, number)
    if kept is None or not kept.is_to_be_returned:
        raise _not_open(case, number)
    assert kept.settle_by is not None
    freed_at = kept.handled_at or end_of(kept.settle_by)
    if not freed_at <= returned_at <= at:
        raise Refusal(Kind.INVALID, "CASE_RECORD_TIME", {"from": freed_at, "until": at}, article=APL_56)
    return PreservedReturned(case.id, number, returned_at, proof_sha256, hand.officer_id)


def require_nothing_kept(case: Case) -> None:
    """Raises Refusal CASE_PRESERVATION_OPEN while the case holds what belongs to somebody."""
    kept = [each.number for each in case.preservations if each.is_running or each.is_to_be_returned]
    if kept:
        facts = {"case": case.id, "numbers": kept}
        raise Refusal(Kind.CONFLICT, "CASE_PRESERVATION_OPEN", facts, article=APL_56)


def _waiting(case: Case) -> Preservation | None:
    return next((each for each in case.preservations if each.ordered_at is None), None)


def _numbered(case: Case, number: int) -> Preservation | None:
    return next((each for each in case.preservations if each.number == number), None)


def _not_open(case: Case, number: int) -> Refusal:
    facts = {"case": case.id, "number": number}
    return Refusal(Kind.CONFLICT, "CASE_PRESERVATION_NOT_OPEN", facts, article=APL_56)
