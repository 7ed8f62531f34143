"""The sender's acts in a transfer: prepared, submitted, approved by the head, dispatched (NJ 19; CrimT 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, EvidenceId, ExchangeId, OfficerId
from common.values.law import CRIMT_5, CRIMT_13, NJ_17, NJ_19
from data_exchange.domain import transferclocks as clocks
from data_exchange.domain.clocks import HEAD_DECISION, SEND, Terms
from data_exchange.domain.exchange import (
    Clock,
    Exchange,
    Kind,
    OfExchange,
    Pressure,
    Purpose,
    Side,
    State,
    all_running,
    require_side,
    require_state,
)
from data_exchange.domain.packages import require_complete, require_open
from data_exchange.domain.requesting import require_no_superior
from data_exchange.domain.standing import CaseStanding
from data_exchange.domain.transfers import Transfer, TransferFact, refused


@dataclass(frozen=True)
class TransferPrepared(OfExchange):
    """A transfer was drafted. `request` commits to the facts in words; `evidence` are the captures that go along."""

    type: ClassVar[str] = "exchange.transfer_prepared"
    kind: Kind
    agency_id: AgencyId
    to_agency_id: AgencyId
    number: str
    case_id: CaseId | None
    request: Commitment
    prepared_by: OfficerId
    recognised_at: datetime
    examined: bool
    limitation_on: date | None
    reverse_of: ExchangeId | None
    evidence: tuple[EvidenceId, ...]
    send_by: Deadline | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream if self.case_id else None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.send_by,) if self.send_by else ()

    def begun(self, *, at: datetime, running: tuple[Clock, ...]) -> Transfer:
        """The transfer that this fact, recorded at `at`, begins."""
        exchange = Exchange(
            self.owner,
            self.kind,
            self.agency_id,
            self.to_agency_id,
            self.number,
            State.DRAFT,
            Pressure.NONE,
            Purpose.ENFORCE,
            self.case_id,
            requested_at=at,
            clocks=running,
        )
        return Transfer(
            exchange,
            self.prepared_by,
            self.recognised_at,
            self.examined,
            self.limitation_on,
            self.reverse_of,
            self.evidence,
        )


@dataclass(frozen=True)
class TransferSubmitted(TransferFact):
    """The package is complete and closed under its signed manifest, which holds the commitment `summary` too."""

    type: ClassVar[str] = "exchange.transfer_submitted"
    submitted_by: OfficerId
    manifest_sha256: str
    summary: Commitment
    files: int
    decide_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,) if self.decide_by else ()

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, submitted_by=self.submitted_by, manifest_sha256=self.manifest_sha256)


@dataclass(frozen=True)
class TransferApproved(TransferFact):
    """The head approved the manifest with this digest."""

    type: ClassVar[str] = "exchange.transfer_approved"
    approved_by: OfficerId
    manifest_sha256: str
    hand_over_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.hand_over_by,) if self.hand_over_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return (HEAD_DECISION,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, approved_by=self.approved_by, approved_at=at)


@dataclass(frozen=True)
class TransferDisapproved(TransferFact):
    """The head did not approve; the reasons are on record (CrimT 5(2))."""

    type: ClassVar[str] = "exchange.transfer_disapproved"
    disapproved_by: OfficerId
    reason: Commitment
    running: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.WITHDRAWN, closed_at=at)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return transfer


@dataclass(frozen=True)
class TransferDispatched(TransferFact):
    """The package went to the receiver. `is_late`: after the period, which is shown and not refused."""

    type: ClassVar[str] = "exchange.transfer_dispatched"
    manifest_sha256: str
    is_late: bool
    running: tuple[str, ...]
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.SENT)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, dispatched_at=at, is_late=self.is_late)


def prepare(
    exchange_id: ExchangeId,
    kind: Kind,
    *,
    agency_id: AgencyId,
    to_agency_id: AgencyId,
    number: str,
    case_id: CaseId | None,
    summary: Commitment,
    officer_id: OfficerId,
    recognised_at: datetime,
    examined: bool,
    limitation_on: date | None,
    evidence: tuple[EvidenceId, ...],
    reverse_of: Transfer | None,
    superiors: frozenset[AgencyId],
    terms: Terms,
    at: datetime,
) -> TransferPrepared:
    """Draft a transfer. The period of NJ 19 runs from the day on which the agency recognised that it has to transfer.

    A suspected crime has the periods of its own regulation instead. The police transfer a case back with
    `reverse_of`, the transfer that brought it (CrimT 13).
    """
    if agency_id == to_agency_id:
        raise Refusal(RefusalKind.INVALID, "DX_SAME_AGENCY", {"agency": agency_id}, article=NJ_19)
    require_no_superior(agency_id, to_agency_id, superiors, article=NJ_19)
    if recognised_at > at:
        raise Refusal(RefusalKind.INVALID, "DX_RECOGNISED_LATER", {"now": at}, article=NJ_19)
    if reverse_of is not None:
        _require_reverse(reverse_of, kind, agency_id=agency_id, to_agency_id=to_agency_id)
    send_by = clocks.send_by(terms, recognised_at) if kind is Kind.TRANSFER else None
    return TransferPrepared(
        exchange_id,
        kind,
        agency_id,
        to_agency_id,
        number,
        case_id,
        summary,
        officer_id,
        recognised_at,
        examined,
        limitation_on,
        reverse_of.id if reverse_of else None,
        evidence,
        send_by,
    )


def captures_of(
    named: Sequence[EvidenceId],
    case_id: CaseId | None,
    case: CaseStanding | None,
    *,
    agency_id: AgencyId,
) -> tuple[EvidenceId, ...]:
    """The captures that go along: those that the officer named, else all of the lead or case (NJ 19).

    `case` is None where there is no case of that id. Such an id is refused in the same words as another agency's case.
    """
    if case_id is not None and (case is None or case.agency_id != agency_id):
        raise Refusal(RefusalKind.FORBIDDEN, "DX_CASE_NOT_OWN", {"case": case_id}, article=NJ_17)
    return tuple(named) if named or case is None else case.evidence_ids


def require_submittable(transfer: Transfer, *, agency_id: AgencyId | None) -> None:
    """Raises Refusal unless the package is open and complete."""
    require_open(transfer, agency_id=agency_id)
    require_complete(transfer)


def submit(
    transfer: Transfer,
    manifest_sha256: str,
    *,
    agency_id: AgencyId | None,
    officer_id: OfficerId,
    summary: Commitment,
    terms: Terms,
    at: datetime,
) -> TransferSubmitted:
    """Close the package under its manifest and report to the head, who decides on a suspected crime in three days."""
    require_submittable(transfer, agency_id=agency_id)
    decide_by = clocks.head_decision_by(terms, at) if transfer.is_criminal else None
    return TransferSubmitted(
        transfer.id, officer_id, manifest_sha256, summary, len(transfer.files), decide_by
    )


def approve(
    transfer: Transfer,
    manifest_sha256: str,
    *,
    agency_id: AgencyId | None,
    officer_id: OfficerId,
    terms: Terms,
    at: datetime,
) -> TransferApproved:
    """The head approves exactly the manifest that they read (CrimT 5(2)). Who prepared it does not approve it."""
    _require_undecided(transfer, officer_id, agency_id=agency_id)
    if manifest_sha256 != transfer.manifest_sha256:
        raise refused(transfer, "DX_OTHER_MANIFEST", manifest=transfer.manifest_sha256)
    hand_over_by = clocks.hand_over_by(terms, at) if transfer.is_criminal else None
    return TransferApproved(transfer.id, officer_id, manifest_sha256, hand_over_by)


def disapprove(
    transfer: Transfer, *, agency_id: AgencyId | None, officer_id: OfficerId, reason: Commitment
) -> TransferDisapproved:
    """The head does not approve. The draft ends, with the reasons on record (CrimT 5(2))."""
    _require_undecided(transfer, officer_id, agency_id=agency_id)
    return TransferDisapproved(transfer.id, officer_id, reason, all_running(transfer.exchange))


def dispatch(
    transfer: Transfer, *, agency_id: AgencyId | None, terms: Terms, at: datetime
) -> TransferDispatched:
    """Hand the approved package over. A late transfer is still owed, so lateness is on record and no refusal."""
    require_side(transfer.exchange, agency_id, Side.SENDER)
    require_state(transfer.exchange, State.DRAFT, act="its dispatch")
    if transfer.approved_at is None or transfer.manifest_sha256 is None:
        raise refused(transfer, "DX_NOT_APPROVED", CRIMT_5 if transfer.is_criminal else NJ_19)
    answer_by = clocks.receipt_by(terms, at) if transfer.is_criminal else clocks.answer_by(terms, at)
    is_late = _is_late(transfer, transfer.approved_at, at)
    return TransferDispatched(
        transfer.id, transfer.manifest_sha256, is_late, all_running(transfer.exchange), answer_by
    )


def _is_late(transfer: Transfer, approved_at: datetime, at: datetime) -> bool:
    if transfer.is_criminal:
        return not clocks.is_within_hours(approved_at, at)
    clock = transfer.exchange.clock(SEND)
    return clock is not None and clock.deadline.is_over(at)


def _require_undecided(transfer: Transfer, officer_id: OfficerId, *, agency_id: AgencyId | None) -> None:
    require_side(transfer.exchange, agency_id, Side.SENDER)
    require_state(transfer.exchange, State.DRAFT, act="the head's decision")
    if transfer.manifest_sha256 is None:
        raise refused(transfer, "DX_NOT_SUBMITTED", CRIMT_5 if transfer.is_criminal else NJ_19)
    if transfer.approved_at is not None:
        raise refused(transfer, "DX_APPROVED_ALREADY")
    if officer_id in (transfer.prepared_by, transfer.submitted_by):
        article = CRIMT_5 if transfer.is_criminal else NJ_19
        raise Refusal(RefusalKind.FORBIDDEN, "DX_OWN_DRAFT", {"exchange": transfer.id}, article=article)


def _require_reverse(original: Transfer, kind: Kind, *, agency_id: AgencyId, to_agency_id: AgencyId) -> None:
    sides = (original.exchange.to_agency_id, original.exchange.agency_id)
    if not original.is_criminal or kind is not Kind.TRANSFER or sides != (agency_id, to_agency_id):
        raise Refusal(RefusalKind.INVALID, "DX_NO_REVERSE", {"exchange": original.id}, article=CRIMT_13)
