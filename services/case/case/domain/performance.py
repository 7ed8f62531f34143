"""After the decision: service, the time to pay, and the bank's word that it was paid (C-22, C-24, C-27).

No officer can say that a fine was paid: fine and collection are separate (APL 67), and only the bank's
signed notice, matched to the centime, makes a case PERFORMED (Inv. 5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar

from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.investigation import PriorNoticeServed, notice_served
from case.domain.outcomes import Outcome
from case.domain.people import Hand, PartyKind
from case.domain.procedure import (
    Case,
    Changing,
    Payment,
    State,
    after,
    due_document,
    require_no_doubt,
    require_state,
)
from common.values.calendar import DAY, Deadline, Stop, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, OfficerId, PartyId
from common.values.law import APL_61, APL_61_2, APL_67, APL_72
from common.values.manner import Manner

# 3 % of the fine a day, never more than the fine (APL 72(1)(1)); an integer, so that no cent is a float.
SURCHARGE_PERCENT_A_DAY = 3


@dataclass(frozen=True)
class ServiceOrdered(Changing):
    """A document is to be served, first in this manner: notification reads this from the ledger and serves.

    `counts_from` is the day from which the period to serve runs.
    """

    type: ClassVar[str] = "case.service.ordered"

    document_id: DocumentId
    document_kind: str
    sha256: str
    party_id: PartyId
    manner: Manner
    consent_id: ConsentId | None
    by: OfficerId
    agency_id: AgencyId
    party_kind: PartyKind
    counts_from: date

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        state = State.SERVICE_PENDING if case.state is State.DECIDED else case.state
        return replace(case, state=state, service_ordered=self.document_id)


@dataclass(frozen=True)
class ServiceFailed(Changing):
    """The service that the record `cause` ordered was given up, and why; it has to be ordered anew."""

    type: ClassVar[str] = "case.service.failed"

    document_id: DocumentId
    cause: str
    reason: str

    def applied(self, case: Case) -> Case:
        state = State.DECIDED if case.state is State.SERVICE_PENDING else case.state
        return replace(
            case, state=state, service_ordered=None, failed_orders=(*case.failed_orders, self.cause)
        )


@dataclass(frozen=True)
class CaseServed(Changing):
    """The decision took effect on the party: the time to sue and to pay count from here.

    The period of reconsideration counts from `arrived_at`, the arrival at the system that the party named, where that
    is known: a rule by which sending serves never shortens it (ARL 20; ARR 23).
    """

    type: ClassVar[str] = "case.served"

    document_id: DocumentId
    manner: Manner
    served_at: datetime
    arrived_at: datetime | None
    reconsider_by: Deadline
    sue_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.reconsider_by, self.sue_by)

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.SERVED, served_at=self.served_at, service_ordered=None)


@dataclass(frozen=True)
class PerformanceDue(Changing):
    """What is to be paid, under which reference, until when."""

    type: ClassVar[str] = "case.performance_due"

    payment_reference: str
    fine_fen: int
    pay_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.pay_by,)

    def applied(self, case: Case) -> Case:
        payment = Payment(self.payment_reference, self.fine_fen, self.pay_by.due_on)
        return replace(case, state=State.PERFORMING, payment=payment)


@dataclass(frozen=True)
class CasePaid(Changing):
    """The bank's signed notice, as it came: `notice` is the digest of its bytes."""

    type: ClassVar[str] = "case.paid"

    payment_reference: str
    serial: str
    amount_fen: int
    surcharge_fen: int
    paid_at: datetime
    channel: str
    receipt_number: str | None
    notice: bytes

    def applied(self, case: Case) -> Case:
        assert case.payment is not None
        has_receipt = self.receipt_number is not None
        paid = replace(case.payment, paid_at=self.paid_at, paid_fen=self.amount_fen, has_receipt=has_receipt)
        return replace(case, payment=paid)


@dataclass(frozen=True)
class CasePerformed(Changing):
    """The penalty is performed in full."""

    type: ClassVar[str] = "case.performed"

    performed_at: datetime
    close_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.close_by,)

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.PERFORMED)


@dataclass(frozen=True)
class BankNotice:
    """What the bank says. `notice` is the SHA-256 of the signed bytes; a receipt comes from the finance department."""

    reference: str
    serial: str
    amount_fen: int
    paid_at: datetime
    channel: str
    receipt_number: str | None
    notice: bytes


def order_service(
    case: Case,
    *,
    document_id: DocumentId,
    document_kind: str,
    document_sha256: str,
    manner: Manner,
    consent_id: ConsentId | None,
    hand: Hand,
) -> ServiceOrdered:
    """Order the service of the prior notice or of the decision (C-15, C-22), first in `manner`.

    Electronic service needs the party's consent and signed confirmation (APL 61(2)); without one it is
    refused, because what reaches a mailbox nobody agreed to has reached nobody. Which manner follows one that failed,
    and on which condition, notification decides.
    """
    require_state(case, State.PRIOR_NOTICE_SENT, State.DECIDED, act="ordering service")
    require_no_doubt(case, act="ordering service")
    party = require_party(case)
    if document_id != due_document(case, document_kind) or case.service_ordered is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"document_id": document_id, "case": case.id},
            wording="not_due",
            article=APL_61,
        )
    electronic = manner is Manner.ELECTRONIC
    if electronic and consent_id is None:
        raise Refusal(Kind.CONFLICT, "CASE_SERVICE_CONSENT_MISSING", {"case": case.id}, article=APL_61_2)
    made_at = case.decision.decided_at if case.decision else case.notices[-1].issued_at
    return ServiceOrdered(
        case.id,
        document_id,
        document_kind,
        document_sha256,
        party.id,
        manner,
        consent_id if electronic else None,
        hand.officer_id,
        case.agency_id,
        party.kind,
        legal_day(made_at),
    )


def decision_served(
    case: Case,
    *,
    document_id: DocumentId,
    manner: Manner,
    served_at: datetime,
    arrived_at: datetime | None,
    terms: Terms,
) -> CaseServed:
    """The decision reached the party (C-22)."""
    require_state(case, State.SERVICE_PENDING, act="noting the service of the decision")
    return CaseServed(
        case.id,
        document_id,
        manner,
        served_at,
        arrived_at,
        terms.reconsideration(arrived_at or served_at),
        terms.litigation(served_at),
    )


def payment_due(case: Case, *, terms: Terms) -> PerformanceDue:
    """The obligation and its reference (C-24). Counted from the service, not from the decision."""
    require_state(case, State.SERVED, act="the time to pay")
    assert case.decision is not None
    assert case.served_at is not None
    fine = case.decision.fine_fen
    return PerformanceDue(case.id, payment_reference(case.id), fine, terms.pay(case.served_at))


def payment_reference(case_id: CaseId) -> str:
    """Twenty digits for the bank: nineteen from the case id, and one by which a mistyped digit is seen (Luhn)."""
    digits = f"{int.from_bytes(sha256(case_id.encode()).digest()) % 10**19:019}"
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(digits)]
    total = sum(d // 10 + d % 10 for d in doubled)
    return digits + str(-total % 10)


def surcharge_fen(fine_fen: int, *, due_on: date, paid_on: date, remedies: tuple[Stop, ...] = ()) -> int:
    """The surcharge on `fine_fen` paid on `paid_on`, in fen: 3 % a day, rounded half up, at most the fine.

    Days count from the day after `due_on` up to and including the payment day, without the days on which a
    reconsideration or a suit was open (APL 72(1)(1), 73(3); AEL 45(2)).
    """
    late = (due_on + DAY * i for i in range(1, (paid_on - due_on).days + 1))
    days = sum(1 for day in late if not any(remedy.covers(day) for remedy in remedies))
    return min(fine_fen, (fine_fen * SURCHARGE_PERCENT_A_DAY * days + 50) // 100)


def amount_due(case: Case, paid_at: datetime) -> tuple[int, int]:
    """Fine and surcharge in fen if paid at `paid_at`. The time of the payment stops the surcharge."""
    assert case.payment is not None
    assert case.decision is not None
    # Whoever may not have the decision is not late with it.
    if not case.decision.surcharge_stated or case.doubts:
        return case.payment.fine_fen, 0
    late = surcharge_fen(case.payment.fine_fen, due_on=case.payment.due_on, paid_on=legal_day(paid_at))
    return case.payment.fine_fen, late


def pay(case: Case, bank: BankNotice, *, terms: Terms, at: datetime) -> tuple[CasePaid, CasePerformed]:
    """Enter the bank's notice (C-27). The amount is the fine and the surcharge of that day, exactly.

    Anything else is no performance: too little leaves a debt, too much is somebody's money (APL 67, 72).
    """
    require_state(case, State.PERFORMING, act="a payment")
    if bank.paid_at > at:
        raise Refusal(Kind.INVALID, "CASE_PAYMENT_IN_FUTURE", article=APL_67)
    if case.decision is None or bank.paid_at < case.decision.decided_at:
        raise Refusal(
            Kind.INVALID, "CASE_PAYMENT_BEFORE_DECISION", {"reference": bank.reference}, article=APL_67
        )
    fine, late = amount_due(case, bank.paid_at)
    if bank.amount_fen != fine + late:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_PAYMENT_AMOUNT_MISMATCH",
            {"reference": bank.reference, "amount_fen": fine + late, "paid_on": legal_day(bank.paid_at)},
            article=APL_72,
        )
    paid = CasePaid(
        case.id,
        bank.reference,
        bank.serial,
        bank.amount_fen,
        late,
        bank.paid_at,
        bank.channel,
        bank.receipt_number,
        bank.notice,
    )
    return paid, CasePerformed(case.id, bank.paid_at, terms.close(bank.paid_at))


def require_repeat(bank: BankNotice, known: bytes) -> None:
    """Raises Refusal CASE_PAYMENT_SERIAL_REUSED unless `bank` repeats the notice whose digest is `known`.

    One serial is one payment: the same serial with another content is refused (Inv. 5).
    """
    if known != bank.notice:
        raise Refusal(Kind.CONFLICT, "CASE_PAYMENT_SERIAL_REUSED", {"serial": bank.serial}, article=APL_67)


def fall_through(case: Case, *, document_id: DocumentId, cause: str, reason: str) -> ServiceFailed | None:
    """What follows when the document reached nobody: the course is on record and another try is open (CPL 95).

    None for a document whose service was not ordered, and for an order whose failure was noted before: the ledger tells
    everything at least once, and the next order of the same document is another one.
    """
    if case.service_ordered != document_id or cause in case.failed_orders:
        return None
    return ServiceFailed(case.id, document_id, cause, reason)


def take_effect(
    case: Case,
    *,
    document_id: DocumentId,
    manner: Manner,
    served_at: datetime,
    arrived_at: datetime | None = None,
    terms: Terms,
) -> tuple[PriorNoticeServed | CaseServed | PerformanceDue | CasePerformed, ...]:
    """What follows from the service of a document: the time to answer, or the remedies and the time to pay.

    A warning is performed by its service; a decision not to punish leaves nothing to perform.

    Nothing for a document whose service was not ordered, or was noted before: the ledger tells everything
    at least once.
    """
    if case.service_ordered != document_id:
        return ()
    if case.state is State.PRIOR_NOTICE_SENT:
        told = notice_served(case, document_id=document_id, manner=manner, served_at=served_at, terms=terms)
        return (told,)
    served = decision_served(
        case,
        document_id=document_id,
        manner=manner,
        served_at=served_at,
        arrived_at=arrived_at,
        terms=terms,
    )
    if case.decision is None or case.decision.outcome is not Outcome.PENALTY:
        return (served,)
    if case.decision.fine_fen == 0:
        return (served, CasePerformed(case.id, served_at, terms.close(served_at)))
    return (served, payment_due(after(case, served), terms=terms))
