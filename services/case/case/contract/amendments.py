"""The orders by which an agency amends its own decision, and what is on record of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from case.contract.filing import Line
from case.contract.paying import Fen
from common.values.ids import DocumentId, OfficerId
from common.web.wire import In, Out, Text


class LighterPenaltyOrder(In):
    """The penalty after a change; it is lighter than what was decided."""

    kind: Literal["FINE", "WARNING"]
    fine_fen: Fen


class AmendmentProposalOrder(In):
    """That the decision is wrong, how that was found, and why, in the words that the D-36 prints.

    `penalty` is what a CHANGE leaves; a REVOKE leaves nothing.
    """

    kind: Literal["REVOKE", "CHANGE"]
    cause: Literal["COMPLAINT", "SUPERVISION", "RETRO_INVALIDATION", "SELF_CORRECTION"]
    reason: Line
    penalty: LighterPenaltyOrder | None = None


class AmendmentReviewOrder(In):
    """The legal reviewer's conclusion and the reason for it, which stays inside the agency."""

    conclusion: Literal["PASS", "RETURN"]
    opinion: Text


class RevocationOrder(In):
    """The head's decision on the proposal that passed its legal review."""


class CorrectedWordOrder(In):
    """One typing error of the decision. Kind, amount and basis cannot be corrected so."""

    place: Literal["PARTY_NAME", "PARTY_ADDRESS", "FACTS_WORDING", "PLACE_NAME", "REASONS_WORDING"]
    wrong: Line
    right: Line


class CorrectionOrder(In):
    """The typing errors that are corrected, and how they came about."""

    words: list[CorrectedWordOrder] = Field(min_length=1, max_length=20)
    reason: Line


class AmendmentView(Out):
    """One amendment of the decision. `document_id` is its D-36 or D-36a, null before it and where an organ of remedy
    decided; `refund_fen` is what is to be given back.
    """

    number: int
    kind: str
    cause: str
    penalty_kind: str | None
    penalty_fen: int | None
    proposed_by: OfficerId
    conclusion: str | None
    reviewed_by: OfficerId | None
    document_id: DocumentId | None
    decided_at: datetime | None
    refund_fen: int
    served_at: datetime | None
