"""Who had a part in a case, who had to withdraw from it (APL 43), and what the case is without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from case.domain.deliberation import Hearing
from case.domain.procedure import Case, State
from case.domain.returning import returned
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_43


def chairs(case: Case) -> frozenset[OfficerId]:
    """Who held a hearing of the case or is to hold it. A return of the investigation takes nothing of that back."""
    chair = case.hearing.chair if case.hearing else None
    return frozenset({*case.chairs, *([chair] if chair else [])})


def withdrawn(case: Case) -> frozenset[OfficerId]:
    """The officers who had to withdraw from `case`."""
    return frozenset(each.officer_id for each in case.recusals if each.granted)


def require_not_withdrawn(case: Case, officer_id: str) -> None:
    """Raises Refusal CASE_OFFICER_WITHDRAWN: who had to withdraw does nothing more in the case (APL 43).

    Every change of a case asks this, whatever the act is (`store.cases.save`), so no rule has to remember it. Acts that
    write beside the case (answers about data, unmaskings, uploads) ask it themselves.
    """
    if officer_id in withdrawn(case):
        raise Refusal(Kind.FORBIDDEN, "CASE_OFFICER_WITHDRAWN", {"officer": officer_id}, article=APL_43)


def without(case: Case, officer_id: OfficerId, *, acts_stand: bool, at: datetime) -> Case:
    """`case` without the officer. While the procedure rests, what changes is the state to which it goes back."""
    is_resting = case.state is State.SUSPENDED
    rest = case.suspensions[-1] if is_resting else None
    if rest is not None and rest.back_to is not None:
        case = replace(case, state=State(rest.back_to))
    case = _without_records(case, officer_id, acts_stand=acts_stand)
    case = _left(case, officer_id) if acts_stand else _undone(case, officer_id, at)
    if rest is None:
        return case
    suspensions = (*case.suspensions[:-1], replace(rest, back_to=case.state.value))
    return replace(case, state=State.SUSPENDED, suspensions=suspensions)


def _without_records(case: Case, officer_id: OfficerId, *, acts_stand: bool) -> Case:
    """`case` without the records of the officer that are not signed by both, or by somebody whose acts do not stand.

    Nobody else was there and can sign in the officer's place (APL 42).
    """
    records = tuple(
        replace(each, voided=True)
        if officer_id in (each.first, each.second) and (each.is_open or not acts_stand)
        else each
        for each in case.records
    )
    return replace(case, records=records)


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
