"""The documents by which an agency amends its own decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from case.documents import DocumentKind
from case.documents.amendcontent import AmendedDecision, CorrectedDecision, CorrectedWord
from case.documents.wording import document_number
from tests.case.samples.mainpath import AGENCY, DECISION, PARTY, PROMPT

REVOKED = AmendedDecision(
    number=document_number("明城执改", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    original=DECISION.number,
    original_title="行政处罚决定书",
    original_on=date(2025, 4, 10),
    act="撤销",
    reason="作为证据的设备在抓拍时检定证书无效，其记录不得作为处罚的证据",
    clause="《中华人民共和国行政处罚法》第七十五条第二款",
    consequences=("原决定自始不再执行，你（单位）无需再缴纳罚款及加处罚款",),
    remedies=DECISION.remedies,
    refund_fen=20600,
    reconsideration_url=DECISION.reconsideration_url,
)
CORRECTED = CorrectedDecision(
    number=document_number("明城执更", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    original=DECISION.number,
    original_title="行政处罚决定书",
    original_on=date(2025, 4, 10),
    words=(CorrectedWord("地点名称", "示范路与建设路交差口", "示范路与建设路交叉口"),),
    reason="原文将交叉口误写",
    remedies=DECISION.remedies,
)

SAMPLES = {
    "D-36": (DocumentKind.AMENDMENT, REVOKED),
    "D-36-change": (
        DocumentKind.AMENDMENT,
        replace(
            REVOKED,
            act="变更",
            reason="当事人主动消除危害后果的事实在原决定中没有考虑",
            consequences=("原决定与本决定不一致的，以本决定为准",),
            penalty="罚款",
            fine_fen=10000,
            refund_fen=0,
            collection=DECISION.collection,
        ),
    ),
    "D-36a": (DocumentKind.CLERICAL, CORRECTED),
}
