"""The procedure rests before the decision (C-11): an officer proposes, the head approves, the head resumes.

    FILED … DEFENCE_REVIEW ─ approve ─▶ SUSPENDED ─ resume ─▶ the state before

While it rests the party may be heard, and nothing else is done. APL 60 names no stop of its ninety days: they stop only
where the city's `clock_stops` names SUSPENSION, for which it needs a law, a regulation or a rule.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.clock import stops_of
from case.domain.deadlines import Terms
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, State, require_assigned, require_no_doubt, require_state
from case.domain.repeating import anew_of
from case.domain.resting import Suspension, SuspensionGround
from common.values.calendar import Deadline, Stop, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_54

STOP: Final = "SUSPENSION"
"""The reason of the clock stop, as the profile lists it."""

SUSPENDABLE: Final = (
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
)
"""The states before the decision in which no document is on its way."""


class OfSuspension(Changing, ABC):
    """A fact about one rest of the procedure."""

    number: int


@dataclass(frozen=True)
class SuspensionProposed(OfSuspension):
    """An officer of the case proposes that it rests, on a ground of the list, for a reason in words."""

    type: ClassVar[str] = "case.suspension.proposed"

    number: int
    ground: SuspensionGround
    reason: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        proposed = Suspension(self.number, self.ground, self.by)
        kept = tuple(each for each in case.suspensions if each.number != self.number)
        return replace(case, suspensions=(*kept, proposed))


@dataclass(frozen=True)
class CaseSuspended(OfSuspension):
    """The head approved: the procedure rests from `since` on. `stops_clock`: the profile lists it."""

    type: ClassVar[str] = "case.suspended"

    number: int
    since: date
    stops_clock: bool
    document_id: DocumentId
    sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        changed = _with(case, self.number, since=self.since, back_to=case.state.value)
        return replace(changed, state=State.SUSPENDED)


@dataclass(frozen=True)
class CaseResumed(OfSuspension):
    """The ground is gone: the procedure goes on as before. `decide_by` is new where the clock had stopped."""

    type: ClassVar[str] = "case.resumed"

    number: int
    until: date
    back_to: str
    reason: Commitment
    document_id: DocumentId
    sha256: str
    by: OfficerId
    decide_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,) if self.decide_by else ()

    def applied(self, case: Case) -> Case:
        changed = replace(_with(case, self.number, until=self.until), state=State(self.back_to))
        return replace(changed, decide_until=self.decide_by.due_at) if self.decide_by else changed


def propose_suspension(
    case: Case, *, ground: SuspensionGround, reason: Commitment, hand: Hand
) -> SuspensionProposed:
    """One of the two officers proposes that the procedure rests."""
    _require_suspendable(case, act="proposing a suspension")
    require_assigned(hand, case)
    waiting = _waiting(case)
    number = waiting.number if waiting else len(case.suspensions) + 1
    return SuspensionProposed(case.id, number, ground, reason, hand.officer_id)


def suspend(
    case: Case, *, document_id: DocumentId, sha256: str, hand: Hand, terms: Terms, at: datetime
) -> CaseSuspended:
    """The head approves what was proposed. A document on its way is awaited first: its service has effects of law."""
    proposed = require_proposed(case)
    require_separate(
        hand.officer_id,
        frozenset((*case.officers, proposed.proposed_by)),
        act="approve the suspension",
        other="investigated the case or proposed it",
    )
    stops = STOP in terms.profile.clock_stops
    return CaseSuspended(case.id, proposed.number, legal_day(at), stops, document_id, sha256, hand.officer_id)


def require_proposed(case: Case) -> Suspension:
    """The suspension that waits for the head. Raises Refusal CASE_SUSPENSION_NOT_PROPOSED without one."""
    _require_suspendable(case, act="a suspension")
    waiting = _waiting(case)
    if waiting is None:
        raise Refusal(Kind.CONFLICT, "CASE_SUSPENSION_NOT_PROPOSED", {"case": case.id}, article=APL_54)
    return waiting


def resume(
    case: Case,
    *,
    reason: Commitment,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> CaseResumed:
    """The procedure goes on. The days on which it rested are added to the ninety where the clock had stopped.

    Not to the days in which an organ or a court ordered another decision: the profile names stops of APL 60 alone.
    """
    running = require_suspended(case)
    over = _with(case, running.number, until=legal_day(at))
    stops = stops_of_decision(over, terms)
    assert case.filed_at is not None
    decide_by = terms.decide(case.filed_at, stops) if stops and anew_of(case) is None else None
    assert running.back_to is not None
    return CaseResumed(
        case.id,
        running.number,
        legal_day(at),
        running.back_to,
        reason,
        document_id,
        sha256,
        hand.officer_id,
        decide_by,
    )


def require_suspended(case: Case) -> Suspension:
    """The rest that is in force. Raises Refusal CASE_TRANSITION_NOT_ALLOWED in every other state."""
    require_state(case, State.SUSPENDED, act="resuming the procedure")
    return case.suspensions[-1]


def stops_of_decision(case: Case, terms: Terms) -> tuple[Stop, ...]:
    """The days that the ninety of APL 60 do not count, so far as the profile lists their reason."""
    rests = tuple(
        Stop(STOP, rest.since, rest.until)
        for rest in case.suspensions
        if rest.since is not None and rest.until is not None
    )
    return tuple(stop for stop in (*stops_of(case), *rests) if stop.reason in terms.profile.clock_stops)


def _require_suspendable(case: Case, *, act: str) -> None:
    require_state(case, *SUSPENDABLE, act=act)
    require_no_doubt(case, act=act)


def _waiting(case: Case) -> Suspension | None:
    return next((each for each in case.suspensions if each.since is None), None)


def _with(case: Case, number: int, **changes: object) -> Case:
    suspensions = tuple(
        replace(each, **changes) if each.number == number else each  # type: ignore[arg-type]
        for each in case.suspensions
    )
    return replace(case, suspensions=suspensions)
