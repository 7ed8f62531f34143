"""The acts of an investigation: an inquiry, an inspection, a request, evidence that is kept, and a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from case.documents import DocumentKind
from case.documents.collectcontent import (
    Drawing,
    Goods,
    InquiryRecord,
    InspectionRecord,
    MaterialRequest,
    PreservationEnd,
    PreservationNotice,
    Question,
    StatementRecord,
)
from case.documents.wording import document_number
from common.values.clock import BEIJING
from tests.case.samples.mainpath import AGENCY, DECISION, NOTICE, PARTY, PROMPT

SHOWN = "执法人员已主动向在场人员出示执法证件"
FROM, UNTIL = datetime(2025, 3, 18, 9, 0, tzinfo=BEIJING), datetime(2025, 3, 18, 9, 40, tzinfo=BEIJING)

INQUIRY = InquiryRecord(
    number=document_number("明城执询", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    began_at=FROM,
    ended_at=UNTIL,
    place="明州市城市管理行政执法局询问室",
    medium="当面询问",
    role="当事人",
    person="张示范",
    identity="出示本人居民身份证，经核对与本人一致",
    inquirers=NOTICE.officers,
    recorder="李示例",
    shown=SHOWN,
    told="已告知被询问人：有权申请回避，有权陈述和申辩，有权核对笔录，要求补充、更正",
    asked=(
        Question("车辆当时由谁驾驶？", "由我本人驾驶。"),
        Question("车厢为什么没有密闭？", "篷布破损，装车后没有更换。"),
    ),
    signing="以上笔录已交被询问人核对，被询问人确认无误并签字",
)
INSPECTION = InspectionRecord(
    number=document_number("明城执勘", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    began_at=FROM,
    ended_at=UNTIL,
    place=PROMPT.place,
    present=("张示范", "见证人刘某"),
    inspectors=NOTICE.officers,
    shown=SHOWN,
    course=("查看车厢和篷布", "拍摄现场照片两张"),
    findings=("篷布破损，车厢未密闭", "车厢内装有建筑垃圾"),
    signing="当事人核对无误，已签字",
    drawings=(Drawing("现场平面图", "ab" * 32),),
)
REQUEST = MaterialRequest(
    number=document_number("明城执调", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    recipient="明州市某渣土运输有限公司",
    act=PROMPT.act,
    items=("2025年3月14日该车的运输记录", "该车篷布的检修记录"),
    purpose="核实车辆当日的密闭情况",
    deadline=date(2025, 3, 25),
    basis=("《中华人民共和国行政处罚法》第五十四条", "《中华人民共和国行政处罚法》第五十五条"),
    officers=NOTICE.officers,
)
GOODS = (Goods("行车记录仪存储卡", "1张", "32 GB，完好"), Goods("运输单据", "2份", "纸质，字迹清楚"))
PRESERVATION = PreservationNotice(
    number=document_number("明城执登", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    act=PROMPT.act,
    reason="存储卡循环录制，三日后覆盖",
    goods=GOODS,
    place="明州市中区人民路1号证据室",
    keeper="王示例",
    from_on=date(2025, 3, 18),
    days=7,
    until_on=date(2025, 3, 27),
    basis="《中华人民共和国行政处罚法》第五十六条",
    approver="赵强",
    remedies=DECISION.remedies,
    reconsideration_url=DECISION.reconsideration_url,
)
PRESERVATION_END = PreservationEnd(
    number=document_number("明城执登处", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    notice_number=PRESERVATION.number,
    kept_from=PRESERVATION.from_on,
    goods=GOODS,
    outcome="已采取记录、复制、拍照等方式保留证据，解除先行登记保存，予以返还",
    reason="录像已经复制并计算摘要",
    basis=PRESERVATION.basis,
    approver="赵强",
    remedies=DECISION.remedies,
    reconsideration_url=DECISION.reconsideration_url,
)
STATEMENT = StatementRecord(
    number=document_number("明城执述", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party="张示范",
    act=PROMPT.act,
    claims=("篷布是当天破损的。", "请从轻处理。"),
    stated_at=datetime(2025, 3, 21, 15, 0, tzinfo=BEIJING),
    way="到明州市中区人民路1号当面陈述",
    signing="以上内容已向陈述申辩人宣读，陈述申辩人确认无误，已签字或者盖章",
    attachments=("cd" * 32,),
    recorder="李示例",
)

SAMPLES = {
    "D-08": (DocumentKind.INQUIRY, INQUIRY),
    "D-08-video": (
        DocumentKind.INQUIRY,
        replace(
            INQUIRY,
            medium="远程视频询问，同步录音录像",
            signing="以上笔录已向被询问人宣读，被询问人在录音录像中确认无误",
            recording="ef" * 32,
            recording_note="被询问人承认运输的时间、地点，说明篷布破损的经过",
        ),
    ),
    "D-09": (DocumentKind.MATERIAL, REQUEST),
    "D-10": (DocumentKind.INSPECTION, INSPECTION),
    "D-11": (DocumentKind.PRESERVATION, PRESERVATION),
    "D-11a": (DocumentKind.PRESERVATION_END, PRESERVATION_END),
    "D-16": (DocumentKind.STATEMENT, STATEMENT),
    "D-16-online": (
        DocumentKind.STATEMENT,
        replace(
            STATEMENT, way="通过本平台网上提交", signing="当事人登录本平台提交", attachments=(), recorder=None
        ),
    ),
}
