"""Fills the order to correct, and what a decision says about the correction, from the dossier of a case."""

from __future__ import annotations

from case.documents import DocumentKind
from case.documents.correctioncontent import CorrectionNotice
from case.documents.filling import agency_of, number_of, party_in_full, remedies_of
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.store.dossiers import Dossier
from common.documents.figures import day
from common.documents.glyphs import as_drawable
from common.values.law import APL_28_1
from common.values.profile import Office


def correction_notice_of(
    dossier: Dossier, office: Office, terms: Terms, *, content: str, days: int
) -> CorrectionNotice:
    """D-03, from the latest capture of the case and the officer's words."""
    item, capture = item_of(dossier.case, terms), dossier.exhibits[-1]
    return CorrectionNotice(
        number=number_of(dossier, office, DocumentKind.CORRECTION),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        happened_at=capture.captured_at,
        place=capture.place,
        act=item.name,
        violated=(item.violated.zh,),
        basis=APL_28_1.zh,
        correction=as_drawable(content),
        deadline=_within(days, "本通知书"),
        consequence=f"逾期不改正的，本机关将依照{item.penalty.zh}的规定依法处理",
        remedies=remedies_of(office, terms),
        reconsideration_url=office.reconsideration_url,
    )


def correction_lines(dossier: Dossier, *, ordered: tuple[str, int] | None) -> tuple[str, ...]:
    """What a decision says about the correction: what stands on record, and the order that it gives itself.

    `ordered` is the content of that order and its days. Empty where there is neither: such a decision cannot be made.
    """
    case = dossier.case
    lines = [
        f"本机关于{day(order.ordered_at)}作出《责令（限期）改正通知书》（{dossier.document(order.document_id).number}），"
        "责令你（单位）改正违法行为"
        + {None: "", True: "，经核查已经改正", False: "，经核查未按期改正"}[order.complied]
        for order in case.correction_orders
        if order.alone
    ]
    if case.correction is not None:
        lines.append(f"经核实，你（单位）已于{day(case.correction.corrected_at)}改正上述违法行为")
    if ordered is not None:
        content, days = ordered
        lines.append(
            f"依照{APL_28_1.zh}，责令你（单位）{_within(days, '本决定书')}改正上述违法行为：{as_drawable(content)}"
        )
    return tuple(lines)


def _within(days: int, document: str) -> str:
    return f"自收到{document}之日起{days}日内" if days else f"收到{document}后立即"
