"""A decision that its own agency takes back or makes lighter, or whose typing errors it corrects (C-35; APL 75(2)).

    any decided case ─an officer proposes─▶ ─a legal reviewer─▶ PASS ─the head─▶ REVOKED_BY_SELF or CHANGED_BY_SELF
                                                               RETURN: nothing follows, another proposal may come
    CLOSED, ARCHIVED ─the head─▶ REOPENED ─▶ …

Four people: who proposes, who reviews, who decides, and none of them investigated. An amendment never makes anything
heavier, because the party could not speak to it (APL 45(2)). What was paid and is not owed any more is given back, and
the case closes only after that.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.amendments import Amendment, AmendmentKind, Cause, Conclusion, revoked_at
from case.domain.contents import Decision, Proposal
from case.domain.deadlines import Terms
from case.domain.decision import require_decider
from case.domain.invalidating import require_sound
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import Case, Changing, State, require_no_doubt, require_state
from case.domain.weighing import severity
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_45_2, APL_58, APL_75_2, ARL_63, Article

CLOSED = (State.CLOSED, State.ARCHIVED)
"""The states from which a case is reopened first."""


@dataclass(frozen=True)
class OfAmendment(Changing, ABC):
    """A fact about the amendment with this number."""

    number: int


@dataclass(frozen=True)
class AmendmentProposed(OfAmendment):
    """Somebody found an error. `reason` commits to the words that the D-36 prints."""

    type: ClassVar[str] = "case.amendment.proposed"

    kind: AmendmentKind
    cause: Cause
    proposal: Proposal | None
    reason: Commitment
    by: OfficerId
    review_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.review_by,)

    def applied(self, case: Case) -> Case:
        return with_amendment(case, Amendment(self.number, self.kind, self.cause, self.by, self.proposal))


@dataclass(frozen=True)
class AmendmentReviewed(OfAmendment):
    """The legal reviewer's conclusion. `opinion` commits to the reviewer's words."""

    type: ClassVar[str] = "case.amendment.reviewed"

    conclusion: Conclusion
    opinion: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        reviewed = replace(newest(case), conclusion=self.conclusion, reviewed_by=self.by)
        return with_amendment(case, reviewed)


@dataclass(frozen=True)
class CaseReopened(Changing):
    """A closed case is open again, because its decision does not stand as it was."""

    type: ClassVar[str] = "case.reopened"

    was: State
    cause: Cause
    by: OfficerId
    reopened_at: datetime

    def applied(self, case: Case) -> Case:
        return replace(case, state=State.REOPENED, closed_at=None, closure_proposed_by=None)


@dataclass(frozen=True)
class DecisionAmended(OfAmendment, ABC):
    """What a revocation and a change have in common: the decision that falls, its D-36, and what is given back.

    `document_id` and `sha256` are None where an organ of remedy decided.
    """

    cause: Cause
    amended: DocumentId
    document_id: DocumentId | None
    sha256: str | None
    refund_fen: int
    by: OfficerId
    amended_at: datetime
    serve_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.serve_by,)

    def decided(self, case: Case) -> Case:
        """`case` with the amendment decided, and nothing open that rested on the old decision."""
        amendment = replace(
            amendment_of(case, self.number, self.kind_of, self.cause, self.by),
            proposal=self.left,
            document_id=self.document_id,
            decided_at=self.amended_at,
            refund_fen=self.refund_fen,
            served_at=None if self.document_id else self.amended_at,
        )
        payment = replace(case.payment, fine_fen=self.owed_fen) if case.payment else None
        return replace(
            with_amendment(case, amendment), payment=payment, service_ordered=None, closure_proposed_by=None
        )

    @property
    def left(self) -> Proposal | None:
        """The penalty that is left; None where none is."""
        return None

    @property
    def owed_fen(self) -> int:
        """The fine that is left."""
        return 0

    @property
    def kind_of(self) -> AmendmentKind:
        return AmendmentKind.REVOKE


@dataclass(frozen=True)
class DecisionRevoked(DecisionAmended):
    """The decision is revoked: nothing is to be performed, and what was paid is given back."""

    type: ClassVar[str] = "case.revoked"

    def applied(self, case: Case) -> Case:
        return replace(self.decided(case), state=State.REVOKED_BY_SELF)


@dataclass(frozen=True)
class DecisionChanged(DecisionAmended):
    """The penalty is made lighter. The D-36 is the decision from here on, and is served like one."""

    type: ClassVar[str] = "case.changed"

    proposal: Proposal

    @property
    def left(self) -> Proposal | None:
        return self.proposal

    @property
    def owed_fen(self) -> int:
        return self.proposal.fine_fen

    @property
    def kind_of(self) -> AmendmentKind:
        return AmendmentKind.CHANGE

    def applied(self, case: Case) -> Case:
        assert case.decision is not None
        made = Decision(
            self.document_id or case.decision.document_id,
            self.proposal,
            # Who enters what an organ of remedy decided, decided nothing.
            self.by if self.document_id else case.decision.decided_by,
            self.amended_at,
            case.decision.surcharge_stated,
        )
        if self.document_id is None:
            # The organ of remedy served its own decision.
            return replace(self.decided(case), state=State.SERVED, decision=made, served_at=self.amended_at)
        return replace(self.decided(case), state=State.CHANGED_BY_SELF, decision=made, served_at=None)


@dataclass(frozen=True)
class DecisionCorrected(OfAmendment):
    """Typing errors of the decision are corrected. `pairs` commits to the wrong and the right words."""

    type: ClassVar[str] = "case.decision_corrected"

    amended: DocumentId
    document_id: DocumentId
    sha256: str
    places: tuple[str, ...]
    pairs: Commitment
    by: OfficerId
    corrected_at: datetime
    serve_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.serve_by,)

    def applied(self, case: Case) -> Case:
        made = Amendment(self.number, AmendmentKind.CORRECT, Cause.TYPING_ERROR, self.by)
        return with_amendment(case, replace(made, document_id=self.document_id, decided_at=self.corrected_at))


def propose(
    case: Case,
    kind: AmendmentKind,
    cause: Cause,
    *,
    proposal: Proposal | None,
    reason: Commitment,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> AmendmentProposed:
    """An officer proposes to revoke the decision, or to make it lighter, in whatever state the case is.

    A later proposal takes the place of one that nobody decided.
    """
    require_amendable(case, act="proposing an amendment")
    require_qualified(hand, at)
    if kind is AmendmentKind.REVOKE and proposal is not None:
        raise Refusal(Kind.INVALID, "CASE_REVOCATION_WITH_PENALTY", {"case": case.id}, article=APL_75_2)
    require_lighter(case, kind, proposal)
    number = len(case.amendments) + 1
    due = terms.review_amendment(at)
    return AmendmentProposed(case.id, number, kind, cause, proposal, reason, hand.officer_id, due)


def review(case: Case, conclusion: Conclusion, *, opinion: Commitment, hand: Hand) -> AmendmentReviewed:
    """A legal reviewer who neither proposed it nor investigated passes the proposal or returns it (APL 58)."""
    proposed = require_proposed(case, act="its legal review")
    require_separate(
        hand.officer_id,
        case.evidence_reviewers | {*case.officers, proposed.proposed_by},
        act="review its amendment",
        other="worked on this case or proposed the amendment",
    )
    if proposed.conclusion is not None:
        raise _refused(case, "reviewed_already")
    return AmendmentReviewed(case.id, proposed.number, conclusion, opinion, hand.officer_id)


def require_decidable(case: Case, *, hand: Hand) -> Amendment:
    """The amendment that `hand` may decide now. Raises Refusal before its review, and for one who had a part in it."""
    proposed = require_proposed(case, act="its amendment")
    if proposed.conclusion is not Conclusion.PASS:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_LEGAL_REVIEW_REQUIRED",
            {"case": case.id},
            wording="amendment",
            article=APL_58,
        )
    require_decider(case, hand)
    require_separate(
        hand.officer_id,
        frozenset(filter(None, (proposed.proposed_by, proposed.reviewed_by))),
        act="decide its amendment",
        other="proposed or reviewed the amendment",
    )
    require_lighter(case, proposed.kind, proposed.proposal)
    return proposed


def require_proposed(case: Case, *, act: str) -> Amendment:
    """The proposal that nobody decided. Raises Refusal CASE_TRANSITION_NOT_ALLOWED without one."""
    require_amendable(case, act=act)
    if not case.amendments or newest(case).decided_at is not None:
        raise _refused(case, "nobody_proposed_amendment")
    return newest(case)


def require_amendable(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED unless there is a decision that still stands."""
    if case.decision is None or case.state is State.REVOKED_BY_SELF:
        require_state(case, State.DECIDED, act=act)
    # One revoked and closed again has nothing left to amend.
    if revoked_at(case.amendments) is not None:
        raise _refused(case, "revoked_already")


def require_lighter(case: Case, kind: AmendmentKind, proposal: Proposal | None) -> None:
    """Raises Refusal CASE_AGGRAVATION_FORBIDDEN unless `proposal` is lighter than what was decided.

    A change needs a penalty that the party knows: one that was served beyond doubt. What nobody was told is revoked.
    """
    if kind is AmendmentKind.REVOKE:
        return
    require_no_doubt(case, act="a change of the decision")
    require_sound(case, act="a change of the decision")
    decided = _changeable(case, proposal)
    if proposal is None or severity(proposal) >= severity(decided):
        raise _aggravating(case, APL_45_2)


def require_no_heavier(case: Case, proposal: Proposal | None) -> None:
    """Raises Refusal CASE_AGGRAVATION_FORBIDDEN where what an organ of remedy left is heavier than what was decided.

    It may leave the amount and change the law or the reason (ARL 63). It binds the agency whatever else is open in the
    case (ARL 77), and is never to the party's harm (ARL 63(2); ALL 77(2)).
    """
    if proposal is not None and severity(proposal) > severity(_changeable(case, proposal)):
        raise _aggravating(case, ARL_63)


def _changeable(case: Case, proposal: Proposal | None) -> Proposal:
    """The penalty that was decided and served, for the acts that `proposal` names."""
    assert case.decision is not None
    decided = case.decision.proposal
    if decided is None or case.served_at is None:
        raise _refused(case, "not_changeable")
    if proposal is None or not set(proposal.violations) <= set(decided.violations):
        raise _aggravating(case, APL_45_2)
    return decided


def _aggravating(case: Case, law: Article) -> Refusal:
    facts = {"case": case.id}
    return Refusal(Kind.CONFLICT, "CASE_AGGRAVATION_FORBIDDEN", facts, wording="change", article=law)


def newest(case: Case) -> Amendment:
    return case.amendments[-1]


def amendment_of(case: Case, number: int, kind: AmendmentKind, cause: Cause, by: OfficerId) -> Amendment:
    """The amendment with this number, as proposed; a new one where an organ of remedy decided it."""
    known = next((each for each in case.amendments if each.number == number), None)
    return known or Amendment(number, kind, cause, by)


def with_amendment(case: Case, amendment: Amendment) -> Case:
    """`case` with `amendment` in the place of the one with its number, or after all others."""
    others = tuple(each for each in case.amendments if each.number != amendment.number)
    return replace(case, amendments=(*others, amendment))


def _refused(case: Case, wording: str) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "CASE_TRANSITION_NOT_ALLOWED",
        {"case": case.id, "state": case.state},
        wording=wording,
        article=APL_75_2,
    )
