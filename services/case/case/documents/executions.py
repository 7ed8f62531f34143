"""Fills the documents about rests, deferrals and executions from the dossier of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

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
from case.documents.filling import agency_of, number_of, party_in_full, remedies_of, report_of
from case.domain.deadlines import Terms
from case.domain.execution import EndGround
from case.domain.executionends import GROUND
from case.domain.lawoftime import item_of
from case.domain.obligation import payment_reference
from case.domain.procedure import Case
from case.domain.relief import references
from case.domain.resting import SuspensionGround
from case.domain.surcharge import held_fen
from case.domain.suspending import STOP
from case.store.dossiers import Dossier
from common.documents.glyphs import as_drawable
from common.values.calendar import legal_day
from common.values.profile import Office

REST: Final = {
    SuspensionGround.OTHER_PROCEDURE: "须以其他机关的处理结果为依据，而其他机关尚未作出处理",
    SuspensionGround.PARTY_UNREACHABLE: "当事人死亡或者终止，尚未确定权利义务承受人",
    SuspensionGround.APPRAISAL: "须等待检测、检验或者鉴定结果",
    SuspensionGround.LAW_UNCLEAR: "法律适用问题须由有权机关作出解释或者确认",
    SuspensionGround.FORCE_MAJEURE: "因不可抗力不能继续调查",
}
END: Final = {
    EndGround.DEATH: "公民死亡，无遗产可供执行，又无义务承受人",
    EndGround.DISSOLUTION: "法人或者其他组织终止，无财产可供执行，又无义务承受人",
    EndGround.OBJECT_LOST: "执行标的灭失",
    EndGround.DECISION_REVOKED: "据以执行的行政决定被撤销",
    EndGround.OTHER: "行政机关认为需要终结执行的其他情形",
    EndGround.SUSPENDED_FOR_GOOD: "当事人确无能力履行，中止执行满三年未恢复执行",
    EndGround.REFUSED_BY_COURT: "人民法院不予受理或者不予执行",
    EndGround.RIGHT_LOST: "逾期未申请人民法院强制执行",
}
"""Each ground in words, as its provision has it."""

_WITHOUT_REMEDIES: Final = "你（单位）在法定期限内未申请行政复议、未提起行政诉讼，也未履行该决定"
_AFTER_REMEDIES: Final = "针对该决定的行政复议或者行政诉讼已经终结，你（单位）仍未履行该决定"
_NAMES: Final = {
    DocumentKind.DECISION: "行政处罚决定书",
    DocumentKind.DEMAND: "催告书",
    DocumentKind.PRIOR_NOTICE: "行政处罚事先告知书",
}


def suspension_of(
    dossier: Dossier, office: Office, terms: Terms, *, reason: str, resumes: bool, approver: str, at: datetime
) -> Suspension:
    """D-12, for the rest that waits for the head or that ends."""
    rest = dossier.case.suspensions[-1]
    stops = STOP in terms.profile.clock_stops
    return Suspension(
        number=number_of(dossier, office, DocumentKind.SUSPENSION),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=item_of(dossier.case, terms).name,
        resumes=resumes,
        ground=REST[rest.ground],
        reason=as_drawable(reason),
        on=legal_day(at),
        clock="办案期限中止计算" if stops else "办案期限不中止计算",
        approver=approver,
    )


def relief_decision_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    *,
    applied_at: datetime,
    grounds: str,
    reason: str,
    granted: tuple[tuple[date, int, str], ...] | None,
) -> ReliefDecision:
    """D-24; `granted` is the plan, None where it is refused."""
    case = dossier.case
    assert case.payment is not None
    return ReliefDecision(
        number=number_of(dossier, office, DocumentKind.RELIEF),
        case_code=case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        decision_number=_decision_number(dossier),
        applied_at=applied_at,
        grounds=as_drawable(grounds),
        granted=granted is not None,
        reason=as_drawable(reason),
        fine_fen=max(0, case.payment.fine_fen - held_fen(case)),
        remedies=remedies_of(office, terms),
        plan=tuple(PlanLine(*part) for part in granted or ()),
    )


def demand_of(dossier: Dossier, office: Office, terms: Terms, *, fine_fen: int, surcharge_fen: int) -> Demand:
    """D-27, from what is unpaid on this day."""
    case, days = dossier.case, terms.profile.performance.demand_wd
    assert case.served_at is not None
    return Demand(
        number=number_of(dossier, office, DocumentKind.DEMAND),
        case_code=case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        decision_number=_decision_number(dossier),
        decision_served_on=legal_day(case.served_at),
        history=_AFTER_REMEDIES if case.remedies else _WITHOUT_REMEDIES,
        deadline=f"自收到本催告书之日起{days}个工作日内",
        fine_fen=fine_fen,
        surcharge_fen=surcharge_fen,
        manner="持缴款识别码向代收机构缴纳",
        institution=office.bank_name,
        institution_address=office.bank_address,
        reference="、".join(references(case)),
        surcharge_reference=payment_reference(case.id, purpose="surcharge"),
        right=f"你（单位）收到本催告书后有权进行陈述和申辩：登录{office.portal_url}提交，或者到{office.address}当面、书面提出",
        consequence="逾期仍不履行的，本机关将依法申请人民法院强制执行",
    )


def court_request_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    *,
    fine_fen: int,
    surcharge_fen: int,
    opinion: str,
    head: str,
    at: datetime,
) -> CourtRequest:
    """D-28 with everything that AEL 55 lists, each from the record."""
    case, item = dossier.case, item_of(dossier.case, terms)
    demand = case.execution.demand if case.execution else None
    assert demand is not None
    assert demand.served_at is not None
    assert case.served_at is not None
    return CourtRequest(
        number=number_of(dossier, office, DocumentKind.COURT),
        case_code=case.number,
        agency=agency_of(office),
        court=office.court,
        party=party_in_full(dossier),
        decision_number=_decision_number(dossier),
        decision_served_on=legal_day(case.served_at),
        facts=report_of(dossier).facts,
        basis=(item.violated.zh, item.penalty.zh),
        demand_number=dossier.document(demand.document_id).number,
        demand_served_on=legal_day(demand.served_at),
        opinion=opinion,
        fine_fen=fine_fen,
        surcharge_fen=surcharge_fen,
        files=files_of(dossier),
        head=head,
        on=legal_day(at),
    )


def files_of(dossier: Dossier) -> tuple[FileLine, ...]:
    """The enclosures of the application (AEL 55): the decision and the demand, with the notice before them."""
    return tuple(
        FileLine(_NAMES[DocumentKind(document.kind)], document.number, document.sha256)
        for document in dossier.documents
        if document.kind in _NAMES
    )


def opinion_of(case: Case) -> str:
    """What the party said to the demand, in one sentence; its words and their answers stand in the file."""
    said = case.execution.said_to_demand if case.execution else ()
    if not said:
        return "催告后，当事人未提出陈述、申辩意见，也未履行"
    return f"催告后，当事人提出陈述、申辩意见{len(said)}次，经复核均未采纳，当事人仍未履行"


def enforcement_end_of(
    dossier: Dossier,
    office: Office,
    *,
    ground: EndGround,
    reason: str,
    officer: str,
    at: datetime,
) -> EnforcementEnd:
    """D-29: the ground in the words of its provision, and the officer's reason."""
    return EnforcementEnd(
        number=number_of(dossier, office, DocumentKind.ENFORCEMENT_END),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        decision_number=_decision_number(dossier),
        ground=END[ground],
        clause=GROUND[ground].zh,
        reason=as_drawable(reason),
        paid_fen=held_fen(dossier.case) if dossier.case.payment else 0,
        officer=officer,
        on=legal_day(at),
    )


def _decision_number(dossier: Dossier) -> str:
    assert dossier.case.decision is not None
    return dossier.document(dossier.case.decision.document_id).number
