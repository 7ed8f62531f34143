"""The hearing, the legal review and the discussion that a decision calls for, and the ninety days."""

from __future__ import annotations

from case.domain.deliberation import Presence, Verdict
from case.domain.guards.figures import figures_set
from case.domain.guards.question import Question, violation
from case.domain.hearing import held_too_soon
from case.domain.triggers import discussion_triggers, is_current, review_triggers
from case.domain.weighing import is_covered
from common.values.errors import Violation
from common.values.law import APL_57_2, APL_58, APL_60, APL_64_1, APL_64_2, APL_65


def heard(q: Question) -> Violation | None:
    """The time to ask for a hearing is over, and one that was asked for is held and reported (APL 64(1), 65).

    The decision rests on the record of the hearing: a capture that was not shown there is no basis of it.
    """
    hearing = q.case.hearing
    if hearing is None:
        running = [
            n.hearing_until for n in q.served if n.hearing_until is not None and q.at < n.hearing_until
        ]
        if not running:
            return None
        return violation("CASE_HEARING_PENDING", APL_64_1, {"until": max(running)}, wording="request")
    if hearing.reported_at is None:
        return violation("CASE_HEARING_PENDING", APL_65, {"case": q.case.id})
    if too_soon := held_too_soon(hearing, q.terms):
        return violation(too_soon.code, APL_64_2, too_soon.facts)
    unseen = sorted({exhibit.evidence_id for exhibit in q.exhibits} - set(hearing.examined))
    if hearing.presence is not Presence.ATTENDED or not unseen:
        return None
    return violation("CASE_HEARING_PENDING", APL_65, {"captures": unseen}, wording="unseen")


def legally_reviewed(q: Question) -> Violation | None:
    """Where the law asks for it, the legal review passed; one that did not pass binds even where nobody had to ask."""
    review, is_asked = q.case.legal_review, bool(review_triggers(q.case, q.proposal, q.terms))
    if review is not None and review.verdict is not Verdict.PASS:
        return violation("CASE_LEGAL_REVIEW_REQUIRED", APL_58, {"verdict": review.verdict}, wording="verdict")
    if not is_asked or (review is not None and is_current(q.case, review.statements)):
        return None
    return violation("CASE_LEGAL_REVIEW_REQUIRED", APL_58)


def discussed(q: Question) -> Violation | None:
    """Complex or heavy penalties are discussed by the heads together, and what they agreed to binds (APL 57(2)).

    What is decided is what they discussed, or lighter. A discussion that was convened is also concluded.
    """
    discussion = q.case.discussion
    if discussion is not None and (discussion.concluded_at is None or discussion.agreed is None):
        return violation("CASE_COLLECTIVE_DISCUSSION_REQUIRED", APL_57_2, wording="open")
    if discussion is not None and discussion.agreed is not None:
        if not is_covered(q.proposal, discussion.agreed):
            facts = {"kind": discussion.agreed.kind, "fine_fen": discussion.agreed.fine_fen}
            return violation("CASE_COLLECTIVE_DISCUSSION_REQUIRED", APL_57_2, facts, wording="heavier")
        if is_current(q.case, discussion.statements):
            return None
    if figures_set(q) is not None or q.case.party is None:
        return None
    if not discussion_triggers(q.case, q.proposal, q.terms):
        return None
    return violation("CASE_COLLECTIVE_DISCUSSION_REQUIRED", APL_57_2)


def in_time(q: Question) -> Violation | None:
    """Within ninety days of filing (APL 60), or with a reviewer's note why it may still be made.

    The note is written once the days are over: before, nobody knows what delayed it.
    """
    until = q.case.decide_until
    if until is None or q.at < until:
        return None
    review = q.case.legal_review
    if review is not None and review.has_late_note and review.reviewed_at >= until:
        return None
    return violation("CASE_DECISION_OVERDUE", APL_60, {"until": until})
