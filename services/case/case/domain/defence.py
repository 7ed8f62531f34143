"""What the party says, and that each point of it is answered (C-16, C-17; APL 45, 62)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.contents import Defence
from case.domain.heard import HEARD
from case.domain.outcomes import Effect
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_no_doubt, require_state
from case.domain.withdrawing import chairs
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import OfficerId, PartyId
from common.values.law import APL_45


@dataclass(frozen=True)
class DefenceSubmitted(Changing):
    """The party's statement, received. Its words stay in this service; the record commits to them.

    `files` are the numbers of the files that it names, handed in before. At the counter `taken_by` took it down.
    """

    type: ClassVar[str] = "case.defence.submitted"
    v: ClassVar[int] = 2

    party_id: PartyId
    number: int
    statement: Commitment
    final: bool
    submitted_at: datetime
    files: tuple[int, ...]
    taken_by: OfficerId | None

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        stated = Defence(self.number, self.submitted_at, self.final)
        files = (
            replace(each, statement=self.number) if each.number in self.files else each for each in case.files
        )
        said = replace(case, defences=(*case.defences, stated), files=tuple(files))
        # What was said after the review is reviewed before the decision. A hearing, a legal review and a discussion
        # wait where they are: the answer decides whether they still speak about the case.
        if case.state is State.SUSPENDED:
            rest = case.suspensions[-1]
            reviewed = rest.back_to == State.DEFENCE_REVIEW
            back_to = State.PRIOR_NOTICE_SERVED.value if reviewed else rest.back_to
            return replace(said, suspensions=(*case.suspensions[:-1], replace(rest, back_to=back_to)))
        again = case.state is State.DEFENCE_REVIEW
        return replace(said, state=State.PRIOR_NOTICE_SERVED if again else case.state)


@dataclass(frozen=True)
class Answer:
    """The answer to one statement: adopted or not, and the reason, committed to.

    `effect` says what an adopted statement removes.
    """

    number: int
    adopted: bool
    reason: Commitment
    effect: Effect | None = None


@dataclass(frozen=True)
class DefenceReviewed(Changing):
    type: ClassVar[str] = "case.defence.reviewed"
    v: ClassVar[int] = 2

    by: OfficerId
    answers: tuple[Answer, ...]

    def applied(self, case: Case) -> Case:
        effects = {answer.number: answer.effect for answer in self.answers}
        answered = tuple(
            replace(stated, answered=True, effect=effects.get(stated.number, stated.effect))
            for stated in case.defences
        )
        reviewers = (*(each for each in case.defence_reviewers if each != self.by), self.by)
        state = State.DEFENCE_REVIEW if case.state is State.PRIOR_NOTICE_SERVED else case.state
        return replace(case, state=state, defences=answered, defence_reviewers=reviewers)


def defend(
    case: Case,
    *,
    party_id: PartyId,
    statement: Commitment,
    final: bool,
    at: datetime,
    files: tuple[int, ...] = (),
    taken_by: OfficerId | None = None,
) -> DefenceSubmitted:
    """The party states and defends (C-16): as often as they like, from the first day until the decision is made.

    Before the notice too: who is suspected may speak at any time (APL 7), and what was said before is answered before
    anything is decided (APL 45).

    The period says how long the agency has to wait, not when it may stop to listen: 必须充分听取 (APL 45, 62). What
    comes after the review is reviewed too. `final` is their own express word that nothing more will follow; silence is
    not. It lets the agency go on, but as long as the agency has not, they may change their mind.
    """
    require_state(case, *HEARD, act="a statement of defence")
    return DefenceSubmitted(case.id, party_id, len(case.defences) + 1, statement, final, at, files, taken_by)


def is_window_over(case: Case, at: datetime) -> bool:
    """Whether the party's time to answer every served notice has passed, or they said last that they are done.

    What they said about an earlier notice does not end the time of a later one.
    """
    told_at = case.notices[-1].served_at if case.notices else None
    last = case.defences[-1] if case.defences else None
    is_done = last is not None and last.final and (told_at is None or last.submitted_at >= told_at)
    return _is_period_over(case, at) or is_done


def _is_period_over(case: Case, at: datetime) -> bool:
    return all(n.defence_until is not None and at >= n.defence_until for n in case.current_notices)


def review(case: Case, *, answers: tuple[Answer, ...], hand: Hand, at: datetime) -> DefenceReviewed:
    """Answer every fact, reason and piece of evidence the party raised (C-17, APL 45(1)).

    Only when the party's time is over, or it would be cut short; by someone who did not accept the evidence, chaired no
    hearing and reviewed nothing legally, because nobody judges the objection to their own work. With no
    statement the answers are empty. What is adopted says what it removes: without its facts, its party or its fault no
    penalty is left (APL 57(1)(3)). What was said before the notice can be answered once the investigation is concluded:
    it may be what ends the case without a notice.
    """
    has_unanswered = not all(stated.answered for stated in case.defences)
    later = (State.INVESTIGATION_CONCLUDED, *DELIBERATING) if has_unanswered else ()
    require_state(case, State.PRIOR_NOTICE_SERVED, *later, act="the review of the defence")
    require_no_doubt(case, act="the review of the defence")
    require_separate(
        hand.officer_id, case.evidence_reviewers, act="review the defence", other="accepted the evidence"
    )
    judged = chairs(case) | {*case.legal_reviewers}
    require_separate(
        hand.officer_id, judged, act="review the defence", other="heard the party or reviewed the case"
    )
    require_qualified(hand, at)
    if not is_window_over(case, at):
        raise Refusal(Kind.CONFLICT, "CASE_DEFENCE_PERIOD_RUNNING", {"case": case.id}, article=APL_45)
    waiting = [stated.number for stated in case.defences if not stated.answered]
    if [answer.number for answer in answers] != waiting:
        raise Refusal(
            Kind.INVALID,
            "CASE_DEFENCE_NOT_REVIEWED",
            {"case": case.id, "count": len(waiting)},
            article=APL_45,
        )
    unexplained = [answer.number for answer in answers if answer.adopted is not (answer.effect is not None)]
    if unexplained:
        raise Refusal(
            Kind.INVALID,
            "CASE_ADOPTION_UNEXPLAINED",
            {"case": case.id, "numbers": unexplained},
            article=APL_45,
        )
    return DefenceReviewed(case.id, hand.officer_id, answers)
