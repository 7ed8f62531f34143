"""The application to the court, and its ruling (C-30, C-31; AEL 53–58).

    DEMANDED ─ the head signs ─▶ ENFORCEMENT_APPLIED ─▶ ENFORCEMENT_RULED ─ paid in full ─▶ ENFORCED
                                   └─ NOT_ACCEPTED, REFUSED: the agency may object within fifteen days

An agency without power of execution asks the court, in time or not at all. `executionends` has what ends it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.demanding import OfExecution, remedies_end_on, require_executable, require_heard
from case.domain.execution import Court, Ruling
from case.domain.people import Hand
from case.domain.procedure import Case, State, require_state
from case.domain.remedies import Forum, Result
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId, OfficerId
from common.values.law import AEL_53, AEL_54, AEL_56, AEL_57, AEL_58, APL_72

AT_COURT: Final = (State.ENFORCEMENT_APPLIED, State.ENFORCEMENT_RULED)


UNJUDGED: Final = (Result.WITHDRAWN, Result.DISMISSED)
"""The results of a remedy that say nothing of the decision: they give no days to sue (ALL 45)."""


@dataclass(frozen=True)
class EnforcementApplied(OfExecution):
    """The court is asked. `files` are the digests of what goes with the application (AEL 55)."""

    type: ClassVar[str] = "case.enforcement.applied"

    document_id: DocumentId
    sha256: str
    files: tuple[str, ...]
    by: OfficerId
    applied_at: datetime
    accept_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.accept_by,)

    def applied(self, case: Case) -> Case:
        court = Court(self.document_id, legal_day(self.applied_at))
        return executing(case, State.ENFORCEMENT_APPLIED, court)


@dataclass(frozen=True)
class CourtRuled(OfExecution):
    """What the court said, as an officer entered it: `paper_sha256` is the digest of the court's paper."""

    type: ClassVar[str] = "case.court.ruled"

    ruling: Ruling
    ruled_on: date
    number: str
    paper_sha256: str
    by: OfficerId
    next_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.next_by,) if self.next_by else ()

    def applied(self, case: Case) -> Case:
        has_ruled = self.ruling in (Ruling.GRANTED, Ruling.REFUSED)
        state = State.ENFORCEMENT_RULED if has_ruled else case.state
        court = replace(court_of(case), ruling=self.ruling, ruled_on=self.ruled_on)
        if self.ruling is Ruling.ACCEPTED:
            # An objection that made the court take the case is over: the one against a refusal is another (AEL 58(3)).
            court = replace(court, objected_on=None)
        return executing(case, state, court)


@dataclass(frozen=True)
class CourtObjected(OfExecution):
    """The agency goes to the next higher court against what the court said (AEL 56(2), 58(3))."""

    type: ClassVar[str] = "case.court.objected"

    by: OfficerId
    objected_on: date

    def applied(self, case: Case) -> Case:
        court = replace(court_of(case), objected_on=self.objected_on, ruling=None)
        return executing(case, State.ENFORCEMENT_APPLIED, court)


def apply_to_court(
    case: Case,
    deadlines: Sequence[Deadline],
    *,
    document_id: DocumentId,
    sha256: str,
    files: tuple[str, ...],
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> EnforcementApplied:
    """The head asks the court to execute the decision (C-30): after the ten days of the demand, within three months."""
    require_applicable(case, deadlines, terms=terms, at=at)
    return EnforcementApplied(
        case.id, document_id, sha256, files, hand.officer_id, at, terms.court_accepts(legal_day(at))
    )


def require_applicable(case: Case, deadlines: Sequence[Deadline], *, terms: Terms, at: datetime) -> None:
    """Raises Refusal unless the court may be asked now."""
    require_state(case, State.DEMANDED, act="asking the court")
    require_executable(case, deadlines, at)
    demand = case.execution.demand if case.execution else None
    assert demand is not None
    if demand.answer_until is None or at < demand.answer_until:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_ENFORCEMENT_TOO_EARLY",
            {"case": case.id, "from": demand.answer_until or "NONE"},
            article=AEL_54,
        )
    require_heard(case)
    last = apply_by(case, deadlines, terms)
    if last is not None and last.is_over(at):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_ENFORCEMENT_TOO_LATE",
            {"case": case.id, "until": last.due_on},
            article=APL_72 if last.law == APL_72.cite else AEL_53,
        )


def apply_by(case: Case, deadlines: Sequence[Deadline], terms: Terms) -> Deadline | None:
    """The last day on which the court may be asked; None before it is on record.

    A remedy that ended late moves it: nobody could ask the court before (AEL 53). A reconsideration that was judged
    leaves fifteen days to sue instead of six months (ALL 45), so the three months may end earlier too; not before a
    granted plan (APL 72(2)).
    """
    recorded = next((deadline for deadline in deadlines if deadline.rule == "apply_court"), None)
    ended = [remedy.ended_on for remedy in case.remedies if remedy.ended_on is not None]
    if recorded is None or not ended:
        return recorded
    after_remedies = terms.apply_court(max(remedies_end_on(deadlines), *ended))
    is_judged = any(
        each.forum is Forum.RECONSIDERATION and each.result not in (None, *UNJUDGED) for each in case.remedies
    )
    if is_judged and recorded.law != APL_72.cite:
        return after_remedies
    return max(recorded, after_remedies, key=lambda each: each.due_on)


def note_ruling(
    case: Case,
    *,
    ruling: Ruling,
    ruled_on: date,
    number: str,
    paper_sha256: str,
    by: OfficerId,
    terms: Terms,
    at: datetime,
) -> CourtRuled:
    """Enter what the court said (C-31), in the order in which it may say it: first whether it takes the case."""
    require_state(case, State.ENFORCEMENT_APPLIED, act="entering the court's ruling")
    court = court_of(case)
    if not court.applied_on <= ruled_on <= legal_day(at):
        raise Refusal(
            Kind.INVALID,
            "CASE_RULING_DAY",
            {"case": case.id, "from": court.applied_on, "until": legal_day(at)},
            article=AEL_56,
        )
    was_accepted = court.ruling is Ruling.ACCEPTED or court.objected_on is not None
    is_in_turn = ruling in (Ruling.ACCEPTED, Ruling.NOT_ACCEPTED) if not was_accepted else True
    if not is_in_turn or court.ruling is Ruling.NOT_ACCEPTED or ruling is court.ruling:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_RULING_OUT_OF_TURN",
            {"case": case.id, "ruling": ruling, "was": court.ruling or "NONE"},
            article=AEL_57,
        )
    following: dict[Ruling, Deadline | None] = {
        Ruling.ACCEPTED: terms.court_rules(ruled_on),
        Ruling.NOT_ACCEPTED: terms.object_to_court(ruled_on),
        Ruling.REFUSED: terms.object_to_court(ruled_on),
        Ruling.GRANTED: None,
    }
    return CourtRuled(case.id, ruling, ruled_on, number, paper_sha256, by, following[ruling])


def object_to_ruling(case: Case, *, hand: Hand, terms: Terms, at: datetime) -> CourtObjected:
    """Go to the next higher court, once and within fifteen days (AEL 56(2), 58(3))."""
    require_state(case, *AT_COURT, act="going to the higher court")
    court = court_of(case)
    is_against = court.ruling in (Ruling.NOT_ACCEPTED, Ruling.REFUSED) and court.objected_on is None
    if not is_against or court.ruled_on is None or terms.object_to_court(court.ruled_on).is_over(at):
        raise Refusal(Kind.CONFLICT, "CASE_OBJECTION_TO_COURT_CLOSED", {"case": case.id}, article=AEL_58)
    return CourtObjected(case.id, hand.officer_id, legal_day(at))


def court_of(case: Case) -> Court:
    assert case.execution is not None
    assert case.execution.court is not None
    return case.execution.court


def executing(case: Case, state: State, court: Court) -> Case:
    assert case.execution is not None
    return replace(case, state=state, execution=replace(case.execution, court=court))
