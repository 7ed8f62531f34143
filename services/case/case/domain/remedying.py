"""A remedy before the organ or the court: accepted, answered, and whether the execution waits (ARL 42, 48, 54, 70)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.deadlines import Terms
from case.domain.people import Hand
from case.domain.procedure import Case
from case.domain.reconsidering import (
    OfRemedy,
    require_no_remedy,
    require_served_decision,
    require_stage,
    with_remedy,
)
from case.domain.remedies import Forum, Halt, Late, Procedure, Remedy, Stage
from common.values.calendar import DAY, Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, OfficerId
from common.values.law import ALL_67, ARL_42, ARL_48


@dataclass(frozen=True)
class Summons:
    """What the organ or the court told the agency: who, when filed, accepted, and when its copy was here.

    `reference` commits to the name of the organ or court and to the number there.
    """

    forum: Forum
    procedure: Procedure | None
    filed_on: date
    accepted_on: date
    copy_on: date
    reference: Commitment


@dataclass(frozen=True)
class RemedyAccepted(OfRemedy):
    """The organ or the court accepted the remedy, one that the agency forwarded or one that came straight to it."""

    type: ClassVar[str] = "case.remedy.accepted"

    agency_id: AgencyId
    summons: Summons
    in_time: bool
    by: OfficerId
    answer_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.answer_by,)

    def applied(self, case: Case) -> Case:
        told = self.summons
        accepted = {
            "stage": Stage.TAKEN_UP,
            "procedure": told.procedure,
            "accepted_on": told.accepted_on,
            "answer_until": self.answer_by.due_at,
        }
        if any(remedy.number == self.number for remedy in case.remedies):
            return with_remedy(case, self.number, **accepted)
        remedy = Remedy(self.number, told.forum, False, Stage.TAKEN_UP, told.filed_on, self.in_time)
        return with_remedy(replace(case, remedies=(*case.remedies, remedy)), self.number, **accepted)


@dataclass(frozen=True)
class RemedyAnswered(OfRemedy):
    """The answer (D-33) went to the organ or the court, with the list of evidence. `is_late`: after its last day."""

    type: ClassVar[str] = "case.remedy.answered"

    agency_id: AgencyId
    document_id: DocumentId
    sha256: str
    is_late: bool
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return with_remedy(case, self.number, answer_document_id=self.document_id)


@dataclass(frozen=True)
class ExecutionHalted(OfRemedy):
    """The execution of the decision is suspended (ARL 42; ALL 56). `order` commits to who ordered it and why."""

    type: ClassVar[str] = "case.execution.halted"

    ground: Halt
    ordered_on: date
    order: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return with_remedy(case, self.number, halt=self.ground)


@dataclass(frozen=True)
class ExecutionResumed(OfRemedy):
    """The suspension of the execution is over. `order` commits to who ordered it and why."""

    type: ClassVar[str] = "case.execution.resumed"

    ordered_on: date
    order: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return with_remedy(case, self.number, halt=None)


@dataclass(frozen=True)
class RemedyOverdue(OfRemedy):
    """A duty of the agency in a remedy was not done by `due_on`. The record concerns `agency_id`."""

    type: ClassVar[str] = "case.remedy.overdue"

    agency_id: AgencyId
    duty: Late
    due_on: date

    def applied(self, case: Case) -> Case:
        late = next(each.late for each in case.remedies if each.number == self.number)
        return with_remedy(case, self.number, late=(*late, self.duty))


def note_summons(
    case: Case,
    number: int | None,
    summons: Summons,
    *,
    period: Deadline | None,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> RemedyAccepted:
    """Enter what the organ or the court told the agency: of the application `number`, or of one straight to it.

    `period` is the period of that remedy on record. The agency's time to answer runs from the copy that it received,
    and not from the acceptance (ARL 48, 54; ALL 67).
    """
    require_served_decision(case, act="entering a remedy")
    if number is None:
        require_no_remedy(case, act="entering a remedy")
        filed_on, number = summons.filed_on, len(case.remedies) + 1
    else:
        known = require_stage(case, number, Stage.PASSED_ON, act="entering its acceptance")
        filed_on = known.filed_on
        summons = replace(summons, forum=known.forum, filed_on=filed_on)
    assert case.decision is not None
    days = (legal_day(case.decision.decided_at), filed_on, summons.accepted_on, summons.copy_on)
    if not (*days, legal_day(at)) == tuple(sorted((*days, legal_day(at)))):
        raise Refusal(
            Kind.INVALID, "CASE_REMEDY_DAYS", {"from": days[0], "until": legal_day(at)}, article=ARL_48
        )
    if (summons.procedure is None) is not (summons.forum is Forum.LITIGATION):
        raise Refusal(Kind.INVALID, "CASE_REMEDY_PROCEDURE", {"forum": summons.forum}, article=ALL_67)
    return RemedyAccepted(
        case.id,
        number,
        case.agency_id,
        summons,
        period is None or filed_on <= period.due_on,
        hand.officer_id,
        terms.answer_remedy(summons.copy_on, summons.forum, summons.procedure),
    )


def answer_remedy(
    case: Case, number: int, *, document_id: DocumentId, sha256: str, hand: Hand, at: datetime
) -> RemedyAnswered:
    """Answer with the evidence, once. After the last day the evidence may count for nothing, and is sent all the same.

    Without an answer in time the decision is held to have no evidence (ARL 70; ALL 34).
    """
    remedy = require_stage(case, number, Stage.TAKEN_UP, act="answering the remedy")
    if remedy.answer_document_id is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": "ANSWERED", "act": "answering the remedy", "wanted": Stage.TAKEN_UP},
            article=ARL_48,
        )
    assert remedy.answer_until is not None
    is_late = at >= remedy.answer_until
    return RemedyAnswered(case.id, number, case.agency_id, document_id, sha256, is_late, hand.officer_id)


def halt_execution(
    case: Case, number: int, *, ground: Halt, ordered_on: date, order: Commitment, hand: Hand, at: datetime
) -> ExecutionHalted:
    """Suspend the execution, on one of the grounds of ARL 42 and ALL 56 alone. A remedy by itself does not (APL 73)."""
    remedy = require_stage(
        case, number, Stage.RECEIVED, Stage.PASSED_ON, Stage.TAKEN_UP, act="suspending the execution"
    )
    require_halt(case, remedy, is_halted=False)
    require_ordered(remedy, ordered_on, at)
    return ExecutionHalted(case.id, number, ground, ordered_on, order, hand.officer_id)


def resume_execution(
    case: Case, number: int, *, ordered_on: date, order: Commitment, hand: Hand, at: datetime
) -> ExecutionResumed:
    """End the suspension before the remedy ends. The end of the remedy ends it too."""
    remedy = require_stage(
        case, number, Stage.RECEIVED, Stage.PASSED_ON, Stage.TAKEN_UP, act="resuming the execution"
    )
    require_halt(case, remedy, is_halted=True)
    require_ordered(remedy, ordered_on, at)
    return ExecutionResumed(case.id, number, ordered_on, order, hand.officer_id)


def require_halt(case: Case, remedy: Remedy, *, is_halted: bool) -> None:
    """Raises Refusal CASE_EXECUTION_HALTED where the execution is suspended and should not be, or the other way."""
    if (remedy.halt is not None) is not is_halted:
        wording = "not" if is_halted else ""
        raise Refusal(
            Kind.CONFLICT, "CASE_EXECUTION_HALTED", {"case": case.id}, wording=wording, article=ARL_42
        )


def require_ordered(remedy: Remedy, ordered_on: date, at: datetime) -> None:
    """Raises Refusal CASE_REMEDY_DAYS for an order before the remedy or after today."""
    if not remedy.filed_on <= ordered_on <= legal_day(at):
        raise Refusal(
            Kind.INVALID,
            "CASE_REMEDY_DAYS",
            {"from": remedy.filed_on, "until": legal_day(at)},
            article=ARL_42,
        )


def note_late(case: Case, *, at: datetime) -> tuple[RemedyOverdue, ...]:
    """Which duties of the agency in its remedies are overdue at `at`, each reported once."""
    return tuple(
        RemedyOverdue(case.id, remedy.number, case.agency_id, duty, legal_day(until) - DAY)
        for remedy in case.remedies
        for duty, until in due_duties(case, remedy)
        if duty not in remedy.late and at >= until
    )


def due_duties(case: Case, remedy: Remedy) -> tuple[tuple[Late, datetime], ...]:
    """What the agency has to do in `remedy` now, each with the first instant at which it is late."""
    duties: list[tuple[Late, datetime]] = []
    if remedy.stage is Stage.RECEIVED and remedy.handle_until is not None:
        duties.append((Late.HANDLING, remedy.handle_until))
    if remedy.waits_for_answer and remedy.answer_until is not None:
        duties.append((Late.ANSWER, remedy.answer_until))
    if remedy.anew is not None and case.decision is None:
        duties.append((Late.ANEW, remedy.anew.until))
    return tuple(duties)
