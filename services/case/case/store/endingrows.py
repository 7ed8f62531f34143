"""The columns of a case about its ends beside a penalty: correction, first offence, education, non-filing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from case.domain.outcomes import (
    Choice,
    Correction,
    Education,
    FirstOffence,
    Harm,
    NonFiling,
    ShownBy,
    Told,
    Unfiled,
)
from case.domain.procedure import Case
from common.values.ids import DocumentId, OfficerId


def ending_columns(case: Case) -> dict[str, Any]:
    """The columns of `cases` for what an end of `case` rests on, null where there is nothing."""
    correction, found, told, ended = case.correction, case.first_offence, case.education, case.non_filing
    return {
        "corrected_at": correction.corrected_at if correction else None,
        "correction_shown_by": correction.shown_by if correction else None,
        "first_checked_at": found.checked_at if found else None,
        "first_lookback_from": found.lookback_from if found else None,
        "first_hits": found.hits if found else None,
        "first_silent": found.silent if found else None,
        "first_harm": found.harm if found else None,
        "first_choice": found.choice if found else None,
        "education_document_id": told.document_id if told else None,
        "educated_at": told.told_at if told else None,
        "educated_how": told.how if told else None,
        "education_proof": told.proof_sha256 if told else None,
        "unfiled_reason": ended.reason if ended else None,
        "unfiled_proposed_by": ended.proposed_by if ended else None,
        "unfiled_at": ended.ended_at if ended else None,
    }


def correction_of(row: Mapping[Any, Any]) -> Correction | None:
    if row["corrected_at"] is None:
        return None
    return Correction(row["corrected_at"], ShownBy(row["correction_shown_by"]))


def first_offence_of(row: Mapping[Any, Any]) -> FirstOffence | None:
    if row["first_checked_at"] is None:
        return None
    return FirstOffence(
        row["first_checked_at"],
        row["first_lookback_from"],
        row["first_hits"],
        row["first_silent"],
        Harm(row["first_harm"]),
        Choice(row["first_choice"]) if row["first_choice"] else None,
    )


def education_of(row: Mapping[Any, Any]) -> Education | None:
    if row["educated_at"] is None:
        return None
    document_id, how = DocumentId(row["education_document_id"]), Told(row["educated_how"])
    return Education(document_id, row["educated_at"], how, row["education_proof"])


def non_filing_of(row: Mapping[Any, Any]) -> NonFiling | None:
    if row["unfiled_reason"] is None:
        return None
    proposed_by = OfficerId(row["unfiled_proposed_by"])
    return NonFiling(Unfiled(row["unfiled_reason"]), proposed_by, row["unfiled_at"])
