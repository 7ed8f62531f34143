"""The documents between the reviewed defence and the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from case.documents import DocumentKind
from case.documents.deliberationcontent import (
    DiscussionRecord,
    HeadsWords,
    HearingNotice,
    HearingRecord,
    HearingReport,
    LegalReview,
    RecusalDecision,
    ReviewLine,
)
from case.documents.wording import document_number
from common.values.clock import BEIJING
from common.values.masking import masked_name
from tests.case.samples.mainpath import AGENCY, PROMPT

_AT = datetime(2025, 4, 9, 16, 30, tzinfo=BEIJING)
RECUSAL = RecusalDecision(
    number=document_number("明城执避", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    officer="李明",
    applicant="当事人",
    applied_at=_AT,
    ground="与案件有直接利害关系",
    reason="该人员与当事人的竞争者合伙经营",
    decided_by=("赵强",),
    outcome="李明回避",
    why="经查证属实",
    acts="该人员此前的办案行为无效，应当重新进行",
    replacement="孙亮",
)
HEARING_NOTICE = HearingNotice(
    number=document_number("明城执听通", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=masked_name("张伟"),
    act=PROMPT.act,
    opens_at=datetime(2025, 4, 22, 9, 0, tzinfo=BEIJING),
    place="明州市城市管理局三楼听证室",
    openness="听证公开举行",
    chair="何平",
)
HEARING_RECORD = HearingRecord(
    number=document_number("明城执听录", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=masked_name("张伟"),
    act=PROMPT.act,
    began_at=datetime(2025, 4, 22, 9, 0, tzinfo=BEIJING),
    ended_at=datetime(2025, 4, 22, 10, 0, tzinfo=BEIJING),
    place=HEARING_NOTICE.place,
    openness=HEARING_NOTICE.openness,
    chair="何平",
    attendees=("调查人员李明", "当事人张伟"),
    case_made=("车辆未密闭", "建议罚款六千元"),
    course="当事人或者其代理人出席了听证，进行了申辩和质证",
    signing="本笔录经当事人或者其代理人核对无误，已签字或者盖章",
    is_heard=True,
    agents=("王律师",),
    said=("车辆已经加盖篷布",),
    examined=("evd_01jncr8td5e10r7q7km0c5083w",),
)
HEARING_REPORT = HearingReport(
    number=document_number("明城执听报", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    held_at=HEARING_RECORD.ended_at,
    place=HEARING_NOTICE.place,
    course=HEARING_RECORD.course,
    findings=("图像显示车厢没有篷布",),
    opinion="建议按照拟作出的处罚作出决定",
    reasons=("事实清楚，证据充分",),
    chair="何平",
    reported_at=_AT,
)
LEGAL_REVIEW = LegalReview(
    number=document_number("明城执法审", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    proposal="罚款6000元",
    triggers=("直接关系当事人重大权益，经过听证程序",),
    points=(ReviewLine("是否具有管辖权", True, "符合规定"), ReviewLine("裁量是否适当", True, "适当")),
    verdict="同意作出行政处罚决定",
    passes=True,
    reviewer="陈静",
    qualification="法律职业资格证书号：A20183101010001",
    reviewed_at=_AT,
    wants_discussion=True,
)
DISCUSSION = DiscussionRecord(
    number=document_number("明城执议", year=2025, serial=4),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    proposal="罚款6000元",
    triggers=("当事人有权要求听证的处罚",),
    convened_at=_AT,
    concluded_at=datetime(2025, 4, 9, 17, 30, tzinfo=BEIJING),
    place="明州市城市管理局会议室",
    chair="赵强",
    recorder="周敏",
    opinions=(HeadsWords("赵强", "同意", True), HeadsWords("钱进", "建议从轻", False)),
    conclusion="多数同意",
    agreed="同意给予罚款6000元的处罚",
    observers=("李明",),
)

SAMPLES = {
    "D-07": (DocumentKind.RECUSAL, RECUSAL),
    "D-07-refused": (
        DocumentKind.RECUSAL,
        replace(RECUSAL, outcome="李明不回避", why="没有证据", acts=None, replacement=None),
    ),
    "D-18a": (DocumentKind.HEARING_NOTICE, HEARING_NOTICE),
    "D-18b": (DocumentKind.HEARING_RECORD, HEARING_RECORD),
    "D-18b-waived": (
        DocumentKind.HEARING_RECORD,
        replace(
            HEARING_RECORD,
            is_heard=False,
            said=(),
            examined=(),
            agents=(),
            course="当事人及其代理人无正当理由拒不出席听证，视为放弃听证权利，听证终止",
            signing="当事人放弃听证，没有签字",
        ),
    ),
    "D-18c": (DocumentKind.HEARING_REPORT, HEARING_REPORT),
    "D-19": (DocumentKind.LEGAL_REVIEW, LEGAL_REVIEW),
    "D-19-returned": (
        DocumentKind.LEGAL_REVIEW,
        replace(
            LEGAL_REVIEW,
            passes=False,
            verdict="退回补正、纠正后再行审核",
            mend="裁量理由应当写明",
            late_note="当事人申请听证",
            distinct=("2025-1",),
            distinct_reason="时间和地点均不同",
        ),
    ),
    "D-22": (DocumentKind.DISCUSSION, DISCUSSION),
}
