"""What follows when a document reached the party (C-22, C-24): its remedies and the time to pay. Then see `paying`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.amending import OfAmendment, with_amendment
from case.domain.amendments import Amendment, AmendmentKind, unserved
from case.domain.deadlines import Terms
from case.domain.hearing import HearingNoticeServed, note_hearing_notice
from case.domain.investigation import PriorNoticeServed, notice_served
from case.domain.obligation import PerformanceDue, payment_due
from case.domain.ordering import CorrectionOrderServed, order_served
from case.domain.outcomes import Outcome
from case.domain.paying import CasePerformed
from case.domain.procedure import Case, Changing, State, after, require_state
from case.domain.reliefservice import ReliefAnswerServed, answer_served
from case.domain.serving import is_order_alone
from common.values.calendar import Deadline
from common.values.ids import DocumentId
from common.values.manner import Manner


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
    | ReliefAnswerServed
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
    answer = answer_served(case, document_id=document_id, manner=manner, served_at=served_at)
    if answer is not None:
        return (answer,)
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
