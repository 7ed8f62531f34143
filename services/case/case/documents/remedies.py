"""Fills the answer to a remedy from the dossier of its case."""

from __future__ import annotations

from typing import Final

from case.documents import INTERNAL, DocumentKind
from case.documents.filling import (
    agency_of,
    number_of,
    officers_of,
    party_in_full,
    report_of,
)
from case.documents.remedycontent import EvidenceLine, RemedyAnswer
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.domain.remedies import Forum, Remedy
from case.store.dossiers import Dossier
from case.store.remedytexts import RemedyTexts
from common.documents.glyphs import as_drawable
from common.values.calendar import legal_day
from common.values.profile import Office

ANSWER: Final = {
    Forum.RECONSIDERATION: DocumentKind.RECONSIDERATION_ANSWER,
    Forum.LITIGATION: DocumentKind.SUIT_ANSWER,
}
_OPPONENT: Final = {Forum.RECONSIDERATION: "申请人", Forum.LITIGATION: "原告"}
_PROCEDURE: Final = "案件办理的程序"
_PROVES: Final[dict[str, str]] = {
    DocumentKind.PROMPT: "处罚前已经提示当事人",
    DocumentKind.EDUCATION: "已经对当事人进行教育",
    DocumentKind.PRIOR_NOTICE: "处罚前已经告知拟处罚内容和陈述、申辩的权利",
    DocumentKind.DECISION: "处罚决定的内容、依据和救济途径",
    DocumentKind.NO_PENALTY: "不予处罚决定的内容、依据和救济途径",
}


def answer_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    remedy: Remedy,
    texts: RemedyTexts,
    *,
    reasons: list[str],
    signed_as: str,
) -> RemedyAnswer:
    """D-33: what the decision rests on, each piece with its digest, and why it holds."""
    case, item = dossier.case, item_of(dossier.case, terms)
    assert case.decision is not None
    assert case.served_at is not None
    return RemedyAnswer(
        number=number_of(dossier, office, ANSWER[remedy.forum]),
        case_code=case.number,
        agency=agency_of(office),
        organ=texts.organ or "",
        reference=texts.reference or "",
        opponent=_OPPONENT[remedy.forum],
        party=party_in_full(dossier),
        decision_number=dossier.document(case.decision.document_id).number,
        decided_on=legal_day(case.decision.decided_at),
        served_on=legal_day(case.served_at),
        facts=report_of(dossier).facts,
        reasons=tuple(as_drawable(reason) for reason in reasons),
        basis=(item.violated.zh, item.penalty.zh),
        evidence=list_of_evidence(dossier),
        officers=officers_of(dossier),
        signed_as=signed_as,
    )


def list_of_evidence(dossier: Dossier) -> tuple[EvidenceLine, ...]:
    """The captures, then the documents that prove the procedure. A sheet of approval proves nothing to the party."""
    captures = tuple(
        EvidenceLine(
            f"电子技术监控设备记录（编号{exhibit.evidence_id}）",
            f"设备{exhibit.device_code}，设置于{exhibit.place}",
            "违法事实",
            sha256,
        )
        for exhibit in dossier.exhibits
        for sha256 in exhibit.media
    )
    documents = tuple(
        EvidenceLine(document.number, "本机关制作", _PROVES.get(document.kind, _PROCEDURE), document.sha256)
        for document in dossier.documents
        if document.kind not in INTERNAL
    )
    return captures + documents
