"""Between the rows of hearings, reviews, discussions and recusals and their values, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypeAlias

from case.domain.contents import Proposal
from case.domain.deliberation import (
    Discussion,
    HeadsOpinion,
    Hearing,
    HearingGround,
    LegalReview,
    Opinion,
    Presence,
    Recusal,
    RecusalGround,
    Secrecy,
    Verdict,
)
from case.domain.procedure import Case
from common.values.ids import DocumentId, OfficerId
from common.values.profile import PenaltyKind

Row: TypeAlias = Mapping[Any, Any]


class DeliberationRows(NamedTuple):
    """The rows of one case, each table in the order of its numbers."""

    hearings: Sequence[Row] = ()
    reviews: Sequence[Row] = ()
    discussions: Sequence[Row] = ()
    opinions: Sequence[Row] = ()
    recusals: Sequence[Row] = ()


def deliberation_of(row: Row, rows: DeliberationRows) -> dict[str, Any]:
    """The fields of `Case` that its own row and these rows make."""
    released = row["party_released_at"]
    return {
        "hearing": next((_hearing(each) for each in rows.hearings if not each["is_void"]), None),
        "past_hearings": tuple(
            _hearing(each)
            for each in rows.hearings
            if each["is_void"] and not (released and each["asked_at"] <= released)
        ),
        "legal_review": next((_review(each) for each in reversed(rows.reviews) if not each["is_void"]), None),
        "discussion": next(
            (_discussion(each, rows.opinions) for each in reversed(rows.discussions) if not each["is_void"]),
            None,
        ),
        "recusals": tuple(_recusal(each) for each in rows.recusals),
        "round": row["round"],
        "returned_at": row["returned_at"],
        "reviews": len(rows.reviews),
        "discussions": len(rows.discussions),
        "distinct": tuple(row["distinct_acts"]),
        "chairs": tuple(OfficerId(each) for each in row["chairs"]),
        "legal_reviewers": tuple(OfficerId(each) for each in row["legal_reviewers"]),
    }


def deliberation_columns(case: Case) -> dict[str, Any]:
    """The columns of `cases`. `has_deliberation` saves the reading of five tables where they hold nothing."""
    return {
        "round": case.round,
        "returned_at": case.returned_at,
        "distinct_acts": list(case.distinct),
        "chairs": list(case.chairs),
        "legal_reviewers": list(case.legal_reviewers),
        "has_deliberation": bool(
            case.hearing or case.past_hearings or case.reviews or case.discussions or case.recusals
        ),
    }


def hearing_columns(hearing: Hearing) -> dict[str, Any]:
    return asdict(hearing) | {"examined": list(hearing.examined)}


def recusal_columns(recusal: Recusal) -> dict[str, Any]:
    return asdict(recusal)


def discussion_columns(discussion: Discussion) -> dict[str, Any]:
    proposal, agreed = discussion.proposal, discussion.agreed
    return {
        "number": discussion.number,
        "violations": list(proposal.violations),
        "kind": proposal.kind,
        "fine_fen": proposal.fine_fen,
        "duration_days": proposal.duration_days,
        "convened_by": discussion.convened_by,
        "convened_at": discussion.convened_at,
        "statements": discussion.statements,
        "agreed_kind": agreed.kind if agreed else None,
        "agreed_fen": agreed.fine_fen if agreed else None,
        "concluded_at": discussion.concluded_at,
        "document_id": discussion.document_id,
    }


def _document(value: str | None) -> DocumentId | None:
    return DocumentId(value) if value else None


def _officer(value: str | None) -> OfficerId | None:
    return OfficerId(value) if value else None


def _hearing(row: Row) -> Hearing:
    return Hearing(
        row["number"],
        DocumentId(row["notice_id"]),
        HearingGround(row["ground"]),
        row["asked_at"],
        row["ordered_at"],
        row["opens_at"],
        row["place"],
        Secrecy(row["closed_for"]) if row["closed_for"] else None,
        _officer(row["chair"]),
        _document(row["document_id"]),
        row["served_at"],
        Presence(row["presence"]) if row["presence"] else None,
        row["held_at"],
        _document(row["record_id"]),
        tuple(row["examined"]),
        Opinion(row["opinion"]) if row["opinion"] else None,
        _document(row["report_id"]),
        row["reported_at"],
    )


def _review(row: Row) -> LegalReview:
    return LegalReview(
        row["number"],
        Verdict(row["verdict"]),
        OfficerId(row["reviewed_by"]),
        row["reviewed_at"],
        DocumentId(row["document_id"]),
        row["statements"],
        row["wants_discussion"],
        row["has_late_note"],
        tuple(row["distinct_acts"]),
        row["names_new_ground"],
    )


def _discussion(row: Row, opinions: Sequence[Row]) -> Discussion:
    violations, days = tuple(row["violations"]), row["duration_days"]
    agreed = None
    if row["agreed_kind"]:
        agreed = Proposal(violations, PenaltyKind(row["agreed_kind"]), row["agreed_fen"], days)
    return Discussion(
        row["number"],
        Proposal(violations, PenaltyKind(row["kind"]), row["fine_fen"], days),
        OfficerId(row["convened_by"]),
        row["convened_at"],
        row["statements"],
        tuple(
            HeadsOpinion(OfficerId(each["officer_id"]), each["agrees"], each["given_at"])
            for each in opinions
            if each["number"] == row["number"]
        ),
        agreed,
        row["concluded_at"],
        _document(row["document_id"]),
    )


def _recusal(row: Row) -> Recusal:
    return Recusal(
        row["number"],
        OfficerId(row["officer_id"]),
        RecusalGround(row["ground"]),
        row["applied_at"],
        row["is_head"],
        _officer(row["voted_by"]),
        row["vote"],
        row["granted"],
        row["acts_stand"],
        _officer(row["replaced_by"]),
        row["decided_at"],
        _document(row["document_id"]),
        row["letter_sha256"],
    )
