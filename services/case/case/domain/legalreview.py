"""The legal review of a decision before it is made (C-19; APL 58).

    DEFENCE_REVIEW, HEARING ─PASS─▶ LEGAL_REVIEW          the decision may be made
                            ─RETURN─▶ INVESTIGATING       a fault of competence, facts, evidence or law
                            ─RETURN─▶ where it stood      a fault of discretion, procedure or documents: mended, anew
                            ─FAIL─▶ LEGAL_REVIEW          no penalty on this investigation

The reviewer worked on nothing of the case. What is to be mended stands in the opinion (D-19).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.deliberation import SUBSTANCE, LegalReview, Point, Qualification, Verdict
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, State, require_no_doubt, require_state
from case.domain.returning import OfDeliberation, returned
from case.domain.triggers import Trigger, review_triggers
from case.domain.withdrawing import chairs
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_29, APL_43, APL_45, APL_58, APL_58_2, APL_64_1, APL_65

REVIEWABLE: Final = (
    State.DEFENCE_REVIEW,
    State.HEARING,
    State.LEGAL_REVIEW,
    State.COLLECTIVE_DISCUSSION,
)
_ASKED_SINCE: Final = date(2018, 1, 1)
"""Since that day a first-time reviewer needs the qualification (APL of 2017, art. 38(3); now APL 58(2))."""


@dataclass(frozen=True)
class LegallyReviewed(OfDeliberation):
    """A legal review with its checklist. `opinion` commits to the words of D-19, `late_note` to why it may be late,
    `new_ground` to what is another than in the decision that fell.
    """

    type: ClassVar[str] = "case.legally_reviewed"
    v: ClassVar[int] = 2

    by: OfficerId
    triggers: tuple[Trigger, ...]
    verdict: Verdict
    faults: tuple[Point, ...]
    wants_discussion: bool
    opinion: Commitment
    late_note: Commitment | None
    new_ground: Commitment | None
    distinct: tuple[str, ...]
    qualification: Qualification
    statements: int
    document_id: DocumentId
    sha256: str
    reviewed_at: datetime

    def applied(self, case: Case) -> Case:
        others = (each for each in case.legal_reviewers if each != self.by)
        case = replace(case, legal_reviewers=(*others, self.by))
        made = LegalReview(
            case.reviews + 1,
            self.verdict,
            self.by,
            self.reviewed_at,
            self.document_id,
            self.statements,
            self.wants_discussion,
            self.late_note is not None,
            self.distinct,
            self.new_ground is not None,
        )
        if self.verdict is Verdict.RETURN and SUBSTANCE & set(self.faults):
            return replace(returned(case, self.reviewed_at), reviews=made.number)
        case = replace(case, legal_review=made, reviews=made.number)
        # Only what passed says that a penalty or a case is about another act (APL 29).
        case = _told_apart(case, self.distinct) if self.verdict is Verdict.PASS else case
        if self.verdict is Verdict.RETURN:
            before = State.HEARING if case.hearing else State.DEFENCE_REVIEW
            return replace(case, state=before, discussion=None)
        is_discussed = case.state is State.COLLECTIVE_DISCUSSION and self.verdict is Verdict.PASS
        return case if is_discussed else replace(case, state=State.LEGAL_REVIEW)


@dataclass(frozen=True)
class Finding:
    """What the reviewer found: the points at fault, the verdict, and what else the law asks of a reviewer.

    `since` is the first day on which the reviewer reviewed decisions, for one who has no qualification.
    """

    verdict: Verdict
    faults: tuple[Point, ...]
    wants_discussion: bool
    distinct: tuple[str, ...]
    qualification: Qualification
    since: date | None
    no_conflict: bool

    @property
    def agrees(self) -> bool:
        """Whether its parts agree: what passes has no fault, what goes back or fails has one."""
        return (self.verdict is Verdict.PASS) is (not self.faults)


def _told_apart(case: Case, names: tuple[str, ...]) -> Case:
    """`case` with what is about another act on record; a link to such a case is a mistake, and goes."""
    link = None if case.act.same_as in names else case.act.same_as
    distinct = tuple(dict.fromkeys((*case.distinct, *names)))
    return replace(case, distinct=distinct, act=replace(case.act, same_as=link))


def review_legally(
    case: Case,
    found: Finding,
    *,
    opinion: Commitment,
    late_note: Commitment | None,
    new_ground: Commitment | None = None,
    barring: frozenset[str],
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> LegallyReviewed:
    """A reviewer of the agency reviews the decision that is prepared (APL 58).

    Once everything of the procedure before it is done: a hearing that is open may still change what is reviewed. What
    failed is not reviewed again until somebody investigates again, or the agency would ask until the answer fits.

    `barring` are the cases and penalties that bar the decision (APL 29): the review finds of these alone that they are
    about another act, because what bars nothing needs no finding.
    """
    require_reviewable(case, found, hand=hand, at=at)
    if unknown := sorted(set(found.distinct) - barring | set(found.distinct) & set(case.distinct)):
        facts = {"case": case.id, "names": unknown}
        raise Refusal(Kind.CONFLICT, "CASE_NO_DUPLICATE", facts, article=APL_29)
    assert case.conclusion is not None
    return LegallyReviewed(
        case.id,
        hand.officer_id,
        review_triggers(case, case.conclusion.proposal, terms),
        found.verdict,
        tuple(point for point in Point if point in found.faults),
        found.wants_discussion,
        opinion,
        late_note,
        new_ground,
        found.distinct,
        found.qualification,
        len(case.defences),
        document_id,
        sha256,
        at,
    )


def require_reviewable(case: Case, found: Finding, *, hand: Hand, at: datetime) -> None:
    """Raises Refusal unless `hand` may review the case now and find this. Before D-19 is made, and again after."""
    require_state(case, *REVIEWABLE, act="the legal review")
    require_no_doubt(case, act="the legal review")
    require_prepared(case, at)
    require_reviewer(case, found, hand=hand)
    if case.legal_review is not None and case.legal_review.verdict is Verdict.FAIL:
        raise Refusal(Kind.CONFLICT, "CASE_LEGAL_REVIEW_FAILED", {"case": case.id}, article=APL_58)
    if not found.agrees:
        raise Refusal(
            Kind.INVALID, "CASE_REVIEW_CONTRADICTS_ITSELF", {"verdict": found.verdict}, article=APL_58
        )


def require_reviewer(case: Case, found: Finding, *, hand: Hand) -> None:
    """Raises Refusal for one who worked on the case, is bound to the party, or may not review yet (APL 43, 58(2)).

    Nobody checks their own work: neither the investigators nor who accepted the evidence, answered the defence or
    chaired a hearing.
    """
    others = case.evidence_reviewers | {*case.officers, *case.defence_reviewers} | chairs(case)
    require_separate(hand.officer_id, others, act="review it legally", other="worked on this case")
    if not found.no_conflict:
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_PENDING", {"officer": hand.officer_id}, article=APL_43)
    is_early = found.since is not None and found.since < _ASKED_SINCE
    if found.qualification is Qualification.REVIEWED_BEFORE_2018 and not is_early:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_REVIEWER_UNQUALIFIED",
            {"officer": hand.officer_id, "before": _ASKED_SINCE},
            article=APL_58_2,
        )


def require_prepared(case: Case, at: datetime) -> None:
    """Raises Refusal while a statement waits for its answer (APL 45), while the party may still ask for a hearing
    (APL 64(1)), or while a hearing waits for its report (APL 65).
    """
    if not all(stated.answered for stated in case.defences):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DEFENCE_NOT_REVIEWED",
            {"case": case.id, "count": len(case.defences)},
            article=APL_45,
        )
    open_until = [n.hearing_until for n in case.current_notices if n.hearing_until and at < n.hearing_until]
    if case.hearing is None and open_until:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEARING_PENDING",
            {"until": max(open_until)},
            wording="request",
            article=APL_64_1,
        )
    if case.hearing is not None and case.hearing.reported_at is None:
        raise Refusal(Kind.CONFLICT, "CASE_HEARING_PENDING", {"case": case.id}, article=APL_65)
