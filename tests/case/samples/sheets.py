"""The sheets of a case file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from case.documents import DocumentKind
from case.documents.content import Officer
from case.documents.sheetcontent import (
    Approval,
    ClosureSheet,
    FileCover,
    FileLine,
    FilingSheet,
    LeadSheet,
    PaymentNotice,
    ReportSheet,
    ReviewSheet,
)
from case.documents.wording import document_number
from common.values.clock import BEIJING
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, NOTICE, OFFICERS, PARTY, PROMPT

FIRST, SECOND = OFFICERS
HEAD = Officer("赵强", "明A0009")
NINE = datetime(2025, 3, 10, 9, 0, tzinfo=BEIJING)
CODE = PROMPT.case_code
FINDINGS = ("违法行为是否轻微：否", "是否及时改正：否", "是否没有造成危害后果：否")
CLAUSES = (*NOTICE.violated, *NOTICE.basis)


def number(prefix: str) -> str:
    return document_number(f"明城执{prefix}", year=2025, serial=5)


LEAD = LeadSheet(
    number=number("线"),
    case_code=CODE,
    agency=AGENCY,
    source="电子技术监控设备记录（审核通过）",
    captures=(CAPTURE,),
    happened_at=CAPTURE.captured_at,
    place=CAPTURE.place,
    act=PROMPT.act,
    suspected_code="CM-0107",
    reviewers=OFFICERS,
    recorder="信息系统依据审核通过的记录自动登记",
    recorded_at=NINE,
)
FILING = FilingSheet(
    number=number("立"),
    case_code=CODE,
    agency=AGENCY,
    source=LEAD.source,
    party=PARTY,
    act=PROMPT.act,
    captures=(CAPTURE,),
    reason="提示后未在期限内改正",
    findings=FINDINGS,
    clauses=CLAUSES,
    officers=OFFICERS,
    approvals=(Approval("申请立案", FIRST, NINE), Approval("批准立案", HEAD, NINE)),
)
REPORT = ReportSheet(
    number=number("终"),
    case_code=CODE,
    agency=AGENCY,
    party=PARTY,
    facts=NOTICE.facts,
    evidence=DECISION.evidence,
    captures=(CAPTURE,),
    reasons=NOTICE.reasons,
    clauses=CLAUSES,
    trace=("PRIOR_VIOLATIONS=NONE", "GENERAL: 10000-30000 fen"),
    findings=FINDINGS,
    proposal="罚款：人民币200.00元（大写：贰佰元整）",
    approvals=(Approval("签署", FIRST, NINE), Approval("签署", SECOND, NINE)),
)
REVIEW = ReviewSheet(
    number=number("复"),
    case_code=CODE,
    agency=AGENCY,
    party=PARTY,
    approvals=(Approval("复核", HEAD, NINE),),
    answers=DECISION.answers,
)
PAYMENT = PaymentNotice(
    number=number("缴"),
    case_code=CODE,
    agency=AGENCY,
    payer="张*",
    decision_number=DECISION.number,
    fine_fen=20000,
    reference=DECISION.collection.reference,
    qr=DECISION.collection.qr,
    due_on=date(2025, 4, 25),
    institution=DECISION.collection.institution,
    address=DECISION.collection.address,
)
CLOSURE = ClosureSheet(
    number=number("结"),
    case_code=CODE,
    agency=AGENCY,
    party=PARTY,
    result=REPORT.proposal,
    decision_number=DECISION.number,
    performance="应缴200.00元（大写：贰佰元整），已于2025年4月20日9时00分00秒缴清",
    approvals=(Approval("申请结案", FIRST, NINE), Approval("批准结案", HEAD, NINE)),
    receipts=("31010025000001（校验码ab12cd）",),
)
COVER = FileCover(
    number=number("卷"),
    case_code=CODE,
    agency=AGENCY,
    party=PARTY,
    act=PROMPT.act,
    filed_on=date(2025, 3, 10),
    closed_on=date(2025, 4, 21),
    result=REPORT.proposal,
    officers=OFFICERS,
    documents=(
        FileLine("正卷", "行政处罚决定书", DECISION.number, date(2025, 4, 10), 3),
        FileLine("副卷", "立案审批表", FILING.number, date(2025, 3, 10), 1),
    ),
    pages=4,
    captures=1,
    archivist=Officer("周敏", "明A0012"),
)

SAMPLES = {
    "D-01": (DocumentKind.LEAD, LEAD),
    "D-06": (DocumentKind.FILING, FILING),
    "D-13": (DocumentKind.REPORT, REPORT),
    "D-17": (DocumentKind.REVIEW, REVIEW),
    "D-17-no-statement": (DocumentKind.REVIEW, replace(REVIEW, answers=())),
    "D-23": (DocumentKind.PAYMENT, PAYMENT),
    "D-30": (DocumentKind.CLOSURE, CLOSURE),
    "D-30-no-receipt": (DocumentKind.CLOSURE, replace(CLOSURE, receipts=())),
    "D-35": (DocumentKind.COVER, COVER),
}
