"""A document is ordered to be served, and what follows where its service was given up (C-15, C-22; APL 61; CPL 95)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.amendments import AmendmentKind, unserved
from case.domain.corrections import changed, named
from case.domain.execution import Demand
from case.domain.filing import require_party
from case.domain.invalidating import require_sound
from case.domain.ordering import due_order
from case.domain.people import Hand, PartyKind
from case.domain.procedure import (
    AMENDING,
    Case,
    Changing,
    State,
    due_document,
    require_no_doubt,
    require_state,
)
from case.domain.reliefservice import answered, due_answer, with_service
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, ConsentId, DocumentId, OfficerId, PartyId
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
        if is_beside(case, self.document_id):
            return _sent(case, self.document_id, on_its_way=True)
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
        if is_beside(case, self.document_id):
            case = _sent(case, self.document_id, on_its_way=False)
            return replace(case, failed_orders=(*case.failed_orders, self.cause))
        unserved = State.CHANGED_BY_SELF if is_changed(case) else State.DECIDED
        state = unserved if case.state is State.SERVICE_PENDING else case.state
        return replace(
            case, state=state, service_ordered=None, failed_orders=(*case.failed_orders, self.cause)
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
    """Order the service of a document that is due, first in `manner`.

    Electronic service needs the party's consent and signed confirmation (APL 61(2)); without one it is
    refused, because what reaches a mailbox nobody agreed to has reached nobody. Which manner follows one that failed,
    and on which condition, notification decides.
    """
    beside, is_amendment = is_beside(case, document_id), document_kind in AMENDING.values()
    if not beside and not is_amendment:
        due = (State.PRIOR_NOTICE_SENT, State.HEARING, State.DECIDED, State.DEMANDED)
        require_state(case, *due, act="ordering service")
    if not beside:
        require_no_doubt(case, act="ordering service")
    require_sound(case, act="ordering service")
    party = require_party(case)
    is_served = case.state is State.DEMANDED and _demand_of(case).served_at is not None
    if beside:
        made_at = _due_beside(case, document_id)
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


def fall_through(case: Case, *, document_id: DocumentId, cause: str, reason: str) -> ServiceFailed | None:
    """What follows when the document reached nobody: the course is on record and another try is open (CPL 95).

    None for a document whose service was not ordered, and for an order whose failure was noted before: the ledger tells
    everything at least once, and the next order of the same document is another one.
    """
    order, relief = named(case.correction_orders, document_id), answered(case, document_id)
    is_sent_beside = any(each is not None and each.service_ordered for each in (order, relief))
    on_its_way = case.service_ordered == document_id or is_sent_beside
    if not on_its_way or cause in case.failed_orders:
        return None
    return ServiceFailed(case.id, document_id, cause, reason)


def is_order_alone(case: Case, document_id: DocumentId) -> bool:
    """Whether the document is a D-03. Its service runs beside that of the notice and of the decision."""
    order = named(case.correction_orders, document_id)
    return order is not None and order.alone


def is_beside(case: Case, document_id: DocumentId) -> bool:
    """Whether the service of the document runs beside the procedure: that of a D-03 or of a D-24."""
    return is_order_alone(case, document_id) or answered(case, document_id) is not None


def is_changed(case: Case) -> bool:
    """Whether the decision that stands is one that was made lighter: its document is that of the change."""
    changes = {each.document_id for each in case.amendments if each.kind is AmendmentKind.CHANGE}
    return case.decision is not None and case.decision.document_id in changes


def _sent(case: Case, document_id: DocumentId, *, on_its_way: bool) -> Case:
    if answered(case, document_id) is not None:
        return with_service(case, document_id, ordered=on_its_way)
    orders = changed(case.correction_orders, document_id, service_ordered=on_its_way)
    return replace(case, correction_orders=orders)


def _due_beside(case: Case, document_id: DocumentId) -> datetime:
    """When the document was made that runs beside the procedure. Raises Refusal where its service is not due."""
    relief = answered(case, document_id)
    if relief is None:
        return due_order(case).ordered_at
    made_at = due_answer(case, relief.number).answered_at
    assert made_at is not None
    return made_at


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
