"""Fills D-16: a statement of the party, from the counter or from the record of one that came through the platform."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.contract.collecting import StatementAtCounterOrder
from case.documents import DocumentKind
from case.documents.collectcontent import StatementRecord
from case.documents.filling import agency_of, number_of, texts_of
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.store.dossiers import Dossier
from common.documents.glyphs import as_drawable
from common.values.profile import Office

_SIGNING: Final = {
    "SIGNED": "以上内容已向陈述申辩人宣读，陈述申辩人确认无误，已签字或者盖章",
    "REFUSED": "以上内容已向陈述申辩人宣读，陈述申辩人拒绝签字、盖章，执法人员注明",
}
_ONLINE: Final = "当事人登录本平台，经身份认证后提交，电子记录即为签名"


def statement_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    order: StatementAtCounterOrder,
    digests: tuple[str, ...],
    at: datetime,
) -> StatementRecord:
    """D-16 of a statement that an officer takes at the counter; `digests` are those of the files it names."""
    note = f"：{as_drawable(order.note)}" if order.note else ""
    return StatementRecord(
        number=number_of(dossier, office, DocumentKind.STATEMENT),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=texts_of(dossier).name,
        act=item_of(dossier.case, terms).name,
        claims=_paragraphs(order.statement),
        stated_at=at,
        way=f"到{office.address}当面陈述",
        signing=_SIGNING[order.signing] + note,
        attachments=digests,
        recorder=order.signed_as,
    )


def online_statement_of(
    dossier: Dossier, office: Office, terms: Terms, words: str, at: datetime
) -> StatementRecord:
    """D-16 of a statement that came through the platform, where the session of the party stands for its signature."""
    return StatementRecord(
        number=number_of(dossier, office, DocumentKind.STATEMENT),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=texts_of(dossier).name,
        act=item_of(dossier.case, terms).name,
        claims=_paragraphs(words),
        stated_at=at,
        way="通过本平台网上提交",
        signing=_ONLINE,
    )


def _paragraphs(statement: str) -> tuple[str, ...]:
    return tuple(as_drawable(line) for line in statement.splitlines() if line.strip())
