"""A rest, paying later, the demand, the application to the court, and the end of an execution."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from case.documents import DocumentKind
from case.documents.executioncontent import (
    CourtRequest,
    Demand,
    EnforcementEnd,
    FileLine,
    PlanLine,
    ReliefDecision,
    Suspension,
)
from case.documents.wording import document_number
from common.values.clock import BEIJING
from tests.case.samples.mainpath import AGENCY, DECISION, NOTICE, PARTY, PROMPT

SUSPENSION = Suspension(
    number=document_number("明城执中", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    act=PROMPT.act,
    resumes=False,
    ground="须等待检测、检验或者鉴定结果",
    reason="车辆检测须十五日",
    on=date(2025, 3, 20),
    clock="办案期限中止计算",
    approver="赵强",
)
RELIEF = ReliefDecision(
    number=document_number("明城执延", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    decision_number=DECISION.number,
    applied_at=datetime(2025, 4, 8, 9, 30, tzinfo=BEIJING),
    grounds="本人失业，暂无力一次缴清",
    granted=True,
    reason="确有经济困难",
    fine_fen=10_000,
    remedies=DECISION.remedies,
    plan=(
        PlanLine(date(2025, 5, 10), 4_000, "12345678901234567897"),
        PlanLine(date(2025, 6, 10), 6_000, "12345678901234567805"),
    ),
)
DEMAND = Demand(
    number=document_number("明城执催", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    decision_number=DECISION.number,
    decision_served_on=date(2025, 4, 3),
    history="你（单位）在法定期限内未申请行政复议、未提起行政诉讼，也未履行该决定",
    deadline="自收到本催告书之日起10个工作日内",
    fine_fen=10_000,
    surcharge_fen=10_000,
    manner="持缴款识别码向代收机构缴纳",
    institution="明州银行",
    institution_address="明州市中区人民路1号",
    reference="12345678901234567897",
    surcharge_reference="12345678901234567805",
    right="你（单位）收到本催告书后有权进行陈述和申辩：登录网站提交，或者当面、书面提出",
    consequence="逾期仍不履行的，本机关将依法申请人民法院强制执行",
)
REQUEST = CourtRequest(
    number=document_number("明城执申执", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    court="明州市中区人民法院",
    party=PARTY,
    decision_number=DECISION.number,
    decision_served_on=date(2025, 4, 3),
    facts=NOTICE.facts,
    basis=(*NOTICE.violated, *NOTICE.basis),
    demand_number=DEMAND.number,
    demand_served_on=date(2025, 10, 20),
    opinion="催告后，当事人未提出陈述、申辩意见，也未履行",
    fine_fen=10_000,
    surcharge_fen=10_000,
    files=(
        FileLine("行政处罚决定书", DECISION.number, "ab" * 32),
        FileLine("催告书", DEMAND.number, "cd" * 32),
    ),
    head="赵强",
    on=date(2025, 11, 10),
)
END = EnforcementEnd(
    number=document_number("明城执终执", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    decision_number=DECISION.number,
    ground="公民死亡，无遗产可供执行，又无义务承受人",
    clause="《中华人民共和国行政强制法》第四十条",
    reason="经查，当事人于2025年12月1日死亡，无遗产",
    paid_fen=0,
    officer="李明",
    on=date(2026, 1, 5),
)

SAMPLES = {
    "D-12": (DocumentKind.SUSPENSION, SUSPENSION),
    "D-12-resumed": (DocumentKind.SUSPENSION, replace(SUSPENSION, resumes=True, on=date(2025, 4, 2))),
    "D-24": (DocumentKind.RELIEF, RELIEF),
    "D-24-refused": (
        DocumentKind.RELIEF,
        replace(RELIEF, granted=False, reason="没有提交经济困难的材料", plan=()),
    ),
    "D-27": (DocumentKind.DEMAND, DEMAND),
    "D-28": (DocumentKind.COURT, REQUEST),
    "D-29": (DocumentKind.ENFORCEMENT_END, END),
}
