"""Who has not paid is told so once more, and heard, before the court is asked (C-29; AEL 35, 36, 54).

    PERFORMING ─(remedies over, a part is late) issue─▶ DEMANDED ─ served ─▶ ten working days ─▶ the court may be asked
                                                          └─ the party states; an officer answers each statement

Full payment ends this at any time. An adopted statement keeps the court from being asked.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.execution import Demand, Execution, Objection
from case.domain.obligation import payment_reference
from case.domain.people import Hand
from case.domain.procedure import Case, Changing, State, require_assigned, require_no_doubt, require_state
from case.domain.reconsidering import require_no_remedy
from case.domain.relief import late_fen, plan_of
from case.domain.surcharge import amount_due
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import AEL_36, AEL_53, AEL_54, APL_66_2
from common.values.manner import Manner

REMEDIES: Final = ("reconsideration", "litigation")
"""The deadlines of the party's remedies."""


class OfExecution(Changing, ABC):
    """A fact about the execution of the penalty."""


@dataclass(frozen=True)
class CaseDemanded(OfExecution):
    """The demand is issued: what of the fine and of the surcharge is unpaid on this day, in fen."""

    type: ClassVar[str] = "case.demanded"

    document_id: DocumentId
    sha256: str
    fine_fen: int
    surcharge_fen: int
    surcharge_reference: str
    by: OfficerId
    issued_at: datetime

    def applied(self, case: Case) -> Case:
        demand = Demand(self.document_id, self.issued_at, self.surcharge_reference)
        # What was said to an earlier demand stays on record, and keeps its number.
        said = case.execution.objections if case.execution else ()
        return replace(case, state=State.DEMANDED, execution=Execution(demand, said))


@dataclass(frozen=True)
class DemandServed(OfExecution):
    """The demand reached the party: ten working days run from here (AEL 54)."""

    type: ClassVar[str] = "case.demand.served"

    document_id: DocumentId
    manner: Manner
    served_at: datetime
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)

    def applied(self, case: Case) -> Case:
        execution = case.execution
        assert execution is not None
        assert execution.demand is not None
        demand = replace(execution.demand, served_at=self.served_at, answer_until=self.answer_by.due_at)
        return replace(case, service_ordered=None, execution=replace(execution, demand=demand))


@dataclass(frozen=True)
class DemandObjected(OfExecution):
    """The party said something to the demand (AEL 36). `by` is who wrote it down at the counter."""

    type: ClassVar[str] = "case.demand.objected"

    number: int
    statement: Commitment
    by: OfficerId | None
    submitted_at: datetime

    def applied(self, case: Case) -> Case:
        assert case.execution is not None
        said = (*case.execution.objections, Objection(self.number, self.submitted_at))
        return replace(case, execution=replace(case.execution, objections=said))


@dataclass(frozen=True)
class DemandObjectionAnswered(OfExecution):
    """An officer answered, and adopted what was said or did not, for a reason."""

    type: ClassVar[str] = "case.demand.objection_answered"

    number: int
    adopted: bool
    reason: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        assert case.execution is not None
        said = tuple(
            replace(each, answered=True, adopted=self.adopted) if each.number == self.number else each
            for each in case.execution.objections
        )
        return replace(case, execution=replace(case.execution, objections=said))


def remedies_end_on(deadlines: Sequence[Deadline]) -> date:
    """The last day on which the party may still go against the decision.

    Raises Refusal CASE_REMEDY_OPEN where no period of a remedy is on record: it has not even begun.
    """
    known = [deadline.due_on for deadline in deadlines if deadline.rule in REMEDIES]
    if not known:
        raise Refusal(Kind.CONFLICT, "CASE_REMEDY_OPEN", {"until": "NONE"}, wording="period", article=AEL_53)
    return max(known)


def require_executable(case: Case, deadlines: Sequence[Deadline], at: datetime) -> None:
    """Raises Refusal CASE_REMEDY_OPEN while the party may still go against the decision (AEL 53; APL 73)."""
    require_no_doubt(case, act="the execution")
    require_no_remedy(case, act="the execution")
    until = remedies_end_on(deadlines)
    if legal_day(at) <= until:
        raise Refusal(Kind.CONFLICT, "CASE_REMEDY_OPEN", {"until": until}, wording="period", article=AEL_53)


def issue_demand(
    case: Case,
    deadlines: Sequence[Deadline],
    *,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    at: datetime,
) -> CaseDemanded:
    """One of the two officers issues the demand, once the remedies are over and every day of a plan has passed."""
    require_state(case, State.PERFORMING, act="the demand")
    require_assigned(hand, case)
    require_executable(case, deadlines, at)
    if any(relief.is_open for relief in case.reliefs):
        # Nobody is demanded to pay whose application to pay later is unanswered: after the demand none can be decided.
        raise Refusal(Kind.CONFLICT, "CASE_RELIEF_PENDING", {"case": case.id}, article=APL_66_2)
    today, plan = legal_day(at), plan_of(case)
    surcharge = amount_due(case, at)[1]
    fine = late_fen(case, today)
    if fine + surcharge == 0 or (plan is not None and today <= plan.ends_on):
        raise Refusal(Kind.CONFLICT, "CASE_NOTHING_LATE", {"case": case.id}, article=AEL_54)
    reference = payment_reference(case.id, purpose="surcharge")
    return CaseDemanded(case.id, document_id, sha256, fine, surcharge, reference, hand.officer_id, at)


def is_demand(case: Case, document_id: DocumentId) -> bool:
    """Whether this document is the demand of the case."""
    demand = case.execution.demand if case.execution else None
    return demand is not None and demand.document_id == document_id


def note_demand_served(
    case: Case, *, document_id: DocumentId, manner: Manner, served_at: datetime, terms: Terms
) -> tuple[DemandServed, ...]:
    """The demand reached the party (AEL 54). Counted in working days, because AEL 69 counts ten of them so.

    Nothing where the service was noted before, or the party paid meanwhile: the ledger tells everything at least once.
    """
    if case.state is not State.DEMANDED or case.service_ordered != document_id:
        return ()
    return (DemandServed(case.id, document_id, manner, served_at, terms.answer_demand(served_at)),)


def object_to_demand(
    case: Case, *, statement: Commitment, by: OfficerId | None, at: datetime
) -> DemandObjected:
    """The party states and defends itself (AEL 36), from the demand until the court is asked."""
    require_state(case, State.DEMANDED, act="a statement on the demand")
    assert case.execution is not None
    return DemandObjected(case.id, len(case.execution.objections) + 1, statement, by, at)


def answer_objection(
    case: Case, *, number: int, adopted: bool, reason: Commitment, hand: Hand
) -> DemandObjectionAnswered:
    """An officer records and checks what the party said, and answers it (AEL 36)."""
    require_state(case, State.DEMANDED, act="answering a statement on the demand")
    require_assigned(hand, case)
    assert case.execution is not None
    said = next((each for each in case.execution.objections if each.number == number), None)
    if said is None or said.answered:
        raise Refusal(
            Kind.CONFLICT, "CASE_OBJECTION_NOT_OPEN", {"case": case.id, "number": number}, article=AEL_36
        )
    return DemandObjectionAnswered(case.id, number, adopted, reason, hand.officer_id)


def require_heard(case: Case) -> None:
    """Raises Refusal CASE_OBJECTION_STANDS while a statement is unanswered, or was adopted (AEL 36)."""
    assert case.execution is not None
    for said in case.execution.said_to_demand:
        if not said.answered or said.adopted:
            raise Refusal(
                Kind.CONFLICT,
                "CASE_OBJECTION_STANDS",
                {"case": case.id, "number": said.number},
                article=AEL_36,
            )
