"""The documents of the main path, as they are printed for an invented party."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from case.documents import DocumentKind
from case.documents.content import (
    Agency,
    Answer,
    CaptureLine,
    Collection,
    Decision,
    DeviceLine,
    Officer,
    Party,
    PriorNotice,
    Prompt,
    Remedies,
)
from case.documents.wording import document_number, measurement_line
from case.domain.contents import Measurement
from common.documents.qr import qr_rows
from common.values.clock import BEIJING
from common.values.masking import masked_name

AGENCY = Agency(name="明州市城市管理综合行政执法局", address="明州市中山路1号", phone="0550-12345")
PARTY = Party(
    name="张伟",
    identity_kind="居民身份证",
    identity_number="320101199001011234",
    address="明州市解放路2号3室",
)
OFFICERS = (Officer("李明", "明A0001"), Officer("王芳", "明A0002"))
SPEED = Measurement("SPEED", "km/h", Decimal("92.50"), Decimal("60"), Decimal("4"), Decimal("88.50"))
CAPTURE = CaptureLine(
    evidence_id="evd_01jnx3k5s8e8t9z0q4m7w2c6ha",
    captured_at=datetime(2025, 3, 6, 9, 5, 7, tzinfo=BEIJING),
    place="中山路与解放路交叉口北侧",
    device_code="32010000001190000001",
    sha256="ab" * 32,
)
PROMPT = Prompt(
    number=document_number("明城执提", year=2025, serial=1),
    case_code="100000000025000000017",
    agency=AGENCY,
    party=masked_name("张伟"),
    happened_at=CAPTURE.captured_at,
    place=CAPTURE.place,
    act="运输建筑垃圾的车辆未密闭",
    correction="请立即对车厢采取密闭措施",
    correct_by="2025年3月8日18时",
    query_channel="登录公众服务页面",
    query_code="K7P2-9XQM-4T3V-8RWD",
    query_factor="身份证件号码的后六位",
    stating="在线提交，或者到联系地址当面说明",
    plate="苏A·12345",
)
NOTICE = PriorNotice(
    number=document_number("明城执罚告", year=2025, serial=2),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    facts=("2025年3月6日，你驾驶苏A·12345号车辆运输建筑垃圾未密闭。",),
    captures=(CAPTURE,),
    reasons=("该行为未造成危害后果，属于一般情节。",),
    violated=("《明州市建筑垃圾管理条例》第十条",),
    basis=("《明州市建筑垃圾管理条例》第三十条",),
    penalty="罚款",
    fine_fen=20000,
    defence_days=5,
    defence_channel="在线提交或者邮寄书面意见",
    query_channel="登录公众服务页面",
    query_code="K7P2-9XQM-4T3V-8RWD",
    query_factor="身份证件号码的后六位",
    officers=OFFICERS,
    began_at=CAPTURE.captured_at,
    ended_at=CAPTURE.captured_at,
)
DECISION = Decision(
    number=document_number("明城执罚决", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    facts=NOTICE.facts,
    evidence=("电子技术监控设备记录的图像及其审核记录。",),
    captures=(CAPTURE, replace(CAPTURE, evidence_id="evd_01jnx3k5s8e8t9z0q4m7w2c6hb")),
    devices=(DeviceLine(CAPTURE.device_code, CAPTURE.place, date(2025, 2, 1), "本机关网站"),),
    notice_number=NOTICE.number,
    notice_served_on=date(2025, 3, 20),
    discretion=("按照裁量基准，罚款幅度为100元至300元。",),
    violated=NOTICE.violated,
    basis=NOTICE.basis,
    penalty="罚款",
    fine_fen=20000,
    correction=(
        "依照《中华人民共和国行政处罚法》第二十八条第一款，责令你（单位）收到本决定书后立即改正上述违法行为：密闭车厢",
    ),
    collection=Collection(
        institution="明州银行",
        address="明州市人民路8号",
        reference="12345678901234567897",
        qr=qr_rows("1" * 20),
        days=15,
        surcharge="到期不缴纳罚款的，每日按罚款数额的百分之三加处罚款，加处罚款的数额不超出罚款的数额",
    ),
    remedies=Remedies(
        reconsideration_organ="明州市人民政府",
        reconsideration_days=60,
        court="明州市中区人民法院",
        litigation_months=6,
    ),
    officers=OFFICERS,
    served_online=True,
    began_at=CAPTURE.captured_at,
    ended_at=CAPTURE.captured_at,
    answers=(Answer(claim="当时车厢已经盖好", finding="图像显示车厢未覆盖", adopted=False),),
    reconsideration_url="https://demo.mingzheng.example/reconsideration",
)
MEASURED = (replace(CAPTURE, measurement=measurement_line(SPEED)), CAPTURE)

SAMPLES = {
    "D-02": (DocumentKind.PROMPT, PROMPT),
    "D-14": (DocumentKind.PRIOR_NOTICE, NOTICE),
    "D-14-hearing": (DocumentKind.PRIOR_NOTICE, replace(NOTICE, captures=MEASURED, hearing_days=5)),
    "D-20a": (DocumentKind.DECISION, DECISION),
    "D-20a-warning": (
        DocumentKind.DECISION,
        replace(DECISION, captures=MEASURED, penalty="警告", fine_fen=0, answers=()),
    ),
}
