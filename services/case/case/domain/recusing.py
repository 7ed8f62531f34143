"""Withdrawal of an officer (回避, C-09; APL 43): applied for until the decision, decided by the heads.

    officers are named ─ the party or an officer applies ─▶ undecided ─ a head (of a head: two) ─▶ granted or not

The investigation goes on meanwhile (APL 43(3)); the decision waits (`guards.people`). Who had to withdraw does nothing
more in the case. What they did stands or is done again, as the heads decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.deliberation import Hearing, Recusal, RecusalGround
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import DELIBERATING, Case, State, require_state
from case.domain.returning import OfDeliberation, returned
from case.domain.withdrawing import chairs, require_not_withdrawn, withdrawn
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_43

OPEN: Final = (
    State.READY_TO_FILE,
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)
"""From the day the officers are named to the decision."""


@dataclass(frozen=True)
class RecusalApplied(OfDeliberation):
    """Somebody asked that an officer withdraw. `reasons` commits to why."""

    type: ClassVar[str] = "case.recusal.applied"

    officer_id: OfficerId
    ground: RecusalGround
    by_party: bool
    reasons: Commitment
    is_head: bool
    applied_at: datetime
    decide_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,)

    def applied(self, case: Case) -> Case:
        number = len(case.recusals) + 1
        applied = Recusal(number, self.officer_id, self.ground, self.applied_at, self.is_head)
        return replace(case, recusals=(*case.recusals, applied))


@dataclass(frozen=True)
class RecusalVoted(OfDeliberation):
    """One head said whether another head is to withdraw. It is decided once two of them say the same."""

    type: ClassVar[str] = "case.recusal.voted"

    number: int
    by: OfficerId
    granted: bool
    voted_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, voted_by=self.by, vote=self.granted)


@dataclass(frozen=True)
class RecusalDecided(OfDeliberation):
    """It is decided whether the officer withdraws, by one head, or by two about one of them. `acts_stand`: what the
    officer did stays as it is; None where nobody withdraws.
    """

    type: ClassVar[str] = "case.recusal.decided"

    number: int
    officer_id: OfficerId
    granted: bool
    acts_stand: bool | None
    replaced_by: OfficerId | None
    by: tuple[OfficerId, ...]
    document_id: DocumentId
    sha256: str
    decided_at: datetime

    def applied(self, case: Case) -> Case:
        case = _with(
            case,
            self.number,
            granted=self.granted,
            acts_stand=self.acts_stand,
            replaced_by=self.replaced_by,
            decided_at=self.decided_at,
            document_id=self.document_id,
        )
        if not self.granted:
            return case
        case = (
            _left(case, self.officer_id)
            if self.acts_stand
            else _undone(case, self.officer_id, self.decided_at)
        )
        officers = tuple(
            self.replaced_by if each == self.officer_id and self.replaced_by else each
            for each in case.officers
        )
        return replace(case, officers=officers)


@dataclass(frozen=True)
class Answer:
    """What is decided on an application: who takes the officer's place, and whether the officer's acts stand."""

    granted: bool
    acts_stand: bool | None
    replacement: Hand | None


def apply_recusal(
    case: Case,
    *,
    officer_id: OfficerId,
    is_head: bool,
    ground: RecusalGround,
    reasons: Commitment,
    by_party: bool,
    terms: Terms,
    at: datetime,
) -> RecusalApplied:
    """The party or an officer applies that an officer withdraw (APL 43(1), (2); 64(4) of the chair of a hearing).

    Against whoever works on the case, and against every head, because a head decides it.
    """
    require_state(case, *OPEN, act="applying for a withdrawal")
    if not is_head and officer_id not in workers(case):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_OFFICER_NOT_OF_CASE",
            {"officer": officer_id, "case": case.id},
            article=APL_43,
        )
    if any(each.officer_id == officer_id and each.granted is not False for each in case.recusals):
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_ASKED", {"officer": officer_id}, article=APL_43)
    return RecusalApplied(
        case.id, officer_id, ground, by_party, reasons, is_head, at, terms.decide_recusal(at)
    )


def vote_recusal(case: Case, answer: Answer, *, number: int, hand: Hand, at: datetime) -> RecusalVoted | None:
    """The first of two heads about one of them. None where this word decides the application."""
    recusal = _undecided(case, number, answer, hand, at)
    is_settled = recusal.voted_by not in (None, hand.officer_id) and recusal.vote is answer.granted
    if not recusal.is_head or is_settled:
        return None
    return RecusalVoted(case.id, number, hand.officer_id, answer.granted, at)


def require_first(case: Case, answer: Answer, *, number: int, hand: Hand, at: datetime) -> RecusalVoted:
    """As `vote_recusal`. Raises Refusal CASE_CHANGED_MEANWHILE where another head said the same in between."""
    voted = vote_recusal(case, answer, number=number, hand=hand, at=at)
    if voted is None:
        raise Refusal(Kind.CONFLICT, "CASE_CHANGED_MEANWHILE", {"case": case.id})
    return voted


def decide_recusal(
    case: Case,
    answer: Answer,
    *,
    number: int,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    at: datetime,
) -> RecusalDecided:
    """A head decides on an application; about a head the heads together: two who say the same (APL 43(3)).

    Nobody decides about themselves. An investigator who withdraws is replaced by a qualified officer who had no part in
    the case. Where the acts do not stand they are done again: the report of an investigator or the review of the
    statements by another investigation, a hearing and a legal review by another person.
    """
    recusal = _undecided(case, number, answer, hand, at)
    voted = (recusal.voted_by,) if recusal.voted_by and recusal.is_head else ()
    return RecusalDecided(
        case.id,
        number,
        recusal.officer_id,
        answer.granted,
        answer.acts_stand,
        answer.replacement.officer_id if answer.replacement else None,
        (*voted, hand.officer_id),
        document_id,
        sha256,
        at,
    )


def workers(case: Case) -> frozenset[OfficerId]:
    """Everybody who did or does something in the case: investigators, reviewers, the chair, the legal reviewer."""
    others = {*case.officers, *case.defence_reviewers, *case.legal_reviewers}
    return case.evidence_reviewers | others | chairs(case)


def application(case: Case, number: int) -> Recusal:
    """The application of this number. Raises Refusal NOT_FOUND without one."""
    found = next((each for each in case.recusals if each.number == number), None)
    if found is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"id": f"{case.id}/recusals/{number}"})
    return found


def _undecided(case: Case, number: int, answer: Answer, hand: Hand, at: datetime) -> Recusal:
    require_state(case, *OPEN, act="deciding on a withdrawal")
    recusal = application(case, number)
    if recusal.granted is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="recusal_decided",
            article=APL_43,
        )
    require_separate(
        hand.officer_id,
        frozenset({recusal.officer_id, *case.officers}),
        act="decide on the withdrawal",
        other="is to withdraw or investigates the case",
    )
    require_not_withdrawn(case, hand, act="decide on the withdrawal")
    _require_whole(case, recusal, answer, at)
    return recusal


def _require_whole(case: Case, recusal: Recusal, answer: Answer, at: datetime) -> None:
    """Raises Refusal unless the answer says what the law needs: what becomes of the acts, and who goes on."""
    investigates = recusal.officer_id in case.officers
    agrees = (answer.acts_stand is not None) is answer.granted
    agrees = agrees and (answer.replacement is not None) is (answer.granted and investigates)
    if not agrees:
        raise Refusal(
            Kind.INVALID, "CASE_RECUSAL_INCOMPLETE", {"officer": recusal.officer_id}, article=APL_43
        )
    if answer.acts_stand is False and recusal.officer_id in case.evidence_reviewers:
        # The acceptance of a capture is an act of the evidence service, and nothing takes it back from here.
        raise Refusal(Kind.NOT_BUILT, "NOT_BUILT", wording="evidence_again", article=APL_43)
    if answer.replacement is not None:
        require_qualified(answer.replacement, at)
        require_separate(
            answer.replacement.officer_id,
            workers(case) | withdrawn(case),
            act="take the place of the officer",
            other="worked on this case",
        )


def _undone(case: Case, officer_id: OfficerId, at: datetime) -> Case:
    """`case` without what the officer did. What rested on it falls too."""
    hearing, review, discussion = case.hearing, case.legal_review, case.discussion
    signed = any(each.hand.officer_id == officer_id for each in case.signatures)
    if signed or officer_id in case.defence_reviewers:
        return returned(case, at)
    if hearing is not None and hearing.chair == officer_id:
        return _asked_again(case, hearing)
    before = _before_review(case)
    if review is not None and review.by == officer_id:
        return replace(case, state=before, legal_review=None, discussion=None)
    spoke = discussion is not None and officer_id in {
        discussion.convened_by,
        *(each.officer_id for each in discussion.opinions),
    }
    return replace(case, state=State.LEGAL_REVIEW if review else before, discussion=None) if spoke else case


def _left(case: Case, officer_id: OfficerId) -> Case:
    """`case` without what only the officer could bring to its end: their acts stand, and these are none yet."""
    hearing, discussion = case.hearing, case.discussion
    if hearing is not None and hearing.chair == officer_id and hearing.reported_at is None:
        return _asked_again(case, hearing)
    is_open = discussion is not None and discussion.concluded_at is None
    if discussion is not None and is_open and discussion.convened_by == officer_id:
        state = State.LEGAL_REVIEW if case.legal_review else _before_review(case)
        return replace(case, state=state, discussion=None)
    return case


def _asked_again(case: Case, hearing: Hearing) -> Case:
    """`case` with its hearing as it was asked for, and without what came after it."""
    return replace(
        case,
        state=State.DEFENCE_REVIEW,
        hearing=Hearing(hearing.number, hearing.notice_id, hearing.ground, hearing.asked_at),
        legal_review=None,
        discussion=None,
        service_ordered=None,
    )


def _before_review(case: Case) -> State:
    return State.HEARING if case.hearing is not None and case.hearing.chair else State.DEFENCE_REVIEW


def _with(case: Case, number: int, **changes: Any) -> Case:
    changed = tuple(replace(each, **changes) if each.number == number else each for each in case.recusals)
    return replace(case, recusals=changed)
