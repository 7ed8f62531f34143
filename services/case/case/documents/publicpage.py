"""What the public reads of a decision: the masked content, and its page in Chinese first."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from case.contract.publications import PublicDecisionView, PublishedContentView
from case.documents.filling import party_name
from case.documents.wording import PENALTY
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.domain.publications import Fallen
from case.store.dossiers import Dossier
from common.documents.figures import day, yuan
from common.values.calendar import legal_day
from common.values.profile import Office

_PAGE: Final = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>行政处罚决定公开</title>'
    "<h1>行政处罚决定公开 · Published decision</h1><dl>{rows}</dl>"
)
_FALLEN: Final = {
    Fallen.REVOKED: "原行政处罚决定已被撤销",
    Fallen.CHANGED: "原行政处罚决定已被变更",
    Fallen.UNLAWFUL: "原行政处罚决定已被确认违法",
    Fallen.INVALID: "原行政处罚决定已被确认无效",
}


def published_content(dossier: Dossier, office: Office, terms: Terms) -> PublishedContentView:
    """The content of a publication, from records alone: no officer's words, which might name somebody."""
    case = dossier.case
    assert case.decision is not None
    assert case.decision.proposal is not None
    item = item_of(case, terms)
    return PublishedContentView(
        agency_id=case.agency_id,
        agency_name=office.agency_name,
        document_number=dossier.document(case.decision.document_id).number,
        party=party_name(dossier),
        act=item.name,
        violated=item.violated.zh,
        basis=item.penalty.zh,
        penalty=PENALTY[case.decision.proposal.kind],
        fine_fen=case.decision.fine_fen,
        decided_on=legal_day(case.decision.decided_at),
    )


def page_of(decision: PublicDecisionView) -> str:
    """The page of a publication, as HTML without style, script or picture."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in _rows(decision))
    return _PAGE.format(rows=rows)


def _rows(decision: PublicDecisionView) -> Iterator[tuple[str, str]]:
    yield "公开日期 · Published", day(decision.published_at)
    content = decision.content
    if content is None:
        yield "状态 · State", f"{_FALLEN[Fallen(decision.fallen or '')]} · {decision.fallen}"
        withdrawn = decision.withdrawn_at
        yield "撤回 · Withdrawn", day(withdrawn) if withdrawn else "正在依法撤回并说明理由"
        yield "理由 · Reason", decision.withdrawn_for or "—"
        return
    yield "状态 · State", "有效 · IN FORCE"
    yield "决定机关 · Agency", content.agency_name
    yield "决定书文号 · Number", content.document_number
    yield "决定日期 · Decided", day(content.decided_on)
    yield "当事人 · Party", content.party
    yield "违法行为 · Act", content.act
    yield "违反条款 · Violated", content.violated
    yield "处罚依据 · Basis", content.basis
    yield "处罚内容 · Penalty", content.penalty + (f" {yuan(content.fine_fen)}" if content.fine_fen else "")
