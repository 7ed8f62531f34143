"""Fills D-07, the decision whether an officer withdraws."""

from __future__ import annotations

from typing import Final

from case.contract.recusals import RecusalDecisionOrder
from case.documents import DocumentKind
from case.documents.deliberationcontent import RecusalDecision
from case.documents.filling import agency_of, number_of
from case.domain.deliberation import Recusal, RecusalGround
from case.store.deliberationtexts import Application
from case.store.dossiers import Dossier
from common.documents.glyphs import as_drawable
from common.values.profile import Office

_GROUND: Final = {
    RecusalGround.INTEREST: "与案件有直接利害关系",
    RecusalGround.RELATION: "与当事人或者其近亲属有关系，可能影响公正执法",
    RecusalGround.OTHER: "有其他关系可能影响公正执法",
}
_STAND: Final = {
    True: "该人员此前的办案行为有效",
    False: "该人员此前的办案行为无效，应当重新进行",
}


def recusal_of(
    dossier: Dossier, office: Office, recusal: Recusal, said: Application, order: RecusalDecisionOrder
) -> RecusalDecision:
    """D-07, from the application and what the head decides; of a head, the first who said the same signs too."""
    first = [said.first_vote_by] if recusal.is_head and said.first_vote_by else []
    return RecusalDecision(
        number=number_of(dossier, office, DocumentKind.RECUSAL),
        case_code=dossier.case.number,
        agency=agency_of(office),
        officer=said.officer_name,
        applicant=said.applicant,
        applied_at=recusal.applied_at,
        ground=_GROUND[recusal.ground],
        reason=as_drawable(said.reason),
        decided_by=(*first, order.signed_as),
        outcome=f"{said.officer_name}{'回避' if order.granted else '不回避'}",
        why=as_drawable(order.reason),
        acts=_STAND[order.acts_stand] if order.acts_stand is not None else None,
        replacement=order.replacement_name,
    )
