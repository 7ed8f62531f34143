"""The catalogue of government data on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CatalogueItemId
from common.web.wire import Code, Day, In, Name, Out, Text
from data_exchange.contract.exchanges import ClockView

ShareCode = Literal["UNCONDITIONAL", "CONDITIONAL", "NOT_SHARED"]
MannerCode = Literal["API", "BATCH", "FILE", "VERIFICATION_ONLY"]
ClassificationCode = Literal["GENERAL", "IMPORTANT", "CORE", "WORK_SECRET", "STATE_SECRET"]
"""The last two are refused: a secret is no government data (GDS 3(1))."""


class FieldOrder(In):
    """One data item (数据项): its code, its name, its type in words, and whether it tells something of a person."""

    code: Code
    name: Name
    type: Text
    is_personal: bool


class CitationOrder(In):
    """The provision that keeps the data from being shared: LAW, ADMIN_REGULATION or STATE_COUNCIL_DECISION."""

    level: Code
    name: Name
    article: Text


class VersionOrder(In):
    """Data of one's own, described for the catalogue (GDS 13(2)).

    CONDITIONAL states its `conditions`, UNCONDITIONAL has none; NOT_SHARED states `reason` and `citation` (GDS 14, 15).
    """

    name: Name
    fields: list[FieldOrder] = Field(min_length=1, max_length=200)
    format: Text
    update_frequency: Text
    share: ShareCode
    manners: list[MannerCode] = Field(min_length=1, max_length=4)
    classification: ClassificationCode
    conditions: Text | None = None
    reason: Text | None = None
    citation: CitationOrder | None = None


class AssessmentOrder(In):
    """One of the two assessments before the head's sign-off, with its outcome and its words (GDS 13(1))."""

    assessment: Literal["SECRECY", "PERSONAL_INFORMATION"]
    outcome: Literal["PASSED", "NOT_PASSED"]
    text: Text


class SignOffOrder(In):
    """The body of a sign-off is empty."""


class SubmissionOrder(In):
    """The body of a submission is empty: the authority is the one of the city's profile."""


class ListingOrder(In):
    """The body of a listing is empty."""


class ReturnOrder(In):
    """Why the version is not listed."""

    reason: Text


class ChangeCauseOrder(In):
    """What obliges the agency to change its item, and the day on which it arose (GDS 17(2))."""

    cause: Literal["LAW_ADJUSTED", "DUTY_CHANGED"]
    arose_on: Day
    text: Text


class ChangeExtensionOrder(In):
    """The authority consents to this many working days more, for a special reason (GDS 17(2))."""

    days: int = Field(ge=1, le=30)
    reason: Text


class FieldView(Out):
    code: str
    name: str
    type: str
    is_personal: bool


class CitationView(Out):
    level: str
    name: str
    article: str


class CatalogueEntry(Out):
    """One item as the catalogue announces it. `version` is the one that is described."""

    item_id: CatalogueItemId
    agency_id: AgencyId
    state: str
    version: int
    listed_version: int | None
    name: str
    share: str
    manners: list[str]
    classification: str
    format: str
    update_frequency: str
    fields: list[FieldView]
    conditions: str | None
    reason: str | None
    citation: CitationView | None


class NoteView(Out):
    """The words of an assessment, a return, a cause or an extension: for the agency and the authority."""

    n: int
    kind: str
    made_at: datetime
    text: str


class CatalogueItemView(CatalogueEntry):
    """One item. Assessments, clocks and notes are of the newest version; another agency sees no notes."""

    authority_id: AgencyId | None
    newest_version: int
    secrecy: str | None
    personal_information: str | None
    clocks: list[ClockView]
    notes: list[NoteView]
