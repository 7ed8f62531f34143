"""A lead that another agency is competent for (移送; C-07; APL 25; NJ 19), as the exchange tells of it.

    SUSPECTED, PROMPTED, READY_TO_FILE ─prepared─▶ the same state, on its way ─accepted─▶ TRANSFERRED_OUT
                                                     └─ returned, or not approved ─▶ the lead goes on here

The exchange holds the transfer itself: its package, the approval of the head, its dispatch and its receipt. While one
is on its way the lead is not filed here, because two agencies would pursue one act.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.people import Hand, Transfer, require_qualified
from case.domain.procedure import Case, Changing, State, require_state
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, ExchangeId, OfficerId

_LEADS = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE)


@dataclass(frozen=True)
class OfTransfer(Changing, ABC):
    """A fact about the transfer of a lead to another agency."""

    exchange_id: ExchangeId

    @property
    def subject(self) -> str:
        return self.exchange_id.stream


@dataclass(frozen=True)
class TransferLetterWritten(Changing):
    """The letter of a transfer is in the file (D-31). `reason` commits to why the other agency is competent."""

    type: ClassVar[str] = "case.transfer_letter.written"

    document_id: DocumentId
    sha256: str
    reason: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class TransferNoted(OfTransfer):
    """The agency prepares to hand the lead over to `to_agency_id`."""

    type: ClassVar[str] = "case.transfer_noted"

    to_agency_id: AgencyId

    def applied(self, case: Case) -> Case:
        return replace(case, transfer=Transfer(self.exchange_id, self.to_agency_id))


@dataclass(frozen=True)
class TransferEnded(OfTransfer):
    """The head did not approve, or the other agency sent it back: the lead goes on here."""

    type: ClassVar[str] = "case.transfer_ended"

    def applied(self, case: Case) -> Case:
        return replace(case, transfer=None)


@dataclass(frozen=True)
class CaseTransferredOut(OfTransfer):
    """The other agency is competent and filed the case: the lead ended here. It is kept until `kept_until`."""

    type: ClassVar[str] = "case.transferred_out"

    agency_id: AgencyId
    to_agency_id: AgencyId
    was_prompted: bool
    transferred_at: datetime
    kept_until: datetime

    def applied(self, case: Case) -> Case:
        return replace(
            case, state=State.TRANSFERRED_OUT, closed_at=self.transferred_at, officers=(), non_filing=None
        )


def require_transferable(case: Case) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED for anything but a lead: what is filed here is decided here."""
    require_state(case, *_LEADS, act="a transfer to another agency")


def write_letter(
    case: Case, *, reason: Commitment, document_id: DocumentId, sha256: str, hand: Hand, at: datetime
) -> TransferLetterWritten:
    """Write the letter of a transfer (APL 25; NJ 19). A later letter takes the place of the one before."""
    require_transferable(case)
    require_qualified(hand, at)
    return TransferLetterWritten(case.id, document_id, sha256, reason, hand.officer_id)


def note_transfer(
    case: Case, exchange_id: ExchangeId, to_agency_id: AgencyId, agency_id: AgencyId
) -> TransferNoted | None:
    """The agency of the lead prepared its transfer. None for a case that is filed, and for a transfer that is noted."""
    is_ours = agency_id == case.agency_id and case.state in _LEADS
    return TransferNoted(case.id, exchange_id, to_agency_id) if is_ours and case.transfer is None else None


def end_transfer(case: Case, exchange_id: ExchangeId) -> TransferEnded | None:
    """The transfer came to nothing. None unless this one is on its way."""
    is_running = case.state in _LEADS and _is(case, exchange_id)
    return TransferEnded(case.id, exchange_id) if is_running else None


def transfer_out(case: Case, exchange_id: ExchangeId, at: datetime) -> CaseTransferredOut | None:
    """The other agency filed the case. None unless this transfer is on its way.

    Nothing counts against the party here any more, so nothing is kept for the look-back.
    """
    if case.state not in _LEADS or case.transfer is None or not _is(case, exchange_id):
        return None
    was_prompted = case.prompt_delivered_at is not None
    return CaseTransferredOut(
        case.id, exchange_id, case.agency_id, case.transfer.to_agency_id, was_prompted, at, at
    )


def _is(case: Case, exchange_id: ExchangeId) -> bool:
    return case.transfer is not None and case.transfer.exchange_id == exchange_id
