"""The content of the documents of an investigation.

D-08   InquiryRecord       询问笔录                      APL 55
D-09   MaterialRequest     调取证据通知书                APL 54, 55(2)
D-10   InspectionRecord    勘验（检查）、现场笔录        APL 54, 55
D-11   PreservationNotice  先行登记保存证据通知书        APL 56; with remedies
D-11a  PreservationEnd     先行登记保存证据处理通知书    APL 56; with remedies
D-16   StatementRecord     陈述申辩书（笔录）            APL 45
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from case.documents.content import Agency, Officer, Party, Remedies
from common.documents.content import Content, is_empty
from common.values.law import APL_45, APL_54, APL_55, APL_56


@dataclass(frozen=True)
class Question(Content):
    """One question and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True)
class InquiryRecord(Content):
    """D-08. `recording` names the recording by its digest; with one, `recording_note` says what it holds."""

    article = APL_55

    number: str
    case_code: str
    agency: Agency
    act: str
    began_at: datetime
    ended_at: datetime
    place: str
    medium: str
    role: str
    person: str
    identity: str
    inquirers: tuple[Officer, Officer]
    recorder: str
    shown: str
    told: str
    asked: tuple[Question, ...]
    signing: str
    recording: str | None = None
    recording_note: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.recording is not None and is_empty(self.recording_note):
            self.refuse(["recording_note"])


@dataclass(frozen=True)
class MaterialRequest(Content):
    """D-09. `deadline` is the last day to provide the material."""

    article = APL_54

    number: str
    case_code: str
    agency: Agency
    recipient: str
    act: str
    items: tuple[str, ...]
    purpose: str
    deadline: date
    basis: tuple[str, ...]
    officers: tuple[Officer, Officer]


@dataclass(frozen=True)
class Drawing(Content):
    """A drawing or a picture that belongs to a record: what it shows, and its digest."""

    caption: str
    sha256: str


@dataclass(frozen=True)
class InspectionRecord(Content):
    """D-10: what the officers did and found, and who was there. `signing` is what stands under it."""

    article = APL_55

    number: str
    case_code: str
    agency: Agency
    act: str
    began_at: datetime
    ended_at: datetime
    place: str
    present: tuple[str, ...]
    inspectors: tuple[Officer, Officer]
    shown: str
    course: tuple[str, ...]
    findings: tuple[str, ...]
    signing: str
    drawings: tuple[Drawing, ...] = ()


@dataclass(frozen=True)
class Goods(Content):
    """One line of the list."""

    name: str
    quantity: str
    condition: str


@dataclass(frozen=True)
class PreservationNotice(Content):
    """D-11: the list, the place, the seven working days, and that the head approved."""

    article = APL_56

    number: str
    case_code: str
    agency: Agency
    party: Party
    act: str
    reason: str
    goods: tuple[Goods, ...]
    place: str
    keeper: str
    from_on: date
    days: int
    until_on: date
    basis: str
    approver: str
    remedies: Remedies
    reconsideration_url: str


@dataclass(frozen=True)
class PreservationEnd(Content):
    """D-11a: what becomes of what was kept, and why."""

    article = APL_56

    number: str
    case_code: str
    agency: Agency
    party: Party
    notice_number: str
    kept_from: date
    goods: tuple[Goods, ...]
    outcome: str
    reason: str
    basis: str
    approver: str
    remedies: Remedies
    reconsideration_url: str


@dataclass(frozen=True)
class StatementRecord(Content):
    """D-16: what the party said, in its own words. `way` says how it came, `signing` what stands under it.

    `attachments` are the digests of what it handed over; `recorder` wrote it down, where somebody did.
    """

    article = APL_45

    number: str
    case_code: str
    agency: Agency
    party: str
    act: str
    claims: tuple[str, ...]
    stated_at: datetime
    way: str
    signing: str
    attachments: tuple[str, ...] = ()
    recorder: str | None = None
