"""The answers to a remedy, each with its list of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from case.documents import DocumentKind
from case.documents.remedycontent import EvidenceLine, RemedyAnswer
from case.documents.wording import document_number
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, NOTICE, OFFICERS, PARTY, PROMPT

ANSWER = RemedyAnswer(
    number=document_number("明城执复答", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    organ="明州市人民政府",
    reference="明复〔2025〕12号",
    opponent="申请人",
    party=PARTY,
    decision_number=DECISION.number,
    decided_on=date(2025, 4, 1),
    served_on=date(2025, 4, 3),
    facts=NOTICE.facts,
    reasons=("图像清晰显示车厢未密闭",),
    basis=(*NOTICE.violated, *NOTICE.basis),
    evidence=(
        EvidenceLine(
            f"电子技术监控设备记录（编号{CAPTURE.evidence_id}）",
            f"设备{CAPTURE.device_code}，设置于{CAPTURE.place}",
            "违法事实",
            CAPTURE.sha256,
        ),
        EvidenceLine(NOTICE.number, "本机关制作", "处罚前已经告知拟处罚内容和陈述、申辩的权利", "cd" * 32),
    ),
    officers=OFFICERS,
    signed_as="赵强",
)

SAMPLES = {
    "D-33a": (DocumentKind.RECONSIDERATION_ANSWER, ANSWER),
    "D-33b": (
        DocumentKind.SUIT_ANSWER,
        replace(
            ANSWER,
            number=document_number("明城执诉答", year=2025, serial=3),
            organ="明州市中区人民法院",
            reference="（2025）明0101行初12号",
            opponent="原告",
        ),
    ),
}
