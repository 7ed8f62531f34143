"""Another day of service than the one that was counted from, and what moves with it.

A party that proves another arrival moves every period that runs from the service (CPL 90; RTP 56). An arrival that is
known only later moves the period of reconsideration alone (ARL 20; ARR 23). Nothing that the party was told is
shortened by either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.amendments import AmendmentKind
from case.domain.corrections import CorrectionOrder, changed, named
from case.domain.deadlines import Terms
from case.domain.demanding import is_demand
from case.domain.paying import UNPAID
from case.domain.procedure import Case, Changing
from case.domain.redating import DeadlineRedated
from common.values.calendar import Deadline
from common.values.ids import DocumentId


@dataclass(frozen=True)
class ServiceDateProven(Changing):
    """The party proved another time of arrival. Both times are here."""

    type: ClassVar[str] = "case.service.date_proven"

    document_id: DocumentId
    was_served_at: datetime
    served_at: datetime

    def applied(self, case: Case) -> Case:
        if case.decision is not None and case.decision.document_id == self.document_id:
            return replace(case, served_at=self.served_at)
        hearing = case.hearing
        if hearing is not None and hearing.document_id == self.document_id:
            return replace(case, hearing=replace(hearing, served_at=self.served_at))
        demand = case.execution.demand if case.execution else None
        if case.execution is not None and demand is not None and demand.document_id == self.document_id:
            demand = replace(demand, served_at=self.served_at)
            return replace(case, execution=replace(case.execution, demand=demand))
        if _alone(case, self.document_id) is not None:
            orders = changed(case.correction_orders, self.document_id, served_at=self.served_at)
            return replace(case, correction_orders=orders)
        amendments = tuple(
            replace(each, served_at=self.served_at) if each.document_id == self.document_id else each
            for each in case.amendments
        )
        case = replace(case, amendments=amendments)
        notices = tuple(
            replace(notice, served_at=self.served_at) if notice.document_id == self.document_id else notice
            for notice in case.notices
        )
        return replace(case, notices=notices)


def prove_date(
    case: Case,
    deadlines: Sequence[Deadline],
    *,
    document_id: DocumentId,
    served_at: datetime,
    arrived_at: datetime,
    terms: Terms,
) -> tuple[ServiceDateProven | DeadlineRedated, ...]:
    """What follows when another time is proved: the new time, and each period that ends later by it.

    Nothing for a document whose service is not on record here, or once the case is closed: its periods are over.
    """
    was = served_at_of(case, document_id)
    if was is None or was == served_at or case.closed_at is not None:
        return ()
    amended = next((each for each in case.amendments if each.document_id == document_id), None)
    if case.decision is not None and case.decision.document_id == document_id:
        anew = [terms.reconsideration(arrived_at), terms.litigation(served_at)]
        # Until all is paid: whoever paid the fine late, by the day that moves now, may owe a surcharge no longer.
        if case.state in UNPAID:
            anew.append(terms.pay(served_at))
        anew.append(terms.apply_court(terms.litigation(served_at).due_on))
        within = named(case.correction_orders, document_id)
        if within is not None and within.complied is None:
            anew.append(terms.correct(served_at, within.days))
    elif amended is not None:
        # Against a revocation remedies run; a D-36a, and a change that another one replaced, leave no period running.
        is_revoked = amended.kind is AmendmentKind.REVOKE
        anew = [terms.reconsideration(arrived_at), terms.litigation(served_at)] if is_revoked else []
    elif is_demand(case, document_id):
        anew = [terms.answer_demand(served_at)]
    elif (order := _alone(case, document_id)) is not None:
        anew = [terms.correct(served_at, order.days)] if order.complied is None else []
    else:
        is_last = case.notices[-1].document_id == document_id
        anew = [terms.defence(served_at), terms.request_hearing(served_at)] if is_last else []
    moved = ServiceDateProven(case.id, document_id, was, served_at)
    # The periods first: the time to answer ends after the service at every moment.
    return (*_later(case, deadlines, anew), moved)


def note_arrival(
    case: Case,
    deadlines: Sequence[Deadline],
    *,
    document_id: DocumentId,
    arrived_at: datetime,
    terms: Terms,
) -> tuple[DeadlineRedated, ...]:
    """The decision was served by its sending before; its arrival alone starts the period of reconsideration."""
    if case.decision is None or case.decision.document_id != document_id or case.served_at is None:
        return ()
    return _later(case, deadlines, [terms.reconsideration(arrived_at)])


def served_at_of(case: Case, document_id: DocumentId) -> datetime | None:
    """When the document was served, as far as is on record here."""
    if case.decision is not None and case.decision.document_id == document_id:
        return case.served_at
    if case.hearing is not None and case.hearing.document_id == document_id:
        return case.hearing.served_at
    if case.execution is not None and is_demand(case, document_id) and case.execution.demand:
        return case.execution.demand.served_at
    order = _alone(case, document_id)
    if order is not None:
        return order.served_at
    notified = {notice.document_id: notice.served_at for notice in case.notices}
    amended = {each.document_id: each.served_at for each in case.amendments}
    return notified.get(document_id) or amended.get(document_id)


def _alone(case: Case, document_id: DocumentId) -> CorrectionOrder | None:
    """The order to correct that this document gives by itself (D-03)."""
    order = named(case.correction_orders, document_id)
    return order if order is not None and order.alone else None


def _later(
    case: Case, deadlines: Sequence[Deadline], anew: Sequence[Deadline]
) -> tuple[DeadlineRedated, ...]:
    known = {deadline.rule: deadline for deadline in deadlines}
    return tuple(
        DeadlineRedated(case.id, new, known[new.rule].due_on)
        for new in anew
        if new.rule in known and new.due_on > known[new.rule].due_on
    )
