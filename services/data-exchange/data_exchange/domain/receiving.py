"""The receiver's acts in a transfer: received, accepted, returned or forwarded, and the result (NJ 19; CrimT 7, 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId
from common.values.law import CRIMT_7, CRIMT_8, NJ_19
from data_exchange.domain import transferclocks as clocks
from data_exchange.domain.answering import RefusalCode
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import (
    UNANSWERED,
    Exchange,
    Pressure,
    Side,
    State,
    all_running,
    require_side,
    require_state,
)
from data_exchange.domain.packages import require_verified
from data_exchange.domain.transfers import (
    Filing,
    Outcome,
    Transfer,
    TransferFact,
    refused,
    require_criminal,
)


@dataclass(frozen=True)
class TransferReceived(TransferFact):
    """The receiver verified every file and signed the receipt (回执) with the digest of the manifest."""

    type: ClassVar[str] = "exchange.transfer_received"
    received_by: OfficerId
    manifest_sha256: str
    receipt_sha256: str
    running: tuple[str, ...]
    filing_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.filing_by,) if self.filing_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        # The police owed the receipt by itself, so it ends the urging. Elsewhere the answer is still owed.
        pressure = Pressure.NONE if self.filing_by else exchange.pressure
        return replace(exchange, state=State.ACKNOWLEDGED, pressure=pressure)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, received_by=self.received_by, receipt_sha256=self.receipt_sha256)


@dataclass(frozen=True)
class TransferAccepted(TransferFact):
    """The receiver is competent and decided whether to file the case; `reason` commits to its written answer."""

    type: ClassVar[str] = "exchange.transfer_accepted"
    filing: Filing
    reason: Commitment
    running: tuple[str, ...]
    then_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.then_by,) if self.then_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return filed(exchange, self.filing, at=at)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, filing=self.filing, filed_at=at)


@dataclass(frozen=True)
class TransferReturned(TransferFact):
    """The receiver is not competent (R1) and names the agency that is."""

    type: ClassVar[str] = "exchange.transfer_returned"
    code: RefusalCode
    reason: Commitment
    competent_agency_id: AgencyId
    running: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(
            exchange,
            state=State.RETURNED,
            pressure=Pressure.NONE,
            answered_at=at,
            refusal_code=self.code,
        )

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, competent_agency_id=self.competent_agency_id)


@dataclass(frozen=True)
class TransferForwarded(TransferFact):
    """The police are not competent and forward the case; the sender is told by this record (CrimT 7)."""

    type: ClassVar[str] = "exchange.transfer_forwarded"
    competent_agency_id: AgencyId
    reason: Commitment
    is_late: bool
    running: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, pressure=Pressure.NONE)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(
            transfer, competent_agency_id=self.competent_agency_id, forward_to=self.competent_agency_id
        )


@dataclass(frozen=True)
class TransferPassedOn(TransferFact):
    """The service gave a forwarded case to the competent agency, whose periods begin now."""

    type: ClassVar[str] = "exchange.transfer_passed_on"
    from_agency_id: AgencyId
    to_agency_id: AgencyId
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.SENT, to_agency_id=self.to_agency_id)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, forward_to=None, dispatched_at=at, received_by=None, receipt_sha256=None)


@dataclass(frozen=True)
class ResultGiven(TransferFact):
    """The result of the case that was filed. `is_late`: told after its period from the day of the decision."""

    type: ClassVar[str] = "exchange.transfer_result_given"
    outcome: Outcome
    content: Commitment
    decided_on: date
    due_on: date
    is_late: bool
    running: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.FULFILLED, pressure=Pressure.NONE)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, outcome=self.outcome, result_is_late=self.is_late)


def filed(exchange: Exchange, filing: Filing, *, at: datetime) -> Exchange:
    """The exchange after the decision whether to file: a case that is not filed has its result with that."""
    state = State.ACCEPTED if filing is Filing.FILED else State.FULFILLED
    return replace(exchange, state=state, pressure=Pressure.NONE, answered_at=at)


def receive(
    transfer: Transfer,
    manifest_sha256: str,
    digests: Mapping[int, str],
    *,
    agency_id: AgencyId | None,
    officer_id: OfficerId,
    receipt_sha256: str,
    terms: Terms,
    at: datetime,
) -> TransferReceived:
    """Sign for the package once every file was verified. The police decide within three days from here (CrimT 8)."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    require_state(transfer.exchange, State.SENT, act="its receipt")
    _require_here(transfer)
    require_verified(transfer, manifest_sha256, digests)
    filing_by = clocks.filing_by(terms, at) if transfer.is_criminal else None
    ended = all_running(transfer.exchange) if transfer.is_criminal else ()
    return TransferReceived(transfer.id, officer_id, manifest_sha256, receipt_sha256, ended, filing_by)


def accept(
    transfer: Transfer,
    filing: Filing,
    *,
    agency_id: AgencyId | None,
    reason: Commitment,
    terms: Terms,
    at: datetime,
) -> TransferAccepted:
    """Accept the case that was received, filed or not filed, in writing with reasons (NJ 19; CrimT 8)."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    require_state(transfer.exchange, State.ACKNOWLEDGED, act="the decision whether to file")
    if transfer.is_reconsidered:
        raise refused(transfer, "DX_UNDER_RECONSIDERATION", CRIMT_8)
    _require_here(transfer)
    then_by = _then_by(transfer, filing, terms, at)
    return TransferAccepted(transfer.id, filing, reason, all_running(transfer.exchange), then_by)


def return_it(
    transfer: Transfer,
    *,
    agency_id: AgencyId | None,
    competent_agency_id: AgencyId | None,
    reason: Commitment,
) -> TransferReturned:
    """Return a case that the receiver is not competent for. It names the competent agency, which is not its own."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    require_state(transfer.exchange, *UNANSWERED, act="its return")
    if transfer.is_reconsidered:
        raise refused(transfer, "DX_UNDER_RECONSIDERATION", CRIMT_8)
    _require_here(transfer)
    if competent_agency_id is None or competent_agency_id == agency_id:
        raise Refusal(RefusalKind.INVALID, "DX_COMPETENT_AGENCY_MISSING", article=NJ_19)
    running = all_running(transfer.exchange)
    return TransferReturned(transfer.id, RefusalCode.R1, reason, competent_agency_id, running)


def forward(
    transfer: Transfer,
    competent_agency_id: AgencyId,
    *,
    agency_id: AgencyId | None,
    reason: Commitment,
    at: datetime,
) -> TransferForwarded:
    """Forward a suspected crime within 24 hours of its dispatch to the police that are competent (CrimT 7)."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    require_state(transfer.exchange, *UNANSWERED, act="its forwarding")
    require_criminal(transfer, CRIMT_7, act="its forwarding")
    if transfer.is_reconsidered:
        raise refused(transfer, "DX_UNDER_RECONSIDERATION", CRIMT_8)
    _require_here(transfer)
    if competent_agency_id in (transfer.exchange.agency_id, transfer.exchange.to_agency_id):
        raise Refusal(RefusalKind.INVALID, "DX_COMPETENT_AGENCY_MISSING", article=CRIMT_7)
    since = transfer.dispatched_at or at
    is_late = not clocks.is_within_hours(since, at)
    running = all_running(transfer.exchange)
    return TransferForwarded(transfer.id, competent_agency_id, reason, is_late, running)


def pass_on(transfer: Transfer, *, terms: Terms, at: datetime) -> TransferPassedOn | None:
    """Give a forwarded case to the competent agency; None if that is done, or if the sender took the case back."""
    if transfer.forward_to is None or transfer.exchange.state not in UNANSWERED:
        return None
    answer_by = clocks.receipt_by(terms, at)
    return TransferPassedOn(transfer.id, transfer.exchange.to_agency_id, transfer.forward_to, answer_by)


def give_result(
    transfer: Transfer,
    outcome: Outcome,
    *,
    agency_id: AgencyId | None,
    content: Commitment,
    decided_at: datetime,
    terms: Terms,
    at: datetime,
) -> ResultGiven:
    """Tell the sender the result of a case that was filed, within the period from the day of the decision (NJ 19)."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    require_state(transfer.exchange, State.ACCEPTED, act="its result")
    if not (transfer.filed_at or at) <= decided_at <= at:
        raise Refusal(
            RefusalKind.INVALID,
            "DX_DECIDED_OUTSIDE",
            {"exchange": transfer.id, "filed_at": transfer.filed_at},
            article=NJ_19,
        )
    due = clocks.result_by(terms, decided_at)
    return ResultGiven(
        transfer.id,
        outcome,
        content,
        legal_day(decided_at),
        due.due_on,
        due.is_over(at),
        all_running(transfer.exchange),
    )


def _then_by(transfer: Transfer, filing: Filing, terms: Terms, at: datetime) -> Deadline | None:
    """The sender's next period: it hands over the goods, or may ask for reconsideration (CrimT 9, 12)."""
    if not transfer.is_criminal:
        return None
    return clocks.goods_by(terms, at) if filing is Filing.FILED else clocks.reconsideration_by(terms, at)


def _require_here(transfer: Transfer) -> None:
    if transfer.forward_to is not None:
        raise refused(transfer, "DX_FORWARDED", CRIMT_7)
