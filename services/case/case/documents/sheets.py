"""Fills the sheets of a case file from its records: no word here stands for something that no record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from case.documents import INTERNAL, TEMPLATES, DocumentKind
from case.documents.collectcontent import StatementRecord
from case.documents.content import Officer
from case.documents.endings import OUTCOME_LAW, findings_in_words
from case.documents.evidence import evidence_lines
from case.documents.filling import (
    agency_of,
    answers_of,
    captures_of,
    law_lines_of,
    number_of,
    party_in_full,
    party_name,
    report_of,
)
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
from case.documents.statements import online_statement_of
from case.documents.wording import PENALTY
from case.domain.contents import Findings
from case.domain.deadlines import Terms
from case.domain.erasure import gone
from case.domain.lawoftime import item_of
from case.domain.outcomes import Outcome
from case.domain.surcharge import covered_at
from case.store.dossiers import Dossier
from case.store.records import Course, Recorded
from common.documents.content import Content
from common.documents.figures import day, moment, yuan
from common.documents.glyphs import as_drawable
from common.documents.qr import qr_rows
from common.values.calendar import legal_day
from common.values.profile import Office
from ledger.entry import data_of

SOURCE: Final = "电子技术监控设备记录（审核通过）"
_SYSTEM: Final = "信息系统依据审核通过的记录自动登记"


@dataclass(frozen=True)
class Given:
    """What a sheet is filled from. `people` are the officers that its records name, `archivist` who makes it."""

    dossier: Dossier
    course: Course
    people: Mapping[str, Officer]
    office: Office
    terms: Terms
    maker: Officer

    def number(self, kind: DocumentKind) -> str:
        return number_of(self.dossier, self.office, kind)

    def by(self, step: str, record: Recorded | None) -> Approval:
        """The hand that made `record`."""
        assert record is not None
        return Approval(step, self.people[record.actor], record.at)

    @property
    def clauses(self) -> tuple[str, ...]:
        item = item_of(self.dossier.case, self.terms)
        return (item.violated.zh, item.penalty.zh)

    @property
    def act(self) -> str:
        return item_of(self.dossier.case, self.terms).name

    @property
    def officers(self) -> tuple[Officer, Officer]:
        first, second = (self.people[f"officer:{officer}"] for officer in self.dossier.case.officers)
        return first, second


def actors_of(dossier: Dossier, course: Course) -> set[str]:
    """The officers that a sheet of this case may name, as `officer:<id>`."""
    named = {record.actor for record in course.records if record.actor.startswith("officer:")}
    ids = {*dossier.case.officers, *dossier.case.evidence_reviewers}
    return named | {f"officer:{officer}" for officer in ids}


def lead_sheet(g: Given) -> LeadSheet:
    """D-01, from the record that opened the lead."""
    opened, capture = g.course.last("case.opened"), g.dossier.exhibits[0]
    assert opened is not None
    recorder = g.people[opened.actor].name if opened.actor in g.people else _SYSTEM
    return LeadSheet(
        number=g.number(DocumentKind.LEAD),
        case_code=g.dossier.case.number,
        agency=agency_of(g.office),
        source=SOURCE,
        captures=captures_of(g.dossier),
        happened_at=capture.captured_at,
        place=capture.place,
        act=g.act,
        suspected_code=g.dossier.case.violation_code,
        reviewers=tuple(g.people[f"officer:{id}"] for id in sorted(g.dossier.case.evidence_reviewers)),
        recorder=recorder,
        recorded_at=opened.at,
    )


def filing_sheet(g: Given) -> FilingSheet:
    """D-06, from the application and its approval."""
    applied = g.course.last("case.filing_applied")
    assert applied is not None
    return FilingSheet(
        number=g.number(DocumentKind.FILING),
        case_code=g.dossier.case.number,
        agency=agency_of(g.office),
        source=SOURCE,
        party=party_in_full(g.dossier),
        act=g.act,
        captures=captures_of(g.dossier),
        reason=as_drawable(_said(g, data_of(applied.note)["reason"])),
        findings=findings_in_words(Findings(**data_of(applied.note)["findings"])),
        clauses=g.clauses,
        officers=g.officers,
        approvals=(g.by("申请立案", applied), g.by("批准立案", g.course.last("case.filed"))),
    )


def report_sheet(g: Given) -> ReportSheet:
    """D-13: the report that both signed."""
    report, conclusion = report_of(g.dossier), g.dossier.case.conclusion
    signed = [*g.course.of("case.investigation_signed", "case.investigation_concluded")][-2:]
    assert conclusion is not None
    first, second = (g.by("签署", record) for record in signed)
    # The law as it was weighed for this report: what the head weighed again later stands in the decision.
    until = g.course.records.index(signed[0])
    weighed = sum(record.type == "case.law_weighed" for record in g.course.records[:until])
    return ReportSheet(
        number=g.number(DocumentKind.REPORT),
        case_code=g.dossier.case.number,
        agency=agency_of(g.office),
        party=party_in_full(g.dossier),
        facts=report.facts,
        evidence=evidence_lines(g.dossier),
        captures=captures_of(g.dossier),
        reasons=(*report.reasons, *law_lines_of(g.dossier.case, g.terms, upto=weighed)),
        clauses=g.clauses,
        trace=tuple(data_of(signed[0].note)["trace"]),
        findings=findings_in_words(conclusion.findings),
        proposal=_result(conclusion.outcome, PENALTY[conclusion.proposal.kind], conclusion.proposal.fine_fen),
        approvals=(first, second),
    )


def review_sheet(g: Given) -> ReviewSheet:
    """D-17: each statement with its answer."""
    return ReviewSheet(
        number=g.number(DocumentKind.REVIEW),
        case_code=g.dossier.case.number,
        agency=agency_of(g.office),
        party=party_in_full(g.dossier),
        approvals=tuple(g.by("复核", record) for record in g.course.of("case.defence.reviewed")),
        answers=answers_of(g.dossier),
    )


def statement_sheet(g: Given) -> StatementRecord:
    """D-16 of a statement that came through the platform: the first one without a paper. The counter makes its own."""
    came = [each for each in g.course.of("case.defence.submitted") if each.actor.startswith("party:")]
    made = sum(document.kind == DocumentKind.STATEMENT for document in g.dossier.documents)
    record = came[made - len([*g.course.of("case.statement.written")])]
    words = _said(g, data_of(record.note)["statement"])
    return online_statement_of(g.dossier, g.office, g.terms, words, record.at)


def payment_notice(g: Given) -> PaymentNotice:
    """D-23, from the obligation."""
    payment, decision = g.dossier.case.payment, g.dossier.case.decision
    assert payment is not None
    assert decision is not None
    return PaymentNotice(
        number=g.number(DocumentKind.PAYMENT),
        case_code=g.dossier.case.number,
        agency=agency_of(g.office),
        payer=party_name(g.dossier),
        decision_number=g.dossier.document(decision.document_id).number,
        fine_fen=payment.fine_fen,
        reference=payment.reference,
        qr=qr_rows(payment.reference),
        due_on=payment.due_on,
        institution=g.office.bank_name,
        address=g.office.bank_address,
    )


def closure_sheet(g: Given) -> ClosureSheet:
    """D-30, from the proposal to close and its approval."""
    case = g.dossier.case
    decision, payment = case.decision, case.payment
    assert decision is not None
    parts = payment.parts if payment else ()
    return ClosureSheet(
        number=g.number(DocumentKind.CLOSURE),
        case_code=case.number,
        agency=agency_of(g.office),
        party=party_in_full(g.dossier),
        result=_decided(g.dossier),
        decision_number=g.dossier.document(decision.document_id).number,
        performance=_performed(g),
        approvals=(
            g.by("申请结案", g.course.last("case.closure_proposed")),
            g.by("批准结案", g.course.last("case.closed")),
        ),
        receipts=tuple(
            f"{part.receipt.number}（校验码{part.receipt.code}）" for part in parts if part.receipt
        ),
    )


def file_cover(g: Given) -> FileCover:
    """D-35: what the file holds at this hour, its own cover aside."""
    case, documents = g.dossier.case, g.dossier.documents
    assert case.filed_at is not None
    assert case.closed_at is not None
    return FileCover(
        number=g.number(DocumentKind.COVER),
        case_code=case.number,
        agency=agency_of(g.office),
        party=party_in_full(g.dossier),
        act=g.act,
        filed_on=legal_day(case.filed_at),
        closed_on=legal_day(case.closed_at),
        result=_decided(g.dossier),
        officers=g.officers,
        documents=tuple(
            FileLine(
                "副卷" if document.kind in INTERNAL else "正卷",
                TEMPLATES[DocumentKind(document.kind)].title,
                document.number,
                legal_day(document.made_at),
                document.pages,
            )
            for document in documents
        ),
        pages=sum(document.pages for document in documents),
        captures=len(case.exhibits),
        archivist=g.maker,
        files=len(case.files),
    )


FILLED_BY: Final = {
    DocumentKind.LEAD: lead_sheet,
    DocumentKind.FILING: filing_sheet,
    DocumentKind.REPORT: report_sheet,
    DocumentKind.STATEMENT: statement_sheet,
    DocumentKind.REVIEW: review_sheet,
    DocumentKind.PAYMENT: payment_notice,
    DocumentKind.CLOSURE: closure_sheet,
    DocumentKind.COVER: file_cover,
}


def sheet_of(kind: DocumentKind, given: Given) -> Content:
    """The content of the sheet of this kind, which is due."""
    content: Content = FILLED_BY[kind](given)
    return content


def _said(g: Given, commitment: Mapping[str, Any]) -> str:
    try:
        return g.course.said(commitment)
    except KeyError:
        raise gone(g.dossier.case.id) from None


def _decided(dossier: Dossier) -> str:
    decision = dossier.case.decision
    assert decision is not None
    kind = PENALTY[decision.proposal.kind] if decision.proposal else ""
    return _result(decision.outcome, kind, decision.fine_fen)


def _result(outcome: Outcome, kind: str, fine_fen: int) -> str:
    if outcome is not Outcome.PENALTY:
        return f"依照{OUTCOME_LAW[outcome].zh}不予行政处罚"
    return f"{kind}：人民币{yuan(fine_fen)}" if fine_fen else kind


def _performed(g: Given) -> str:
    case = g.dossier.case
    paid_at = covered_at(case)
    if case.payment is not None and case.payment.fine_fen and paid_at is not None:
        return f"应缴{yuan(case.payment.fine_fen)}，已于{moment(paid_at)}缴清"
    assert case.served_at is not None
    return f"决定书于{day(case.served_at)}送达，无需缴纳款项"
