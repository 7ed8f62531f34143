"""The content of the sheets of a case file; every value comes from a record (APL 47, 54).

D-01  LeadSheet       线索登记表              D-17  ReviewSheet     陈述申辩复核意见书
D-06  FilingSheet     立案审批表              D-23  PaymentNotice   缴款通知, the only one for the party
D-13  ReportSheet     调查终结报告            D-30  ClosureSheet    结案审批表
                                              D-35  FileCover       案卷封面、卷内目录、备考表
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from case.documents.content import Agency, Answer, CaptureLine, Officer, Party
from common.documents.content import Content
from common.values.law import APL_45, APL_47, APL_54, APL_57, APL_67


@dataclass(frozen=True)
class Approval(Content):
    """One hand under a sheet: what the person did, who it was, when."""

    step: str
    officer: Officer
    at: datetime


@dataclass(frozen=True)
class LeadSheet(Content):
    """D-01. `recorder` says who or what entered the lead."""

    article = APL_54

    number: str
    case_code: str
    agency: Agency
    source: str
    captures: tuple[CaptureLine, ...]
    happened_at: datetime
    place: str
    act: str
    suspected_code: str
    reviewers: tuple[Officer, ...]
    recorder: str
    recorded_at: datetime


@dataclass(frozen=True)
class FilingSheet(Content):
    """D-06. `reason` are the words of the application, `approvals` the application and the head's approval."""

    article = APL_54

    number: str
    case_code: str
    agency: Agency
    source: str
    party: Party
    act: str
    captures: tuple[CaptureLine, ...]
    reason: str
    findings: tuple[str, ...]
    clauses: tuple[str, ...]
    officers: tuple[Officer, Officer]
    approvals: tuple[Approval, ...]


@dataclass(frozen=True)
class ReportSheet(Content):
    """D-13. `trace` is the computation of the benchmark, line by line."""

    article = APL_57

    number: str
    case_code: str
    agency: Agency
    party: Party
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    captures: tuple[CaptureLine, ...]
    reasons: tuple[str, ...]
    clauses: tuple[str, ...]
    trace: tuple[str, ...]
    findings: tuple[str, ...]
    proposal: str
    approvals: tuple[Approval, Approval]


@dataclass(frozen=True)
class ReviewSheet(Content):
    """D-17: every statement with its answer. Without a statement nothing was to be answered, and the sheet says so."""

    article = APL_45

    number: str
    case_code: str
    agency: Agency
    party: Party
    approvals: tuple[Approval, ...]
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class PaymentNotice(Content):
    """D-23: what is owed under which decision, and how it is paid. Neither agency nor officer takes money (APL 67)."""

    article = APL_67

    number: str
    case_code: str
    agency: Agency
    payer: str
    decision_number: str
    fine_fen: int
    reference: str
    qr: tuple[str, ...]
    due_on: date
    institution: str
    address: str


@dataclass(frozen=True)
class ClosureSheet(Content):
    """D-30. `receipts` are empty where nothing was to be paid."""

    article = APL_47

    number: str
    case_code: str
    agency: Agency
    party: Party
    result: str
    decision_number: str
    performance: str
    approvals: tuple[Approval, Approval]
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileLine(Content):
    """One document of the file as its table of contents names it."""

    volume: str
    title: str
    number: str
    made_on: date
    pages: int


@dataclass(frozen=True)
class FileCover(Content):
    """D-35: the cover, the contents of both volumes, and the note of the archivist."""

    article = APL_47

    number: str
    case_code: str
    agency: Agency
    party: Party
    act: str
    filed_on: date
    closed_on: date
    result: str
    officers: tuple[Officer, Officer]
    documents: tuple[FileLine, ...]
    pages: int
    captures: int
    archivist: Officer
    files: int = 0  # that the party handed in
