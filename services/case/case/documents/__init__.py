"""The legal documents (文书) of a case.

content.py   what each document must say; endcontent.py those by which a case ends without a penalty,
             remedycontent.py the answer to a remedy, deliberationcontent.py those before the decision,
             amendcontent.py those that amend a decision
adverse.py   which kinds of documents name their remedies, and that they do
filling.py   fills them from the dossier of a case; endings.py, remedies.py and amendments.py likewise
sheets.py    fills the sheets of the file from its records; sheetcontent.py says what each must say
volumes.py   the whole file as one archive
filling.py   fills them from the dossier of a case; endings.py, remedies.py, deliberation.py and hearings.py likewise
wording.py   the sentences and numbers that are ours and not the template's
drafts.py    a document on its way: read, rendered and stored before the change that makes it valid
*.typ        the templates, on the page of `common.documents`
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from case.documents.adverse import require_remedies
from case.documents.amendcontent import AmendedDecision, CorrectedDecision
from case.documents.collectcontent import (
    InquiryRecord,
    InspectionRecord,
    MaterialRequest,
    PreservationEnd,
    PreservationNotice,
    StatementRecord,
)
from case.documents.content import Decision, PriorNotice, Prompt
from case.documents.correctioncontent import CorrectionNotice
from case.documents.deliberationcontent import (
    DiscussionRecord,
    HearingNotice,
    HearingRecord,
    HearingReport,
    LegalReview,
    RecusalDecision,
)
from case.documents.endcontent import Education, NonFiling, NoPenalty
from case.documents.executioncontent import (
    CourtRequest,
    Demand,
    EnforcementEnd,
    ReliefDecision,
    Suspension,
)
from case.documents.remedycontent import RemedyAnswer
from case.documents.sheetcontent import (
    ClosureSheet,
    FileCover,
    FilingSheet,
    LeadSheet,
    PaymentNotice,
    ReportSheet,
    ReviewSheet,
)
from case.documents.summarycontent import OnTheSpot
from case.documents.transfercontent import CrimeTransfer, TransferLetter
from common.documents import render as renderer
from common.documents.content import Content
from common.documents.render import Template, Verification

_FOLDER: Final = Path(__file__).parent


class DocumentKind(StrEnum):
    """The documents we can make, by their numbers in records."""

    LEAD = "D-01"
    PROMPT = "D-02"
    CORRECTION = "D-03"
    NON_FILING = "D-04"
    EDUCATION = "D-05"
    FILING = "D-06"
    RECUSAL = "D-07"
    INQUIRY = "D-08"
    MATERIAL = "D-09"
    INSPECTION = "D-10"
    PRESERVATION = "D-11"
    PRESERVATION_END = "D-11a"
    REPORT = "D-13"
    PRIOR_NOTICE = "D-14"
    STATEMENT = "D-16"
    REVIEW = "D-17"
    HEARING_NOTICE = "D-18a"
    HEARING_RECORD = "D-18b"
    HEARING_REPORT = "D-18c"
    LEGAL_REVIEW = "D-19"
    NO_PENALTY = "D-20"
    DECISION = "D-20a"
    ON_THE_SPOT = "D-21"
    RECONSIDERATION_ANSWER = "D-33a"
    SUIT_ANSWER = "D-33b"
    PAYMENT = "D-23"
    CLOSURE = "D-30"
    COVER = "D-35"
    DISCUSSION = "D-22"
    SUSPENSION = "D-12"
    RELIEF = "D-24"
    DEMAND = "D-27"
    COURT = "D-28"
    ENFORCEMENT_END = "D-29"
    TRANSFER = "D-31"
    CRIME = "D-32"
    AMENDMENT = "D-36"
    CLERICAL = "D-36a"


INTERNAL: Final = frozenset(
    {
        DocumentKind.LEAD,
        DocumentKind.NON_FILING,
        DocumentKind.FILING,
        DocumentKind.REPORT,
        DocumentKind.REVIEW,
        DocumentKind.CLOSURE,
        DocumentKind.COVER,
        DocumentKind.HEARING_REPORT,
        DocumentKind.LEGAL_REVIEW,
        DocumentKind.DISCUSSION,
        DocumentKind.SUSPENSION,
        DocumentKind.ENFORCEMENT_END,
        DocumentKind.CRIME,
    }
)
"""What the agency says to itself: the party is told by another document."""

LEAVING: Final = frozenset({DocumentKind.CRIME})
"""What goes to another organ and not to the party: it is sealed like what the party gets."""

TEMPLATES: Final = {
    DocumentKind.LEAD: Template("D-01", "线索登记表", _FOLDER / "lead.typ", LeadSheet),
    DocumentKind.FILING: Template("D-06", "立案审批表", _FOLDER / "filing.typ", FilingSheet),
    DocumentKind.REPORT: Template("D-13", "调查终结报告", _FOLDER / "report.typ", ReportSheet),
    DocumentKind.REVIEW: Template("D-17", "陈述申辩复核意见书", _FOLDER / "review.typ", ReviewSheet),
    DocumentKind.PAYMENT: Template("D-23", "缴款通知", _FOLDER / "payment.typ", PaymentNotice),
    DocumentKind.CLOSURE: Template("D-30", "结案审批表", _FOLDER / "closure.typ", ClosureSheet),
    DocumentKind.COVER: Template("D-35", "案卷封面、卷内目录、备考表", _FOLDER / "cover.typ", FileCover),
    DocumentKind.PROMPT: Template("D-02", "涉嫌违法行为告知提示", _FOLDER / "prompt.typ", Prompt),
    DocumentKind.CORRECTION: Template(
        "D-03", "责令（限期）改正通知书", _FOLDER / "correction.typ", CorrectionNotice
    ),
    DocumentKind.PRIOR_NOTICE: Template(
        "D-14", "行政处罚事先告知书", _FOLDER / "prior_notice.typ", PriorNotice
    ),
    DocumentKind.NON_FILING: Template("D-04", "不予立案审批表", _FOLDER / "non_filing.typ", NonFiling),
    DocumentKind.EDUCATION: Template("D-05", "教育告知书", _FOLDER / "education.typ", Education),
    DocumentKind.RECUSAL: Template("D-07", "回避决定书", _FOLDER / "recusal.typ", RecusalDecision),
    DocumentKind.INQUIRY: Template("D-08", "询问笔录", _FOLDER / "inquiry.typ", InquiryRecord),
    DocumentKind.MATERIAL: Template(
        "D-09", "调取证据通知书", _FOLDER / "material_request.typ", MaterialRequest
    ),
    DocumentKind.INSPECTION: Template(
        "D-10", "勘验（检查）、现场笔录", _FOLDER / "inspection.typ", InspectionRecord
    ),
    DocumentKind.PRESERVATION: Template(
        "D-11", "先行登记保存证据通知书", _FOLDER / "preservation.typ", PreservationNotice
    ),
    DocumentKind.PRESERVATION_END: Template(
        "D-11a", "先行登记保存证据处理通知书", _FOLDER / "preservation_end.typ", PreservationEnd
    ),
    DocumentKind.STATEMENT: Template(
        "D-16", "陈述申辩书（笔录）", _FOLDER / "statement.typ", StatementRecord
    ),
    DocumentKind.HEARING_NOTICE: Template(
        "D-18a", "行政处罚听证通知书", _FOLDER / "hearing_notice.typ", HearingNotice
    ),
    DocumentKind.HEARING_RECORD: Template("D-18b", "听证笔录", _FOLDER / "hearing_record.typ", HearingRecord),
    DocumentKind.HEARING_REPORT: Template("D-18c", "听证报告", _FOLDER / "hearing_report.typ", HearingReport),
    DocumentKind.DISCUSSION: Template("D-22", "集体讨论记录", _FOLDER / "discussion.typ", DiscussionRecord),
    DocumentKind.LEGAL_REVIEW: Template("D-19", "法制审核意见书", _FOLDER / "legal_review.typ", LegalReview),
    DocumentKind.NO_PENALTY: Template("D-20", "不予行政处罚决定书", _FOLDER / "no_penalty.typ", NoPenalty),
    DocumentKind.DECISION: Template("D-20a", "行政处罚决定书", _FOLDER / "decision.typ", Decision),
    DocumentKind.ON_THE_SPOT: Template("D-21", "当场行政处罚决定书", _FOLDER / "on_the_spot.typ", OnTheSpot),
    DocumentKind.RECONSIDERATION_ANSWER: Template(
        "D-33a", "行政复议答复书", _FOLDER / "remedy_answer.typ", RemedyAnswer
    ),
    DocumentKind.SUIT_ANSWER: Template(
        "D-33b", "行政诉讼答辩状", _FOLDER / "remedy_answer.typ", RemedyAnswer
    ),
    DocumentKind.SUSPENSION: Template(
        "D-12", "中止（恢复）调查审批表", _FOLDER / "suspension.typ", Suspension
    ),
    DocumentKind.RELIEF: Template(
        "D-24", "延期（分期）缴纳罚款决定书", _FOLDER / "relief.typ", ReliefDecision
    ),
    DocumentKind.DEMAND: Template("D-27", "催告书", _FOLDER / "demand.typ", Demand),
    DocumentKind.COURT: Template("D-28", "强制执行申请书", _FOLDER / "court_request.typ", CourtRequest),
    DocumentKind.ENFORCEMENT_END: Template(
        "D-29", "终结执行审批表", _FOLDER / "enforcement_end.typ", EnforcementEnd
    ),
    DocumentKind.TRANSFER: Template(
        "D-31", "案件（线索）移送函", _FOLDER / "transfer_letter.typ", TransferLetter
    ),
    DocumentKind.CRIME: Template("D-32", "涉嫌犯罪案件移送书", _FOLDER / "crime_transfer.typ", CrimeTransfer),
    DocumentKind.AMENDMENT: Template(
        "D-36", "撤销（变更）决定书", _FOLDER / "amendment.typ", AmendedDecision
    ),
    DocumentKind.CLERICAL: Template("D-36a", "更正决定书", _FOLDER / "clerical.typ", CorrectedDecision),
}


def render(
    kind: DocumentKind,
    content: Content,
    at: datetime,
    *,
    salt: str = "",
    verification: Verification | None = None,
) -> bytes:
    """The PDF/A-3a bytes of `content` as a document of `kind` made at `at`.

    Raises Refusal CASE_REMEDY_TEXT_MISSING for an adverse document without its remedies (ARR 25).
    """
    require_remedies(kind, content)
    return renderer.render(TEMPLATES[kind], content, at, salt=salt, verification=verification)
