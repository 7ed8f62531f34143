"""Fills the documents of an investigation from the orders of the officers and the dossier of the case."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.contract.collecting import InquiryOrder, InspectionOrder, MaterialRequestOrder
from case.contract.preserving import PreservationOrder
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
)
from case.documents.content import Officer
from case.documents.filling import agency_of, number_of, party_in_full, remedies_of
from case.domain.collected import Handling, Preservation, RecordKind
from case.domain.deadlines import PRESERVED_WD, Terms
from case.domain.lawoftime import item_of
from case.store.collectiontexts import RecordWords
from case.store.dossiers import Dossier
from common.documents.content import Content
from common.documents.glyphs import as_drawable
from common.values.calendar import legal_day
from common.values.law import APL_54, APL_55, APL_56
from common.values.profile import Office

KIND: Final = {
    RecordKind.INQUIRY: DocumentKind.INQUIRY,
    RecordKind.INSPECTION: DocumentKind.INSPECTION,
    RecordKind.REQUEST: DocumentKind.MATERIAL,
}
"""The document of each kind of record."""

_MEDIUM: Final = {"IN_PERSON": "当面询问", "VIDEO": "远程视频询问，同步录音录像"}
_ROLE: Final = {
    "PARTY": "当事人",
    "REPRESENTATIVE": "当事人的代表人或者代理人",
    "WITNESS": "证人",
    "OTHER": "有关人员",
}
OF_THE_PARTY: Final = (_ROLE["PARTY"], _ROLE["REPRESENTATIVE"])
"""How D-08 prints that the party itself was asked, or who speaks for it."""

_SHOWN: Final = "执法人员已主动向在场人员出示执法证件"
_TOLD: Final = (
    "已告知被询问人：应当如实回答询问；与本案执法人员有直接利害关系或者有其他关系可能影响公正执法的，有权申请回避；"
    "有权陈述和申辩；有权核对笔录，要求补充、更正"
)
_SIGNING: Final = {
    "SIGNED": "以上笔录已交被询问人核对（向其宣读），被询问人确认无误并签字或者盖章",
    "REFUSED": "被询问人拒绝签字、盖章，执法人员注明",
    "RECORDED": "以上笔录已向被询问人宣读，被询问人在录音录像中确认无误",
}
_PRESENT: Final = {
    "SIGNED": "当事人或者其代表核对无误，已签字或者盖章",
    "REFUSED": "当事人或者其代表在场，拒绝签字、盖章，由见证人签字",
    "ABSENT": "当事人不在场，由见证人签字",
}
_HANDLED: Final = {
    Handling.RETURN: "解除先行登记保存，予以返还",
    Handling.RETURN_COPIED: "已采取记录、复制、拍照等方式保留证据，解除先行登记保存，予以返还",
    Handling.EXAMINE: "送交检测、检验或者鉴定",
    Handling.HAND_OVER: "移送有关机关处理",
    Handling.SEIZE: "依法采取其他措施处理",
}


def record_of(
    kind: RecordKind, dossier: Dossier, office: Office, terms: Terms, words: RecordWords, second: Officer
) -> Content:
    """The document of a record that `second` signs, in the words of the first officer."""
    both = (Officer(words.signed_as, words.certificate), second)
    match kind:
        case RecordKind.INQUIRY:
            return _inquiry(dossier, office, terms, InquiryOrder.model_validate_json(words.order), both)
        case RecordKind.INSPECTION:
            return _inspection(dossier, office, terms, InspectionOrder.model_validate_json(words.order), both)
        case RecordKind.REQUEST:
            return _request(
                dossier, office, terms, MaterialRequestOrder.model_validate_json(words.order), both
            )


def preservation_notice_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    order: PreservationOrder,
    *,
    number: int,
    approver: str,
    at: datetime,
) -> PreservationNotice:
    """D-11, from what the officer proposed and the head approves."""
    return PreservationNotice(
        number=number_of(dossier, office, DocumentKind.PRESERVATION),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        act=item_of(dossier.case, terms).name,
        reason=as_drawable(order.reason),
        goods=_goods(order),
        place=order.place,
        keeper=order.keeper,
        from_on=legal_day(at),
        days=PRESERVED_WD,
        until_on=terms.settle_preservation(at, number).due_on,
        basis=APL_56.zh,
        approver=approver,
        remedies=remedies_of(office, terms),
        reconsideration_url=office.reconsideration_url,
    )


def preservation_end_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    kept: Preservation,
    order: PreservationOrder,
    *,
    handling: Handling,
    reason: str,
    approver: str,
) -> PreservationEnd:
    """D-11a, from the notice before it and what the head decides."""
    assert kept.document_id is not None
    assert kept.ordered_at is not None
    return PreservationEnd(
        number=number_of(dossier, office, DocumentKind.PRESERVATION_END),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        notice_number=dossier.document(kept.document_id).number,
        kept_from=legal_day(kept.ordered_at),
        goods=_goods(order),
        outcome=_HANDLED[handling],
        reason=as_drawable(reason),
        basis=APL_56.zh,
        approver=approver,
        remedies=remedies_of(office, terms),
        reconsideration_url=office.reconsideration_url,
    )


def _inquiry(
    dossier: Dossier, office: Office, terms: Terms, order: InquiryOrder, both: tuple[Officer, Officer]
) -> InquiryRecord:
    recording = order.recording
    return InquiryRecord(
        number=number_of(dossier, office, DocumentKind.INQUIRY),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=item_of(dossier.case, terms).name,
        began_at=order.began_at,
        ended_at=order.ended_at,
        place=order.place,
        medium=_MEDIUM[order.medium],
        role=_ROLE[order.role],
        person=order.person,
        identity=order.identity,
        inquirers=both,
        recorder=order.recorder,
        shown=_SHOWN,
        told=_TOLD,
        asked=tuple(Question(as_drawable(one.question), as_drawable(one.answer)) for one in order.asked),
        signing=_noted(_SIGNING[order.signing.by], order.signing.note),
        recording=recording.sha256 if recording else None,
        recording_note=as_drawable(recording.note) if recording else None,
    )


def _inspection(
    dossier: Dossier, office: Office, terms: Terms, order: InspectionOrder, both: tuple[Officer, Officer]
) -> InspectionRecord:
    signed = order.signing
    who = "，".join(
        each
        for each in (signed.name, f"见证人：{signed.witness}" if signed.witness else None)
        if each is not None
    )
    return InspectionRecord(
        number=number_of(dossier, office, DocumentKind.INSPECTION),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=item_of(dossier.case, terms).name,
        began_at=order.began_at,
        ended_at=order.ended_at,
        place=order.place,
        present=tuple(order.present),
        inspectors=both,
        shown=_SHOWN,
        course=tuple(as_drawable(line) for line in order.course),
        findings=tuple(as_drawable(line) for line in order.findings),
        signing=_noted(_PRESENT[signed.by], who or None),
        drawings=tuple(Drawing(drawing.caption, drawing.sha256) for drawing in order.drawings),
    )


def _request(
    dossier: Dossier, office: Office, terms: Terms, order: MaterialRequestOrder, both: tuple[Officer, Officer]
) -> MaterialRequest:
    return MaterialRequest(
        number=number_of(dossier, office, DocumentKind.MATERIAL),
        case_code=dossier.case.number,
        agency=agency_of(office),
        recipient=order.recipient,
        act=item_of(dossier.case, terms).name,
        items=tuple(as_drawable(item) for item in order.items),
        purpose=as_drawable(order.purpose),
        deadline=order.due_on,
        basis=(APL_54.zh, APL_55.zh),
        officers=both,
    )


def _goods(order: PreservationOrder) -> tuple[Goods, ...]:
    return tuple(Goods(each.name, each.quantity, each.condition) for each in order.goods)


def _noted(sentence: str, note: str | None) -> str:
    return f"{sentence}：{as_drawable(note)}" if note else sentence
