"""Fills the letters by which a case leaves: to another agency, and to the police."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.contract.crimes import CrimeDecisionOrder, TransferLetterOrder
from case.documents import INTERNAL, TEMPLATES, DocumentKind
from case.documents.content import Officer
from case.documents.filling import agency_of, captures_of, number_of, party_name
from case.documents.transfercontent import CrimeTransfer, FiledPaper, TransferLetter
from case.domain.contents import Decision
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.domain.surcharge import held_fen
from case.store.dossiers import Dossier
from common.documents.figures import yuan
from common.documents.glyphs import as_drawable
from common.values.calendar import legal_day
from common.values.law import APL_35_2, CRIMT_11
from common.values.profile import Office

PAPERS: Final = frozenset({DocumentKind.REPORT, DocumentKind.TRANSFER, DocumentKind.CRIME})
"""The papers of the case that a transfer takes along; sheets of the agency's own but for the report do not leave."""


def transfer_letter_of(
    dossier: Dossier, office: Office, terms: Terms, order: TransferLetterOrder
) -> TransferLetter:
    """D-31, from the lead and the officer's words."""
    first = dossier.exhibits[0]
    return TransferLetter(
        number=number_of(dossier, office, DocumentKind.TRANSFER),
        case_code=dossier.case.number,
        agency=agency_of(office),
        receiver=order.to_name,
        act=item_of(dossier.case, terms).name,
        happened_at=first.captured_at,
        place=first.place,
        reason=as_drawable(order.reason),
        basis=tuple(order.basis),
        captures=captures_of(dossier),
        signer=order.signed_as,
        reply_to=office.address,
        materials=tuple(order.materials),
    )


def crime_transfer_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    order: CrimeDecisionOrder,
    *,
    report: str,
    team: tuple[Officer, ...],
    at: datetime,
) -> CrimeTransfer:
    """D-32, from the report of the team and the head's decision."""
    return CrimeTransfer(
        number=number_of(dossier, office, DocumentKind.CRIME),
        case_code=dossier.case.number,
        agency=agency_of(office),
        police=order.police or "",
        procuratorate=order.procuratorate or "",
        party=party_name(dossier),
        act=item_of(dossier.case, terms).name,
        crime=order.crime or "",
        facts=tuple(as_drawable(line) for line in report.splitlines() if line.strip()),
        reason=as_drawable(order.reason),
        team=team,
        captures=captures_of(dossier),
        papers=tuple(
            FiledPaper(TEMPLATES[DocumentKind(each.kind)].title, each.number, each.sha256)
            for each in dossier.documents
            if each.kind not in INTERNAL or each.kind == DocumentKind.REPORT
        ),
        approver=order.signed_as,
        decided_on=legal_day(at),
        goods=tuple(order.goods),
        fined=_fined(dossier, dossier.case.decision),
    )


def _fined(dossier: Dossier, decision: Decision | None) -> str | None:
    """What was imposed before, of which the court takes account (CrimT 11; APL 35(2))."""
    if decision is None or decision.fine_fen == 0:
        return None
    number = dossier.document(decision.document_id).number
    paid = f"，已缴纳{yuan(held_fen(dossier.case))}" if dossier.case.payment else ""
    return (
        f"本机关移送前已作出《行政处罚决定书》（{number}），罚款人民币{yuan(decision.fine_fen)}{paid}。"
        f"依照{APL_35_2.zh}和{CRIMT_11.zh}，人民法院判处罚金时，依法折抵相应罚金"
    )
