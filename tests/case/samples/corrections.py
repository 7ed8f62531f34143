"""The order to correct, as a document of its own."""

from __future__ import annotations

from dataclasses import replace

from case.documents import DocumentKind
from case.documents.correctioncontent import CorrectionNotice
from case.documents.wording import document_number
from common.values.law import APL_28_1
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, NOTICE, PARTY, PROMPT

NOTICE_TO_CORRECT = CorrectionNotice(
    number=document_number("明城执责改", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    happened_at=CAPTURE.captured_at,
    place=CAPTURE.place,
    act=PROMPT.act,
    violated=NOTICE.violated,
    basis=APL_28_1.zh,
    correction="对运输建筑垃圾的车厢采取密闭措施",
    deadline="自收到本通知书之日起3日内",
    consequence="逾期不改正的，本机关将依照《明州市建筑垃圾管理条例》第三十条的规定依法处理",
    remedies=DECISION.remedies,
    reconsideration_url="https://demo.mingzheng.example/reconsideration",
)

SAMPLES = {
    "D-03": (DocumentKind.CORRECTION, NOTICE_TO_CORRECT),
    "D-03-at-once": (DocumentKind.CORRECTION, replace(NOTICE_TO_CORRECT, deadline="收到本通知书后立即")),
}
