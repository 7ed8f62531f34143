"""The order to correct (责令改正, 责令限期改正; APL 28(1)): in a document of its own, or in the decision.

    order ─▶ service ordered ─▶ served: the days to correct run ─▶ an officer looks: complied or not, with a proof

Whoever imposes a penalty orders the party to put its act right, at once or by a day. The order is no penalty: it needs
no filing and no prior notice, and it can be attacked like any act of an agency, so it names its remedies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.corrections import CorrectionOrder, changed, named
from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.people import Hand, require_qualified
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_state
from common.values.calendar import Deadline, end_of
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId, PartyId
from common.values.law import APL_28_1, APL_61
from common.values.manner import Manner

ORDER = "D-03"
"""The order as a document of its own."""

ALONE = (
    State.SUSPECTED,
    State.PROMPTED,
    State.READY_TO_FILE,
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)
"""The states before the decision. From there on the decision itself carries the order."""


@dataclass(frozen=True)
class CorrectionOrdered(Changing):
    """The party is to put its act right. `content` commits to what it is to do, `days` run from the service."""

    type: ClassVar[str] = "case.correction.ordered"

    party_id: PartyId
    document_id: DocumentId
    document_kind: str
    sha256: str
    content: Commitment
    days: int
    by: OfficerId
    ordered_at: datetime

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        alone = self.document_kind == ORDER
        made = CorrectionOrder(self.document_id, alone, self.ordered_at, self.days)
        return replace(case, correction_orders=(*case.correction_orders, made))


@dataclass(frozen=True)
class CorrectionOrderServed(Changing):
    """The order reached the party: the days to correct run from here."""

    type: ClassVar[str] = "case.correction_order.served"

    document_id: DocumentId
    manner: Manner
    served_at: datetime
    correct_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.correct_by,)

    def applied(self, case: Case) -> Case:
        orders = changed(
            case.correction_orders,
            self.document_id,
            service_ordered=False,
            served_at=self.served_at,
            correct_by=self.correct_by.due_on,
        )
        return replace(case, correction_orders=orders)


@dataclass(frozen=True)
class CorrectionChecked(Changing):
    """An officer looked whether the order was complied with. `proof_sha256` is the digest of what shows it."""

    type: ClassVar[str] = "case.correction_order.checked"

    document_id: DocumentId
    complied: bool
    checked_at: datetime
    proof_sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        values = {"complied": self.complied, "checked_at": self.checked_at}
        return replace(case, correction_orders=changed(case.correction_orders, self.document_id, **values))


def require_orderable(case: Case) -> None:
    """Raises Refusal unless the party of `case` can be ordered now to correct, in a document of its own.

    Nobody is ordered what it has done already, and not twice at a time: the second order would move the day of the
    first.
    """
    require_state(case, *ALONE, act="ordering a correction")
    require_party(case)
    if case.correction is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_CORRECTED",
            {"case": case.id, "at": case.correction.corrected_at},
            article=APL_28_1,
        )
    if open_order(case) is not None:
        raise Refusal(Kind.CONFLICT, "CASE_CORRECTION_ORDER_OPEN", {"case": case.id}, article=APL_28_1)


def order_correction(
    case: Case,
    *,
    document_id: DocumentId,
    sha256: str,
    content: Commitment,
    days: int,
    hand: Hand,
    at: datetime,
) -> CorrectionOrdered:
    """Order the party to put its act right, before a decision or without one (C-04; APL 28(1))."""
    require_orderable(case)
    require_qualified(hand, at)
    party = require_party(case)
    return CorrectionOrdered(
        case.id, party.id, document_id, ORDER, sha256, content, days, hand.officer_id, at
    )


def order_in_decision(case: Case, *, content: Commitment, days: int, sha256: str) -> CorrectionOrdered:
    """The order that the decision of `case` carries beside its penalty (APL 28(1))."""
    party, made = require_party(case), case.decision
    assert made is not None
    return CorrectionOrdered(
        case.id,
        party.id,
        made.document_id,
        "D-20a",
        sha256,
        content,
        days,
        made.decided_by,
        made.decided_at,
    )


def is_ordered(case: Case) -> bool:
    """Whether an order to correct stands beside a penalty of `case`, or nothing is left to correct."""
    return case.correction is not None or bool(case.correction_orders)


def open_order(case: Case) -> CorrectionOrder | None:
    """The order that nobody looked after yet, the latest one."""
    return next((order for order in reversed(case.correction_orders) if order.complied is None), None)


def due_order(case: Case) -> CorrectionOrder:
    """The D-03 whose service is due now. Raises Refusal CASE_TRANSITION_NOT_ALLOWED without one."""
    order = open_order(case)
    if order is None or not order.alone or order.service_ordered or order.served_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="no_correction_order",
            article=APL_61,
        )
    return order


def order_served(
    case: Case, *, document_id: DocumentId, manner: Manner, served_at: datetime, terms: Terms
) -> CorrectionOrderServed | None:
    """What follows for the order in this document when it was served. None where it gives none, or was noted before."""
    order = named(case.correction_orders, document_id)
    if order is None or order.served_at is not None:
        return None
    return CorrectionOrderServed(
        case.id, document_id, manner, served_at, terms.correct(served_at, order.days)
    )


def check_correction(
    case: Case, *, complied: bool, checked_at: datetime, proof_sha256: str, hand: Hand, at: datetime
) -> CorrectionChecked:
    """An officer notes whether the served order was complied with. Before its day is over only that it was.

    Raises Refusal CASE_CORRECTION_ORDER_UNSERVED: what reached nobody binds nobody (APL 61); CASE_SERVICE_IN_DOUBT for
    a default while the channel denies that the order arrived; and CASE_CORRECTION_TIME for a look before the service,
    in the future, or at default while the party still has time.
    """
    order = open_order(case)
    if order is None or order.served_at is None or order.correct_by is None:
        raise Refusal(Kind.CONFLICT, "CASE_CORRECTION_ORDER_UNSERVED", {"case": case.id}, article=APL_61)
    if not complied and case.doubt_about(order.document_id) is not None:
        facts = {"case": case.id, "document_id": order.document_id, "act": "noting a default"}
        raise Refusal(Kind.CONFLICT, "CASE_SERVICE_IN_DOUBT", facts, article=APL_61)
    require_qualified(hand, at)
    first = order.served_at if complied else end_of(order.correct_by)
    if not first <= checked_at <= at:
        raise Refusal(Kind.INVALID, "CASE_CORRECTION_TIME", {"from": first, "until": at}, article=APL_28_1)
    return CorrectionChecked(case.id, order.document_id, complied, checked_at, proof_sha256, hand.officer_id)
