"""The words of the records of an investigation, as they are read. What is sent is judged in `collecting`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.web.wire import Out


class AskedView(Out):
    """One question and its answer, as they were said."""

    question: str
    answer: str


class RecordingView(Out):
    """The recording of an inquiry: the digest of the uploaded file, and what it holds in key words."""

    sha256: str
    note: str


class SigningView(Out):
    """What stands under the record, with the digest of the file that shows it."""

    by: Literal["SIGNED", "REFUSED", "RECORDED"]
    proof_sha256: str
    note: str | None


class InquiryWordsView(Out):
    """The record of an inquiry (询问笔录) in full."""

    began_at: datetime
    ended_at: datetime
    place: str
    medium: Literal["IN_PERSON", "VIDEO"]
    role: Literal["PARTY", "REPRESENTATIVE", "WITNESS", "OTHER"]
    person: str
    identity: str
    recorder: str
    signed_as: str
    shows_certificates: bool
    tells_rights: bool
    asked: list[AskedView]
    signing: SigningView
    recording: RecordingView | None


class DrawingView(Out):
    """A drawing or a picture of the place: the digest of the uploaded file, and what it shows."""

    sha256: str
    caption: str


class PresenceView(Out):
    """Who of the party was there and signed, or the witness in its place."""

    by: Literal["SIGNED", "REFUSED", "ABSENT"]
    proof_sha256: str
    name: str | None
    witness: str | None


class InspectionWordsView(Out):
    """The record of an inspection (勘验、检查笔录, 现场笔录) in full."""

    began_at: datetime
    ended_at: datetime
    place: str
    present: list[str]
    signed_as: str
    shows_certificates: bool
    course: list[str]
    findings: list[str]
    drawings: list[DrawingView]
    signing: PresenceView


class MaterialRequestWordsView(Out):
    """What somebody was asked for (调取证据通知书): whom, what, what for, until when."""

    recipient: str
    items: list[str]
    purpose: str
    due_on: date
    signed_as: str


class RecordWordsView(Out):
    """A record in full, for the officer who is to sign it. Two of the three are null."""

    inquiry: InquiryWordsView | None
    inspection: InspectionWordsView | None
    request: MaterialRequestWordsView | None
