"""Withdrawal of an officer (回避, C-09; APL 43): applied for until the decision, decided by the heads.

    officers are named ─ the party or an officer applies ─▶ undecided ─ a head (of a head: two) ─▶ granted or not
                                                                └─ of a head: the superior organ's letter ─▶

The investigation goes on meanwhile (APL 43(3)); the decision waits (`guards.people`). Who had to withdraw does nothing
more in the case. What they did stands or is done again, as the heads decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.deliberation import Recusal, RecusalGround
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import DELIBERATING, Case, State, require_state
from case.domain.returning import OfDeliberation
from case.domain.withdrawing import chairs, withdrawn, without
from common.values.calendar import Deadline, legal_day
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
    State.SUSPENDED,
)
"""From the day the officers are named to the decision, while the procedure rests too."""


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
        return _carried_out(case, self, self.decided_at, document_id=self.document_id)


@dataclass(frozen=True)
class RecusalDecidedAbove(OfDeliberation):
    """The superior organ decided whether a head withdraws. `letter` commits to its name and the number of its letter,
    `letter_sha256` is the digest of the letter, which somebody of the agency entered.
    """

    type: ClassVar[str] = "case.recusal.decided_above"

    number: int
    officer_id: OfficerId
    granted: bool
    acts_stand: bool | None
    replaced_by: OfficerId | None
    letter: Commitment
    letter_sha256: str
    decided_on: date
    by: OfficerId
    entered_at: datetime

    def applied(self, case: Case) -> Case:
        return _carried_out(case, self, self.entered_at, letter_sha256=self.letter_sha256)


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
    has_new_facts: bool,
    terms: Terms,
    at: datetime,
) -> RecusalApplied:
    """The party or an officer applies that an officer withdraw (APL 43(1), (2); 64(4) of the chair of a hearing).

    Against whoever works on the case, and against every head, because a head decides it. What was refused is not asked
    again on the same ground without new facts: each application holds the decision up.
    """
    require_state(case, *OPEN, act="applying for a withdrawal")
    if not is_head and officer_id not in workers(case):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_OFFICER_NOT_OF_CASE",
            {"officer": officer_id, "case": case.id},
            article=APL_43,
        )
    before = [each for each in case.recusals if each.officer_id == officer_id]
    if any(each.granted is not False for each in before):
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_ASKED", {"officer": officer_id}, article=APL_43)
    if not has_new_facts and any(each.ground is ground for each in before):
        facts = {"officer": officer_id, "ground": ground}
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_ASKED", facts, wording="refused", article=APL_43)
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


@dataclass(frozen=True)
class Letter:
    """The letter of the superior organ: `text` commits to the organ and the number, `sha256` is that of the file."""

    text: Commitment
    sha256: str
    decided_on: date


def enter_letter(
    case: Case, answer: Answer, letter: Letter, *, number: int, hand: Hand, at: datetime
) -> RecusalDecidedAbove:
    """Enter what the superior organ decided about a head.

    APL 43(3) leaves the decision to the head of the agency, and nobody decides about themselves. Where no two other
    heads are there, or they do not agree, the organ above the agency decides; until then the decision would wait for
    ever.
    """
    recusal = _undecided(case, number, answer, hand, at)
    if not recusal.is_head:
        facts = {"officer": recusal.officer_id}
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_NOT_OF_HEAD", facts, article=APL_43)
    asked_on, today = legal_day(recusal.applied_at), legal_day(at)
    if not asked_on <= letter.decided_on <= today:
        raise Refusal(
            Kind.INVALID, "CASE_RECUSAL_LETTER_DAY", {"from": asked_on, "until": today}, article=APL_43
        )
    return RecusalDecidedAbove(
        case.id,
        number,
        recusal.officer_id,
        answer.granted,
        answer.acts_stand,
        answer.replacement.officer_id if answer.replacement else None,
        letter.text,
        letter.sha256,
        letter.decided_on,
        hand.officer_id,
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
    _require_whole(case, recusal, answer, at)
    _require_nothing_on_its_way(case, recusal, answer, at)
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


def _require_nothing_on_its_way(case: Case, recusal: Recusal, answer: Answer, at: datetime) -> None:
    """Raises Refusal CASE_SERVICE_RUNNING while a document that would be void is on its way to the party.

    Its service is awaited, or given up, first: the party would else get a notice that binds nobody.
    """
    document_id = case.service_ordered
    if document_id is None or not answer.granted:
        return
    left = without(case, recusal.officer_id, acts_stand=bool(answer.acts_stand), at=at)
    if left.service_ordered != document_id:
        facts = {"case": case.id, "document_id": document_id}
        raise Refusal(Kind.CONFLICT, "CASE_SERVICE_RUNNING", facts, article=APL_43)


def _carried_out(
    case: Case, decided: RecusalDecided | RecusalDecidedAbove, at: datetime, **proof: str
) -> Case:
    """`case` after the decision on the application: who withdraws is replaced, and their acts stand or do not.

    `proof` is the paper that decides: our D-07, or the letter of the superior organ.
    """
    case = _with(
        case,
        decided.number,
        granted=decided.granted,
        acts_stand=decided.acts_stand,
        replaced_by=decided.replaced_by,
        decided_at=at,
        **proof,
    )
    if not decided.granted:
        return case
    case = without(case, decided.officer_id, acts_stand=bool(decided.acts_stand), at=at)
    officers = tuple(
        decided.replaced_by if each == decided.officer_id and decided.replaced_by else each
        for each in case.officers
    )
    return replace(case, officers=officers)


def _with(case: Case, number: int, **changes: Any) -> Case:
    changed = tuple(replace(each, **changes) if each.number == number else each for each in case.recusals)
    return replace(case, recusals=changed)
