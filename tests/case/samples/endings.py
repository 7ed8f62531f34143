"""The documents by which a case ends without a penalty."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from case.documents import DocumentKind
from case.documents.endcontent import Education, NonFiling, NoPenalty
from case.documents.wording import document_number
from common.values.clock import BEIJING
from common.values.masking import masked_name
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, NOTICE, OFFICERS, PARTY, PROMPT

NON_FILING = NonFiling(
    number=document_number("明城执不立", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    reason="违法事实不能成立",
    clause="《中华人民共和国行政处罚法》第五十七条第一款第三项",
    findings=("违法行为是否轻微：否", "是否及时改正：否", "是否没有造成危害后果：否"),
    ground="图像中的车辆已经密闭",
    captures=(CAPTURE,),
    proposer="李明",
    proposed_at=datetime(2025, 4, 9, 16, 30, tzinfo=BEIJING),
    approver="赵强",
)
EDUCATION = Education(
    number=document_number("明城执教", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=masked_name("张伟"),
    act=PROMPT.act,
    happened_at=CAPTURE.captured_at,
    place=CAPTURE.place,
    why="违法行为轻微并及时改正，没有造成危害后果",
    duty="《明州市建筑垃圾管理条例》第十条",
    text="运输建筑垃圾的车辆应当密闭",
    told_at=datetime(2025, 4, 9, 16, 30, tzinfo=BEIJING),
    how="当面",
)
NO_PENALTY = NoPenalty(
    number=document_number("明城执不罚", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    facts=NOTICE.facts,
    captures=(CAPTURE,),
    reasons=("违法行为轻微并及时改正，没有造成危害后果",),
    clause="《中华人民共和国行政处罚法》第三十三条",
    is_educated=True,
    remedies=DECISION.remedies,
    officers=OFFICERS,
    answers=DECISION.answers,
    education="运输建筑垃圾的车辆应当密闭",
    reconsideration_url=DECISION.reconsideration_url,
)

SAMPLES = {
    "D-04": (DocumentKind.NON_FILING, NON_FILING),
    "D-05": (DocumentKind.EDUCATION, EDUCATION),
    "D-20": (DocumentKind.NO_PENALTY, NO_PENALTY),
    "D-20-no-violation": (
        DocumentKind.NO_PENALTY,
        replace(NO_PENALTY, is_educated=False, education=None, answers=(), reconsideration_url=None),
    ),
}
