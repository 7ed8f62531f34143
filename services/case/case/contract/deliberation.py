"""The orders on the way from the reviewed defence to the decision, and what a case shows of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import DocumentId, OfficerId
from common.web.wire import Day, In, Out, Text

ReviewPoint = Literal["COMPETENCE", "FACTS", "EVIDENCE", "LAW", "DISCRETION", "PROCEDURE", "DOCUMENTS"]


class InvestigationReturnOrder(In):
    """What the two officers have to look at again, and the head's name."""

    reason: Text
    signed_as: Line


class QualificationOrder(In):
    """Why this person may review (APL 58(2)): the number of the national legal qualification, or, for somebody who
    reviewed before 2018, the first day.
    """

    kind: Literal["LEGAL_PROFESSION", "REVIEWED_BEFORE_2018"]
    number: Line | None = None
    since: Day | None = None


class LegalReviewOrder(In):
    """A legal review. `remarks` has one line for each point, all seven in their order; `faults` are those that are
    wrong. `mend` says what is to be mended, and is needed unless the decision passes.

    `late_note` says why the decision may still be made after the ninety days. `distinct_acts` are the names of
    penalties that a refused decision listed as duplicates and that are about another act; `distinct_reason` says why.
    `new_ground` says which main fact or reason is another than in a decision that was ordered anew.
    """

    verdict: Literal["PASS", "RETURN", "FAIL"]
    remarks: list[Line] = Field(min_length=7, max_length=7)
    faults: list[ReviewPoint] = Field(default_factory=list, max_length=7)
    mend: Line | None = None
    wants_discussion: bool = False
    late_note: Line | None = None
    distinct_acts: list[Line] = Field(default_factory=list, max_length=20)
    distinct_reason: Line | None = None
    new_ground: Line | None = None
    qualification: QualificationOrder
    no_conflict: bool
    signed_as: Line


class LegalReviewView(Out):
    """The legal review on record, for those who work on the case. Its reasons stand in D-19, the agency's own."""

    verdict: str
    reviewed_by: OfficerId
    reviewed_at: datetime
    document_id: DocumentId
    wants_discussion: bool
    has_late_note: bool


class ReturnedInvestigationView(Out):
    """An investigation that was sent back. `reason` and `signed_as` are null once the case was erased."""

    round: int
    returned_by: OfficerId
    returned_at: datetime
    reason: str | None
    signed_as: str | None


class ReturnedInvestigationList(Out):
    """Every return of the investigation of a case, the oldest first."""

    items: list[ReturnedInvestigationView]
