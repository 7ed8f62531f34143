"""The investigation on the wire: inquiries, inspections, requests for material, statements at the counter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from case.contract.preserving import PreservationView
from common.values.ids import CaseId, DocumentId, OfficerId
from common.web.wire import Day, Digest, In, Instant, LongText, Out, Text

Lines = Annotated[list[Text], Field(min_length=1, max_length=100)]
Names = Annotated[list[Line], Field(min_length=1, max_length=20)]


class AskedPart(In):
    """One question and its answer, as they were said."""

    question: Text
    answer: LongText


class RecordingPart(In):
    """The recording of an inquiry: the digest of the uploaded file, and what it holds in key words."""

    sha256: Digest
    note: Text


class SigningPart(In):
    """What stands under the record once it was read over: a signature, a refusal with its reason, or the recording.

    `proof_sha256` is the digest of the uploaded file that shows it.
    """

    by: Literal["SIGNED", "REFUSED", "RECORDED"]
    proof_sha256: Digest
    note: Line | None = None


class InquiryOrder(In):
    """The record of an inquiry (询问笔录). `identity` says how the officers know who answered, without a number.

    `signed_as` is the first officer's name as the record prints it.
    """

    began_at: Instant
    ended_at: Instant
    place: Line
    medium: Literal["IN_PERSON", "VIDEO"]
    role: Literal["PARTY", "REPRESENTATIVE", "WITNESS", "OTHER"]
    person: Line
    identity: Line
    recorder: Line
    signed_as: Line
    shows_certificates: bool
    tells_rights: bool
    asked: Annotated[list[AskedPart], Field(min_length=1, max_length=200)]
    signing: SigningPart
    recording: RecordingPart | None = None


class DrawingPart(In):
    """A drawing or a picture of the place: the digest of the uploaded file, and what it shows."""

    sha256: Digest
    caption: Line


class PresencePart(In):
    """Who of the party was there and signed. A party that was absent or refused has a witness in its place."""

    by: Literal["SIGNED", "REFUSED", "ABSENT"]
    proof_sha256: Digest
    name: Line | None = None
    witness: Line | None = None


class InspectionOrder(In):
    """The record of an inspection or of what the officers found on the spot (勘验、检查笔录, 现场笔录)."""

    began_at: Instant
    ended_at: Instant
    place: Line
    present: Names
    signed_as: Line
    shows_certificates: bool
    course: Lines
    findings: Lines
    drawings: Annotated[list[DrawingPart], Field(max_length=20)] = []
    signing: PresencePart


class MaterialRequestOrder(In):
    """Ask somebody for material (调取证据通知书): whom, what, what for, until when."""

    recipient: Line
    items: Lines
    purpose: Text
    due_on: Day
    signed_as: Line


class RecordSignatureOrder(In):
    """The second officer signs the record as it stands; the name as the record prints it."""

    signed_as: Line


class RecordVoidOrder(In):
    """Why the record is taken back."""

    reason: Text


class MaterialOrder(In):
    """What came upon the request, as files that were uploaded to the case; `is_whole`: nothing is missing any more."""

    items: Annotated[list[Digest], Field(min_length=1, max_length=50)]
    is_whole: bool


class StatementAtCounterOrder(In):
    """What the party says at the counter, in its words; `final`: nothing more will follow.

    `proof_sha256` is the digest of the signed paper, uploaded as a proof before. `files` are the numbers of what the
    party handed over and the officer took in (`/uploads`).
    """

    statement: LongText
    final: bool
    is_read_over: bool
    signing: Literal["SIGNED", "REFUSED"]
    note: Line | None = None
    signed_as: Line
    proof_sha256: Digest
    files: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=200)] = []


class FieldRecordView(Out):
    """One record of the investigation. `document_id` is null until the second officer signed it.

    `with_party`: the party or its representative was there, and may read the document.
    """

    number: int
    kind: str
    first: OfficerId
    second: OfficerId
    with_party: bool
    began_at: datetime
    ended_at: datetime
    due_on: date | None
    document_id: DocumentId | None
    voided: bool
    provided_at: datetime | None
    is_whole: bool | None


class CollectionView(Out):
    """The investigation of a case: its records, and the evidence that is kept where it is."""

    case_id: CaseId
    state: str
    records: list[FieldRecordView]
    preservations: list[PreservationView]
