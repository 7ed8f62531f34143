"""After the decision: its service, and the time to pay that starts with it (C-22, C-24). `paying` has what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar

from case.domain.amending import OfAmendment, with_amendment
from case.domain.amendments import Amendment, AmendmentKind, unserved
from case.domain.contents import Payment
from case.domain.corrections import changed, named
from case.domain.deadlines import Terms
from case.domain.execution import Demand
from case.domain.filing import require_party
from case.domain.hearing import HearingNoticeServed, note_hearing_notice
from case.domain.invalidating import require_sound
from case.domain.investigation import PriorNoticeServed, notice_served
from case.domain.ordering import CorrectionOrderServed, due_order, order_served
from case.domain.outcomes import Outcome
from case.domain.paying import CasePerformed
from case.domain.people import Hand, PartyKind
from case.domain.procedure import (
    AMENDING,
    Case,
    Changing,
    State,
    after,
    due_document,
    require_no_doubt,
    require_state,
)
from case.domain.renewals import renewals_of
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, OfficerId, PartyId
from common.values.law import APL_61, APL_61_2
from common.values.manner import Manner


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
        if is_order_alone(case, self.document_id):
            return _order_sent(case, self.document_id, on_its_way=True)
        is_decision = case.state in (State.DECIDED, State.CHANGED_BY_SELF)
        state = State.SERVICE_PENDING if is_decision else case.state
        return replace(case, state=state, service_ordered=self.document_id)


@dataclass(frozen=True)
class ServiceFailed(Changing):
    """The service that the record `cause` ordered was given up, and why; it has to be ordered anew."""

    type: ClassVar[str] = "case.service.failed"

    document_id: DocumentId
    cause: str
    reason: str

    def applied(self, case: Case) -> Case:
        if is_order_alone(case, self.document_id):
            case = _order_sent(case, self.document_id, on_its_way=False)
            return replace(case, failed_orders=(*case.failed_orders, self.cause))
        unserved = State.CHANGED_BY_SELF if is_changed(case) else State.DECIDED
        state = unserved if case.state is State.SERVICE_PENDING else case.state
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
        amendments = tuple(
            replace(each, served_at=self.served_at) if each.document_id == self.document_id else each
            for each in case.amendments
        )
        return replace(
            case,
            state=State.SERVED,
            served_at=self.served_at,
            service_ordered=None,
            amendments=amendments,
        )


@dataclass(frozen=True)
class PerformanceDue(Changing):
    """What is to be paid, under which reference, until when; and until when the court may be asked if it is not."""

    type: ClassVar[str] = "case.performance_due"
    v: ClassVar[int] = 2

    payment_reference: str
    fine_fen: int
    pay_by: Deadline
    apply_court_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.pay_by, self.apply_court_by)

    def applied(self, case: Case) -> Case:
        payment = Payment(self.payment_reference, self.fine_fen, self.pay_by.due_on)
        before = case.payment
        if before is not None:  # a change keeps what was paid before it
            cancelled = (*before.cancelled, before.reference)
            payment = replace(payment, parts=before.parts, cancelled=cancelled)
        return replace(case, state=State.PERFORMING, payment=payment)


def is_order_alone(case: Case, document_id: DocumentId) -> bool:
    """Whether the document is a D-03. Its service runs beside that of the notice and of the decision."""
    order = named(case.correction_orders, document_id)
    return order is not None and order.alone


def _order_sent(case: Case, document_id: DocumentId, *, on_its_way: bool) -> Case:
    orders = changed(case.correction_orders, document_id, service_ordered=on_its_way)
    return replace(case, correction_orders=orders)


@dataclass(frozen=True)
class AmendmentServed(OfAmendment):
    """The D-36 of a revocation, or the D-36a, reached the party. After a revocation the case can be closed.

    A D-36a starts no period: the decision is what it was, and its remedies run from its own service (ALL 46).
    """

    type: ClassVar[str] = "case.amendment.served"

    document_id: DocumentId
    served_at: datetime
    close_by: Deadline | None
    reconsider_by: Deadline | None
    sue_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return tuple(each for each in (self.reconsider_by, self.sue_by, self.close_by) if each is not None)

    def applied(self, case: Case) -> Case:
        amended = next(each for each in case.amendments if each.number == self.number)
        case = with_amendment(case, replace(amended, served_at=self.served_at))
        return replace(case, service_ordered=None)


def amendment_served(case: Case, amended: Amendment, *, served_at: datetime, terms: Terms) -> AmendmentServed:
    """What follows when the document of an amendment reached the party: remedies run against what was decided by it
    (ARL 20; ALL 46), and a corrected word decides nothing.
    """
    assert amended.document_id is not None
    is_revoked = amended.kind is AmendmentKind.REVOKE
    return AmendmentServed(
        case.id,
        amended.number,
        amended.document_id,
        served_at,
        terms.close(served_at) if is_revoked else None,
        terms.reconsideration(served_at) if is_revoked else None,
        terms.litigation(served_at) if is_revoked else None,
    )


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
    """Order the service of the prior notice, the notice of a hearing, the decision or the demand, first in `manner`.

    Electronic service needs the party's consent and signed confirmation (APL 61(2)); without one it is
    refused, because what reaches a mailbox nobody agreed to has reached nobody. Which manner follows one that failed,
    and on which condition, notification decides.
    """
    alone, is_amendment = is_order_alone(case, document_id), document_kind in AMENDING.values()
    if not alone and not is_amendment:
        due = (State.PRIOR_NOTICE_SENT, State.HEARING, State.DECIDED, State.DEMANDED)
        require_state(case, *due, act="ordering service")
    if not alone:
        require_no_doubt(case, act="ordering service")
    require_sound(case, act="ordering service")
    party = require_party(case)
    is_served = case.state is State.DEMANDED and _demand_of(case).served_at is not None
    if alone:
        made_at = due_order(case).ordered_at
    elif document_id != due_document(case, document_kind) or case.service_ordered is not None or is_served:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"document_id": document_id, "case": case.id},
            wording="not_due",
            article=APL_61,
        )
    elif case.state is State.DEMANDED:
        made_at = _demand_of(case).issued_at
    else:
        amended = unserved(case.amendments) if is_amendment else None
        made_at = (amended.decided_at if amended else None) or _made_at(case)
    electronic = manner is Manner.ELECTRONIC
    if electronic and consent_id is None:
        raise Refusal(Kind.CONFLICT, "CASE_SERVICE_CONSENT_MISSING", {"case": case.id}, article=APL_61_2)
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


def _made_at(case: Case) -> datetime:
    """When the document was made whose service is due."""
    if case.decision is not None:
        return case.decision.decided_at
    if case.state is State.HEARING and case.hearing is not None and case.hearing.ordered_at is not None:
        return case.hearing.ordered_at
    return case.notices[-1].issued_at


def _demand_of(case: Case) -> Demand:
    assert case.execution is not None
    assert case.execution.demand is not None
    return case.execution.demand


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
    return PerformanceDue(
        case.id,
        fine_reference(case.id, renewals_of(case)),
        fine,
        terms.pay(case.served_at),
        terms.apply_court(terms.litigation(case.served_at).due_on),
    )


def is_changed(case: Case) -> bool:
    """Whether the decision that stands is one that was made lighter: its document is that of the change."""
    changes = {each.document_id for each in case.amendments if each.kind is AmendmentKind.CHANGE}
    return case.decision is not None and case.decision.document_id in changes


def fine_reference(case_id: CaseId, changes: int) -> str:
    """The reference of the fine after so many changes of it."""
    return payment_reference(case_id, purpose=f"change {changes}" if changes else "")


def payment_reference(case_id: CaseId, *, purpose: str = "") -> str:
    """Twenty digits for the bank: nineteen from the case id, and one by which a mistyped digit is seen (Luhn).

    `purpose` tells the other references of the case from that of its fine.
    """
    digits = f"{int.from_bytes(sha256(f'{case_id}{purpose}'.encode()).digest()) % 10**19:019}"
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(digits)]
    total = sum(d // 10 + d % 10 for d in doubled)
    return digits + str(-total % 10)


def fall_through(case: Case, *, document_id: DocumentId, cause: str, reason: str) -> ServiceFailed | None:
    """What follows when the document reached nobody: the course is on record and another try is open (CPL 95).

    None for a document whose service was not ordered, and for an order whose failure was noted before: the ledger tells
    everything at least once, and the next order of the same document is another one.
    """
    order = named(case.correction_orders, document_id)
    on_its_way = case.service_ordered == document_id or (order is not None and order.service_ordered)
    if not on_its_way or cause in case.failed_orders:
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
) -> tuple[
    PriorNoticeServed
    | HearingNoticeServed
    | CaseServed
    | PerformanceDue
    | CasePerformed
    | CorrectionOrderServed
    | AmendmentServed,
    ...,
]:
    """What follows from the service of a document: the time to answer, or the remedies and the time to pay.

    A warning is performed by its service; a decision not to punish leaves nothing to perform.

    Nothing for a document whose service was not ordered, or was noted before: the ledger tells everything
    at least once.
    """
    ordered = order_served(case, document_id=document_id, manner=manner, served_at=served_at, terms=terms)
    if ordered is not None and is_order_alone(case, document_id):
        return (ordered,)
    if case.service_ordered != document_id:
        return ()
    if case.state is State.PRIOR_NOTICE_SENT:
        told = notice_served(case, document_id=document_id, manner=manner, served_at=served_at, terms=terms)
        return (told,)
    if case.state is State.HEARING:
        return (note_hearing_notice(case, document_id=document_id, manner=manner, served_at=served_at),)
    amended = unserved(case.amendments)
    if case.state is not State.SERVICE_PENDING and amended is not None:
        return (amendment_served(case, amended, served_at=served_at, terms=terms),)
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
    beside = (ordered,) if ordered is not None else ()
    if case.decision.fine_fen == 0:
        return (served, *beside, CasePerformed(case.id, served_at, terms.close(served_at)))
    return (served, *beside, payment_due(after(case, served), terms=terms))
