"""A device turns out not to have been lawful at the second of a capture: its cases do not go on as if nothing were.

    registry ─▶ evidence marks the capture ─▶ a task here, in whatever state the case is, an archived one too
        before the filing      GO_ON · KEEP · END_LEAD (not filed, no fact)
        before the decision    GO_ON · KEEP · NO_PENALTY (no violation)
        after the decision     GO_ON · KEEP · REVOKE
        not filed              KEEP · ELIMINATE

While a task is open nothing rests on the capture: no filing, notice, decision, service, closing, archiving or
enforcement (APL 41(1)). GO_ON, KEEP and ELIMINATE are settled here by the head; the other ways are the acts of their
own, which settle the task with them.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.amendments import revoked_at
from case.domain.contents import Exhibit
from case.domain.deadlines import Terms
from case.domain.invalidations import Invalidation, Way
from case.domain.outcomes import ELIMINATED, Outcome, Unfiled
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, State
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, EvidenceId, OfficerId
from common.values.law import APL_41_1

_LEADS: Final = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE)


class OfInvalidation(Changing, ABC):
    """A fact about one invalidation of the case."""

    number: int


@dataclass(frozen=True)
class Mark:
    """What evidence recorded of one capture."""

    evidence_id: EvidenceId
    source: str
    guard: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class CaptureInvalidated(OfInvalidation):
    """A capture of the case is no evidence any more, as the registry's record `source` says."""

    type: ClassVar[str] = "case.capture_invalidated"

    number: int
    agency_id: AgencyId
    evidence_id: EvidenceId
    source: str
    guard: str
    codes: tuple[str, ...]
    was: State
    noted_at: datetime
    settle_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.settle_by,)

    def applied(self, case: Case) -> Case:
        known = next((each for each in case.invalidations if each.number == self.number), None)
        task = known or Invalidation(
            self.number, self.source, self.guard, self.codes, (), self.noted_at, self.settle_by.due_on
        )
        task = replace(task, evidence_ids=(*task.evidence_ids, self.evidence_id))
        return _with(_lawful(case, (self.evidence_id,), lawful=False), task)


@dataclass(frozen=True)
class InvalidationOverdue(OfInvalidation):
    """Nobody settled it by `due_on`. The record concerns `agency_id`, whose duty it was."""

    type: ClassVar[str] = "case.invalidation.overdue"

    number: int
    agency_id: AgencyId
    due_on: date
    noted_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, replace(_of(case, self.number), overdue_at=self.noted_at))


@dataclass(frozen=True)
class InvalidationSettled(OfInvalidation):
    """How it ended. `reason` commits to the head's words; None where the act that ends it has its own document."""

    type: ClassVar[str] = "case.invalidation.settled"

    number: int
    way: Way
    reason: Commitment | None
    by: OfficerId
    settled_at: datetime

    def applied(self, case: Case) -> Case:
        task = replace(_of(case, self.number), way=self.way, settled_at=self.settled_at, settled_by=self.by)
        case = _with(case, task)
        if self.way is Way.KEEP:
            return _lawful(case, task.evidence_ids, lawful=True)
        if self.way is Way.GO_ON:
            rest = tuple(each for each in case.exhibits if each.evidence_id not in task.evidence_ids)
            return replace(case, exhibits=rest)
        if self.way is Way.ELIMINATE and case.non_filing is not None:
            return replace(case, non_filing=replace(case.non_filing, reason=Unfiled.NO_FACT))
        return case


def note_mark(case: Case, mark: Mark, *, terms: Terms, at: datetime) -> CaptureInvalidated | None:
    """A task, or one capture more of it. None for a mark that is known, and a capture on which nothing rests any more.

    The ledger tells everything at least once.
    """
    rests = any(exhibit.evidence_id == mark.evidence_id for exhibit in case.exhibits)
    same = next((each for each in case.invalidations if each.source == mark.source), None)
    if not rests or _is_lifted(case):
        return None
    if same is not None and (mark.evidence_id in same.evidence_ids or not same.is_open):
        return None
    number = same.number if same else len(case.invalidations) + 1
    due = terms.settle_invalidation(same.opened_at if same else at, number)
    return CaptureInvalidated(
        case.id,
        number,
        case.agency_id,
        mark.evidence_id,
        mark.source,
        mark.guard,
        mark.codes,
        case.state,
        at,
        due,
    )


def _is_lifted(case: Case) -> bool:
    """Whether nothing of the case counts against its party, so that nothing rests on its captures."""
    if case.non_filing is not None and case.non_filing.ended_at is not None:
        return case.non_filing.reason in ELIMINATED
    is_acquitted = case.decision is not None and case.decision.outcome is Outcome.NO_VIOLATION
    return is_acquitted or revoked_at(case.amendments) is not None


def passed(case: Case, *, at: datetime) -> tuple[InvalidationOverdue, ...]:
    """The tasks that nobody settled by their day, each reported once. A day ends at its end."""
    today = legal_day(at)
    return tuple(
        InvalidationOverdue(case.id, task.number, case.agency_id, task.settle_by, at)
        for task in case.invalidations
        if task.is_open and task.overdue_at is None and task.settle_by < today
    )


def ways(case: Case) -> tuple[Way, ...]:
    """What the law leaves to choose in the state of `case`."""
    if case.state is State.NOT_FILED:
        return (Way.KEEP, Way.ELIMINATE)
    if case.state in _LEADS:
        return (Way.GO_ON, Way.KEEP, Way.END_LEAD)
    return (Way.GO_ON, Way.KEEP, Way.NO_PENALTY if case.decision is None else Way.REVOKE)


def settle(
    case: Case,
    number: int,
    way: Way,
    exhibits: tuple[Exhibit, ...],
    *,
    reason: Commitment,
    hand: Hand,
    at: datetime,
) -> InvalidationSettled:
    """The head settles a task, for a reason. `exhibits` are the captures as evidence and the registry know them today.

    Who accepted the capture or investigates on it does not judge it. No word of anybody makes a device lawful: going
    on needs another capture whose device was lawful, and keeping needs the registry to say so today (APL 41(1)).
    """
    task = next((each for each in case.invalidations if each.number == number and each.is_open), None)
    if task is None or way not in ways(case):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "number": number, "ways": list(ways(case))},
            wording="invalidation",
            article=APL_41_1,
        )
    require_separate(
        hand.officer_id,
        case.evidence_reviewers | {*case.officers},
        act="settle what follows from its capture",
        other="accepted the capture or investigates the case",
    )
    taken = {each for open_task in open_tasks(case) for each in open_task.evidence_ids}
    sound = {each.evidence_id for each in exhibits if each.accepted and each.device_lawful}
    rest = {each.evidence_id for each in case.exhibits} - taken
    may_go_on = bool(rest) and rest <= sound
    may_keep = set(task.evidence_ids) <= sound
    if (way is Way.GO_ON and not may_go_on) or (way is Way.KEEP and not may_keep):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DEVICE_INVALID",
            {"case": case.id, "captures": sorted(taken)},
            wording="settling",
            article=APL_41_1,
        )
    return InvalidationSettled(case.id, number, way, reason, hand.officer_id, at)


def settled_with(case: Case, way: Way, *, by: OfficerId, at: datetime) -> tuple[InvalidationSettled, ...]:
    """The open tasks, which end with the act that is one of their ways."""
    return tuple(InvalidationSettled(case.id, task.number, way, None, by, at) for task in open_tasks(case))


def open_tasks(case: Case) -> tuple[Invalidation, ...]:
    """The invalidations that nobody settled yet."""
    return tuple(task for task in case.invalidations if task.is_open)


def require_sound(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_DEVICE_INVALID while nobody settled what follows from a capture that is no evidence."""
    for task in open_tasks(case):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DEVICE_INVALID",
            {"case": case.id, "captures": list(task.evidence_ids), "act": act, "ways": list(ways(case))},
            wording="open",
            article=APL_41_1,
        )


def _of(case: Case, number: int) -> Invalidation:
    return next(each for each in case.invalidations if each.number == number)


def _with(case: Case, task: Invalidation) -> Case:
    others = tuple(each for each in case.invalidations if each.number != task.number)
    return replace(case, invalidations=tuple(sorted((*others, task), key=lambda each: each.number)))


def _lawful(case: Case, evidence_ids: tuple[EvidenceId, ...], *, lawful: bool) -> Case:
    exhibits = tuple(
        replace(each, device_lawful=lawful) if each.evidence_id in evidence_ids else each
        for each in case.exhibits
    )
    return replace(case, exhibits=exhibits)
