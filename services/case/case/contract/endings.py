"""The orders by which a case ends without a penalty, and what is on record before one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from case.contract.filing import FindingsOrder, Line
from common.values.ids import DocumentId, OfficerId
from common.web.wire import Code, Digest, In, Instant, Out, Text

NoPenaltyOutcome = Literal[
    "NO_PENALTY_MINOR",
    "NO_PENALTY_FIRST_OFFENCE",
    "NO_PENALTY_NO_FAULT",
    "NO_PENALTY_CAPACITY",
    "NO_PENALTY_DUPLICATE",
    "NO_VIOLATION",
    "TIME_BARRED",
]
"""The outcomes of APL 57 without a penalty. The transfer of a suspected crime is not built."""


class CorrectionConfirmationOrder(In):
    """That the act was put right, when, and how the officer knows."""

    corrected_at: Instant
    shown_by: Literal["RECHECK_CAPTURE", "PARTY_PROOF", "ON_SITE"]
    note: Text


class FirstOffenceOrder(In):
    """The harm of the act as the officer finds it; the look-back itself is the platform's."""

    harm: Literal["NONE", "SLIGHT", "SERIOUS"]


class WaiverChoiceOrder(In):
    """Waive or proceed. Either needs its reason (APL 33(1))."""

    choice: Literal["WAIVE", "PROCEED"]
    reason: Text


class EducationOrder(In):
    """What the party was told: why it is not to be punished, and the words of the education (APL 33(3)).

    `proof_sha256` names a file that was uploaded to the case before: the signed sheet, the recording.
    """

    why: Line
    text: Line
    told_at: Instant
    how: Literal["IN_PERSON", "BY_PHONE", "IN_WRITING"]
    proof_sha256: Digest


class NonFilingProposalOrder(In):
    """Why the lead is to become no case. `exemption` is one of the rule set's, for the reason EXEMPT.

    `signed_as` is the officer's name as the sheet of approval prints it.
    """

    reason: Literal[
        "MINOR_CORRECTED",
        "FIRST_OFFENCE_CORRECTED",
        "NO_FACT",
        "EXEMPT",
        "DUPLICATE",
        "TIME_BARRED",
        "MINOR_UNDER_14",
        "INCAPACITY",
        "NO_FAULT",
        "PARTY_UNKNOWN",
    ]
    findings: FindingsOrder
    ground: Line
    signed_as: Line
    exemption: Code | None = None


class NonFilingOrder(In):
    """The approval of the proposal, under the name that the sheet prints."""

    signed_as: Line


class NoPenaltyOrder(In):
    """The decision that no penalty is imposed, and its reasons as the document prints them."""

    outcome: NoPenaltyOutcome
    reasons: list[Line] = Field(min_length=1, max_length=20)


class CaseProofView(Out):
    """A file that was uploaded to the case, under its digest."""

    proof_sha256: Digest


class CorrectionView(Out):
    corrected_at: datetime
    shown_by: str


class FirstOffenceView(Out):
    """What the look-back found. `choice_open`: an officer has to waive or proceed now."""

    checked_at: datetime
    lookback_from: date
    hits: int
    silent_agencies: int
    harm: str
    is_first: bool
    choice_open: bool
    choices: list[str]
    choice: str | None


class EducationView(Out):
    """The education on record: its document, when and how the party was told, and the digest of the proof."""

    document_id: DocumentId
    told_at: datetime
    how: str
    proof_sha256: Digest


class NonFilingView(Out):
    """A lead that is to become no case, or became none at `ended_at`."""

    reason: str
    proposed_by: OfficerId
    ended_at: datetime | None
