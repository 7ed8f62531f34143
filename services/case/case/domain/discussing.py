"""The discussion of a decision by the heads of the agency together (C-20; APL 57(2)).

    DEFENCE_REVIEW, HEARING, LEGAL_REVIEW ─convene─▶ COLLECTIVE_DISCUSSION ─opinions, each by its head─▶ conclude

Each head says in an act of their own what they think; whoever convened it writes down what they agreed to. That binds
the decision: it is what was agreed, or lighter (`guards.deliberation`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.decision import require_decider
from case.domain.deliberation import Discussion, HeadsOpinion, Verdict
from case.domain.legalreview import REVIEWABLE, require_prepared
from case.domain.people import Hand
from case.domain.procedure import Case, State, require_no_doubt, require_state
from case.domain.returning import OfDeliberation
from case.domain.triggers import Trigger, discussion_triggers, is_current, review_triggers
from case.domain.weighing import is_covered
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_45_2, APL_57_2, APL_58


@dataclass(frozen=True)
class DiscussionConvened(OfDeliberation):
    """The heads are to discuss `proposal`. No trigger: somebody wanted it, for the public's attention or otherwise."""

    type: ClassVar[str] = "case.discussion.convened"

    by: OfficerId
    proposal: Proposal
    triggers: tuple[Trigger, ...]
    statements: int
    convened_at: datetime

    def applied(self, case: Case) -> Case:
        number = case.discussions + 1
        convened = Discussion(number, self.proposal, self.by, self.convened_at, self.statements)
        return replace(case, state=State.COLLECTIVE_DISCUSSION, discussion=convened, discussions=number)


@dataclass(frozen=True)
class HeadSpoke(OfDeliberation):
    """One head's opinion. `words` commits to it."""

    type: ClassVar[str] = "case.discussion.opinion_given"

    by: OfficerId
    agrees: bool
    words: Commitment
    given_at: datetime

    def applied(self, case: Case) -> Case:
        assert case.discussion is not None
        said = HeadsOpinion(self.by, self.agrees, self.given_at)
        opinions = (*case.discussion.opinions, said)
        return replace(case, discussion=replace(case.discussion, opinions=opinions))


@dataclass(frozen=True)
class DiscussionConcluded(OfDeliberation):
    """What the heads agreed to, None for no penalty. The record is D-22; `proof_sha256` its signed sheet."""

    type: ClassVar[str] = "case.discussion.concluded"

    by: OfficerId
    heads: tuple[OfficerId, ...]
    agreed: Proposal | None
    conclusion: Commitment
    proof_sha256: str
    document_id: DocumentId
    sha256: str
    concluded_at: datetime

    def applied(self, case: Case) -> Case:
        assert case.discussion is not None
        concluded = replace(
            case.discussion,
            agreed=self.agreed,
            concluded_at=self.concluded_at,
            document_id=self.document_id,
        )
        return replace(case, discussion=concluded)


def convene(case: Case, proposal: Proposal, *, hand: Hand, terms: Terms, at: datetime) -> DiscussionConvened:
    """A head convenes the discussion of a penalty that was notified, or of a lighter one (APL 45(2), 57(2)).

    After the hearing and the legal review: the heads discuss what was heard and what the reviewer found. One that ended
    is followed by another where the case changed since, or where the heads had agreed to no penalty.
    """
    require_state(case, *REVIEWABLE, act="convening the discussion")
    require_no_doubt(case, act="convening the discussion")
    require_decider(case, hand)
    require_prepared(case, at)
    review, open_one = case.legal_review, case.discussion
    passed = review is not None and review.verdict is Verdict.PASS and is_current(case, review.statements)
    if not passed and (review is not None or review_triggers(case, proposal, terms)):
        raise Refusal(
            Kind.CONFLICT, "CASE_LEGAL_REVIEW_REQUIRED", {"case": case.id}, wording="first", article=APL_58
        )
    if open_one is not None and open_one.concluded_at is None:
        raise Refusal(Kind.CONFLICT, "CASE_DISCUSSION_OPEN", {"case": case.id}, article=APL_57_2)
    if not any(is_covered(proposal, n.proposal) for n in case.current_notices if n.served_at is not None):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DISCUSSION_HEAVIER",
            {"kind": proposal.kind, "fine_fen": proposal.fine_fen},
            article=APL_45_2,
        )
    triggers = discussion_triggers(case, proposal, terms)
    return DiscussionConvened(case.id, hand.officer_id, proposal, triggers, len(case.defences), at)


def speak(case: Case, *, agrees: bool, words: Commitment, hand: Hand, at: datetime) -> HeadSpoke:
    """A head says what they think, once. Who worked on the case reports to the discussion and takes no part in it."""
    discussion = require_open(case, act="an opinion in the discussion")
    require_decider(case, hand)
    if any(said.officer_id == hand.officer_id for said in discussion.opinions):
        raise Refusal(Kind.CONFLICT, "CASE_OPINION_GIVEN", {"officer": hand.officer_id}, article=APL_57_2)
    return HeadSpoke(case.id, hand.officer_id, agrees, words, at)


def conclude(
    case: Case,
    agreed: Proposal | None,
    *,
    conclusion: Commitment,
    proof_sha256: str,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> DiscussionConcluded:
    """Whoever convened it writes down the conclusion, once enough heads have spoken, the convener among them.

    A penalty has more than half of them for it, and is nothing heavier than discussed.
    """
    discussion = require_concludable(case, agreed, hand=hand, terms=terms)
    return DiscussionConcluded(
        case.id,
        hand.officer_id,
        tuple(said.officer_id for said in discussion.opinions),
        agreed,
        conclusion,
        proof_sha256,
        document_id,
        sha256,
        at,
    )


def require_concludable(case: Case, agreed: Proposal | None, *, hand: Hand, terms: Terms) -> Discussion:
    """The open discussion. Raises Refusal unless `hand` may conclude it so. Before D-22 is made, and again after."""
    discussion = require_open(case, act="concluding the discussion")
    require_decider(case, hand)
    if hand.officer_id != discussion.convened_by:
        raise Refusal(
            Kind.FORBIDDEN,
            "CASE_NOT_THE_CONVENER",
            {"officer": hand.officer_id},
            article=APL_57_2,
        )
    least, spoke = terms.profile.review.discussion_heads, len(discussion.opinions)
    if spoke < least:
        raise Refusal(Kind.CONFLICT, "CASE_HEADS_MISSING", {"least": least, "count": spoke}, article=APL_57_2)
    if hand.officer_id not in {said.officer_id for said in discussion.opinions}:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEADS_MISSING",
            {"officer": hand.officer_id},
            wording="convener",
            article=APL_57_2,
        )
    agreeing = sum(said.agrees for said in discussion.opinions)
    if agreed is not None and agreeing * 2 <= spoke:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEADS_MISSING",
            {"agreeing": agreeing, "count": spoke},
            wording="majority",
            article=APL_57_2,
        )
    if agreed is not None and not is_covered(agreed, discussion.proposal):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DISCUSSION_HEAVIER",
            {"kind": agreed.kind, "fine_fen": agreed.fine_fen},
            article=APL_57_2,
        )
    return discussion


def require_open(case: Case, *, act: str) -> Discussion:
    """The discussion that is not concluded. Raises Refusal CASE_TRANSITION_NOT_ALLOWED without one."""
    require_state(case, State.COLLECTIVE_DISCUSSION, act=act)
    discussion = case.discussion
    if discussion is None or discussion.concluded_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="no_discussion",
            article=APL_57_2,
        )
    return discussion
