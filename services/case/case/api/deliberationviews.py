"""What a case shows of its hearing, legal review, discussion and recusals."""

from __future__ import annotations

from dataclasses import asdict

from case.contract.deliberation import LegalReviewView
from case.contract.hearings import DiscussionView, HearingView
from case.contract.recusals import RecusalView
from case.domain.procedure import Case


def legal_review_view(case: Case) -> LegalReviewView | None:
    review = case.legal_review
    if review is None:
        return None
    return LegalReviewView(
        verdict=review.verdict,
        reviewed_by=review.by,
        reviewed_at=review.reviewed_at,
        document_id=review.document_id,
        wants_discussion=review.wants_discussion,
        has_late_note=review.has_late_note,
    )


def hearing_view(case: Case, *, inside: bool) -> HearingView | None:
    """The chair's opinion stands in D-18c, which is the agency's own: nobody outside reads it here either."""
    if case.hearing is None:
        return None
    hearing = asdict(case.hearing) | ({} if inside else {"opinion": None})
    return HearingView.model_validate({name: hearing[name] for name in HearingView.model_fields})


def discussion_view(case: Case) -> DiscussionView | None:
    discussion = case.discussion
    if discussion is None:
        return None
    return DiscussionView(
        fine_fen=discussion.proposal.fine_fen,
        kind=discussion.proposal.kind,
        convened_by=discussion.convened_by,
        convened_at=discussion.convened_at,
        heads=len(discussion.opinions),
        concluded_at=discussion.concluded_at,
        agreed_fen=discussion.agreed.fine_fen if discussion.agreed else None,
        document_id=discussion.document_id,
    )


def recusal_views(case: Case) -> list[RecusalView]:
    """Every application. How a head voted about another one is theirs until it is decided."""
    shown = RecusalView.model_fields
    return [
        RecusalView.model_validate({name: value for name, value in asdict(each).items() if name in shown})
        for each in case.recusals
    ]
