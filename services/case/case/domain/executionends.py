"""How an execution rests, and how it ends without full payment (C-32; AEL 39, 40, 53, 58, 69).

DEMANDED … ENFORCEMENT_RULED ─ a ground of AEL 40, the court's last word, three years of rest ─▶ ENFORCEMENT_ENDED
   └─ three months passed and nobody asked the court ─▶ ENFORCEMENT_ENDED
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.amendments import revoked_at
from case.domain.deadlines import Terms
from case.domain.demanding import OfExecution
from case.domain.enforcing import apply_by, court_of, executing
from case.domain.execution import Court, EndGround, Execution, RestGround, Ruling
from case.domain.paying import UNPAID
from case.domain.people import Hand
from case.domain.procedure import Case, State, require_state
from case.domain.surcharge import amount_due
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, OfficerId
from common.values.law import AEL_39, AEL_40, AEL_53, AEL_57, AEL_58, Article

GROUND: Final[dict[EndGround, Article]] = {
    EndGround.DEATH: AEL_40,
    EndGround.DISSOLUTION: AEL_40,
    EndGround.OBJECT_LOST: AEL_40,
    EndGround.DECISION_REVOKED: AEL_40,
    EndGround.OTHER: AEL_40,
    EndGround.SUSPENDED_FOR_GOOD: AEL_39,
    EndGround.REFUSED_BY_COURT: AEL_58,
    EndGround.RIGHT_LOST: AEL_53,
}
"""The provision by which an execution ends."""


@dataclass(frozen=True)
class ExecutionRested(OfExecution):
    """The execution rests on a ground of AEL 39(1)."""

    type: ClassVar[str] = "case.execution.rested"

    ground: RestGround
    by: OfficerId
    rests_since: date
    ends_on: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.ends_on,)

    def applied(self, case: Case) -> Case:
        court = replace(court_of(case), rests_since=self.rests_since, rest_ground=self.ground)
        return executing(case, case.state, court)


@dataclass(frozen=True)
class ExecutionTakenUp(OfExecution):
    """The ground on which the execution rested is gone: it goes on (AEL 39(2))."""

    type: ClassVar[str] = "case.execution.taken_up"

    by: OfficerId
    resumed_on: date

    def applied(self, case: Case) -> Case:
        return executing(case, case.state, replace(court_of(case), rests_since=None, rest_ground=None))


@dataclass(frozen=True)
class EnforcementEnded(OfExecution):
    """The execution ends without full payment. `by` is None where the time to ask the court passed by itself."""

    type: ClassVar[str] = "case.enforcement.ended"

    agency_id: AgencyId
    ground: EndGround
    law: str
    text: Commitment | None
    document_id: DocumentId | None
    sha256: str | None
    by: OfficerId | None
    ended_at: datetime
    close_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.close_by,)

    def applied(self, case: Case) -> Case:
        execution = replace(case.execution or Execution(), ended=self.ground)
        return replace(case, state=State.ENFORCEMENT_ENDED, execution=execution)


@dataclass(frozen=True)
class EnforcementLapsed(EnforcementEnded):
    """The three months passed and nobody asked the court: the right is lost (AEL 53), and the supervisor sees it."""

    type: ClassVar[str] = "case.enforcement.lapsed"


def rest(
    case: Case, *, ground: RestGround, since: date, hand: Hand, terms: Terms, at: datetime
) -> ExecutionRested:
    """Enter that the execution rests (AEL 39(1))."""
    _require_granted(case, act="a rest of the execution")
    if court_of(case).rests_since is not None or since > legal_day(at):
        raise Refusal(Kind.CONFLICT, "CASE_EXECUTION_RESTS", {"case": case.id}, article=AEL_39)
    return ExecutionRested(case.id, ground, hand.officer_id, since, terms.suspended_for_good(since))


def resume_execution(case: Case, *, hand: Hand, at: datetime) -> ExecutionTakenUp:
    """Take the execution up again (AEL 39(2))."""
    _require_granted(case, act="resuming the execution")
    if court_of(case).rests_since is None:
        raise Refusal(Kind.CONFLICT, "CASE_EXECUTION_RESTS_NOT", {"case": case.id}, article=AEL_39)
    return ExecutionTakenUp(case.id, hand.officer_id, legal_day(at))


def require_endable(case: Case, ground: EndGround, *, terms: Terms, at: datetime) -> None:
    """Raises Refusal unless the execution may end on `ground`: the grounds that a record shows must stand in it."""
    require_state(case, *UNPAID, act="ending the execution")
    court = case.execution.court if case.execution else None
    is_shown = {
        EndGround.RIGHT_LOST: False,  # by itself, or not at all
        EndGround.DECISION_REVOKED: revoked_at(case.amendments) is not None,
        EndGround.REFUSED_BY_COURT: court is not None
        and court.ruling in (Ruling.NOT_ACCEPTED, Ruling.REFUSED)
        and (court.objected_on is not None or _has_lapsed(court, terms, at)),
        EndGround.SUSPENDED_FOR_GOOD: court is not None
        and court.rests_since is not None
        and court.rest_ground is RestGround.NO_ABILITY
        and terms.suspended_for_good(court.rests_since).is_over(at),
    }.get(ground, True)
    if not is_shown:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_END_NOT_SHOWN",
            {"case": case.id, "ground": ground},
            article=GROUND[ground],
        )


def end_enforcement(
    case: Case,
    *,
    ground: EndGround,
    text: Commitment,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> EnforcementEnded:
    """End the execution (C-32) on a ground of AEL 40, after three years of rest, or on the court's last word."""
    require_endable(case, ground, terms=terms, at=at)
    return EnforcementEnded(
        case.id,
        case.agency_id,
        ground,
        GROUND[ground].cite,
        text,
        document_id,
        sha256,
        hand.officer_id,
        at,
        terms.close(at),
    )


def lapse(
    case: Case, deadlines: Sequence[Deadline], *, terms: Terms, at: datetime
) -> EnforcementLapsed | None:
    """The three months passed without an application (AEL 53): the right is lost.

    None while it is not: neither while a remedy is open, nor while nobody knows whether the party has the decision. Nor
    where the bank says that all is paid: its file of the day may come later, and then the penalty is performed.
    """
    last = apply_by(case, deadlines, terms)
    is_waiting = bool(case.barring_doubts) or any(remedy.is_open for remedy in case.remedies)
    if case.state not in (State.PERFORMING, State.DEMANDED) or is_waiting:
        return None
    if case.payment is not None and case.payment.parts and sum(amount_due(case, at)) == 0:
        return None
    if last is None or not last.is_over(at):
        return None
    return EnforcementLapsed(
        case.id,
        case.agency_id,
        EndGround.RIGHT_LOST,
        last.law,
        None,
        None,
        None,
        None,
        at,
        terms.close(at),
    )


def _has_lapsed(court: Court, terms: Terms, at: datetime) -> bool:
    return court.ruled_on is not None and terms.object_to_court(court.ruled_on).is_over(at)


def _require_granted(case: Case, *, act: str) -> None:
    require_state(case, State.ENFORCEMENT_RULED, act=act)
    if court_of(case).ruling is not Ruling.GRANTED:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_RULING_OUT_OF_TURN",
            {"case": case.id, "ruling": Ruling.GRANTED, "was": court_of(case).ruling or "NONE"},
            article=AEL_57,
        )
