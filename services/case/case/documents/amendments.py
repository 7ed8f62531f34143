"""Fills the documents of an amendment from the dossier of its case."""

from __future__ import annotations

from typing import Final

from case.documents import TEMPLATES, DocumentKind
from case.documents.amendcontent import AmendedDecision, CorrectedDecision, CorrectedWord
from case.documents.content import Collection
from case.documents.filling import agency_of, number_of, party_in_full, remedies_of
from case.documents.wording import NO_SURCHARGE, PENALTY, SURCHARGE
from case.domain.amendments import Amendment, AmendmentKind, Cause
from case.domain.clerical import Pair, Place
from case.domain.deadlines import Terms
from case.domain.obligation import fine_reference
from case.domain.renewals import renewals_of
from case.domain.surcharge import held_fen
from case.store.dossiers import Dossier
from common.documents.glyphs import as_drawable
from common.documents.qr import qr_rows
from common.values.calendar import legal_day
from common.values.law import APL_75_2, ARL_32, Article
from common.values.profile import Office

BASIS: Final[dict[Cause, Article]] = {
    Cause.COMPLAINT: APL_75_2,
    Cause.SUPERVISION: APL_75_2,
    Cause.RETRO_INVALIDATION: APL_75_2,
    Cause.SELF_CORRECTION: ARL_32,
}
"""The provision by which a decision is amended. The result of a remedy makes no document of ours."""

ACT: Final = {AmendmentKind.REVOKE: "撤销", AmendmentKind.CHANGE: "变更"}
PLACE: Final = {
    Place.PARTY_NAME: "当事人姓名（名称）",
    Place.PARTY_ADDRESS: "当事人住所（住址）",
    Place.FACTS_WORDING: "违法事实的文字表述",
    Place.PLACE_NAME: "地点名称",
    Place.REASONS_WORDING: "理由的文字表述",
}


def amended_of(
    dossier: Dossier, office: Office, terms: Terms, amendment: Amendment, *, reason: str, refund_fen: int
) -> AmendedDecision:
    """D-36, from the proposal that a legal reviewer passed. `refund_fen` is what goes back."""
    case, proposal = dossier.case, amendment.proposal
    assert case.decision is not None
    original = dossier.document(case.decision.document_id)
    return AmendedDecision(
        number=number_of(dossier, office, DocumentKind.AMENDMENT),
        case_code=case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        original=original.number,
        original_title=_title(original.kind),
        original_on=legal_day(case.decision.decided_at),
        act=ACT[amendment.kind],
        reason=as_drawable(reason),
        clause=BASIS[amendment.cause].zh,
        consequences=_consequences(amendment, has_penalty=case.decision.proposal is not None),
        remedies=remedies_of(office, terms),
        penalty=PENALTY[proposal.kind] if proposal else None,
        fine_fen=proposal.fine_fen if proposal else 0,
        refund_fen=refund_fen,
        collection=_collection(dossier, office, terms, amendment),
        reconsideration_url=office.reconsideration_url,
    )


def corrected_of(
    dossier: Dossier, office: Office, terms: Terms, pairs: tuple[Pair, ...], *, reason: str
) -> CorrectedDecision:
    """D-36a, from the words that the head corrects."""
    case = dossier.case
    assert case.decision is not None
    original = dossier.document(case.decision.document_id)
    return CorrectedDecision(
        number=number_of(dossier, office, DocumentKind.CLERICAL),
        case_code=case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        original=original.number,
        original_title=_title(original.kind),
        original_on=legal_day(case.decision.decided_at),
        words=tuple(
            CorrectedWord(PLACE[pair.place], as_drawable(pair.wrong), as_drawable(pair.right))
            for pair in pairs
        ),
        reason=as_drawable(reason),
        remedies=remedies_of(office, terms),
    )


def _title(kind: str) -> str:
    return TEMPLATES[DocumentKind(kind)].title


def _consequences(amendment: Amendment, *, has_penalty: bool) -> tuple[str, ...]:
    if amendment.kind is AmendmentKind.CHANGE:
        return ("原决定与本决定不一致的，以本决定为准",)
    if has_penalty:
        return ("原决定自始不再执行，你（单位）无需再缴纳罚款及加处罚款",)
    return ("原决定自始不再有效",)


def _collection(dossier: Dossier, office: Office, terms: Terms, amendment: Amendment) -> Collection | None:
    """Where and how what is left is paid. None where nothing is."""
    case, proposal = dossier.case, amendment.proposal
    paid = held_fen(case) if case.payment else 0
    if proposal is None or proposal.fine_fen <= paid:
        return None
    assert case.decision is not None
    reference = fine_reference(case.id, renewals_of(case) + 1)
    return Collection(
        institution=office.bank_name,
        address=office.bank_address,
        reference=reference,
        qr=qr_rows(reference),
        days=terms.limits.pay_cd,
        surcharge=SURCHARGE if case.decision.surcharge_stated else NO_SURCHARGE,
    )
