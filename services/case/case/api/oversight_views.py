"""Oversight items as wire models."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from case.contract.oversight import (
    DueView,
    LoggedRecordView,
    OversightStanding,
    OversightSummary,
    OversightView,
    SourceView,
    StatementView,
)
from case.domain.oversight import OversightItem
from case.oversight.types import NOTICE, TYPES
from case.store.oversight_texts import Facts, Paper, ResultTexts

_ADDRESSES: Final = {"exchange": "/v1/exchanges", "catalogue": "/v1/catalog/items"}
"""Where the objects of a noun are read; an object of another noun has no address here."""


def summary_view(item: OversightItem) -> OversightSummary:
    return OversightSummary(**_head(item))


def standing_view(item: OversightItem) -> OversightStanding:
    return OversightStanding(
        item_id=item.id,
        agency_id=item.agency_id,
        type=item.type,
        is_open=item.closed_at is None,
        closed_at=item.closed_at,
    )


def item_view(item: OversightItem, facts: Facts, papers: list[Paper]) -> OversightView:
    """The item with its log and the words on record."""
    about = TYPES[item.type]
    words = {paper.kind: _statement(paper) for paper in papers}
    return OversightView(
        **_head(item),
        title=f"{about.zh} · {about.en}",
        basis=about.law,
        object_href=_href(item.source.stream),
        source=SourceView(record_id=UUID(item.source.record_id), type=item.source.type),
        facts=[LoggedRecordView(**vars(record)) for record in facts.log],
        consequence=item.consequence.digest.hex() if item.consequence else None,
        due=_due(item),
        overdue_at=item.overdue_at,
        reply=words.get("REPLY"),
        closed_at=item.closed_at,
        closure=words.get("RESULT"),
        notice=NOTICE,
    )


def _head(item: OversightItem) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "type": item.type,
        "agency_id": item.agency_id,
        "object": item.source.stream,
        "state": item.state,
        "opened_at": item.opened_at,
        "due_on": item.due.due_on,
        "is_overdue": item.overdue_at is not None,
        "result": item.result,
    }


def _href(stream: str) -> str | None:
    noun, _, name = stream.partition("/")
    return f"{_ADDRESSES[noun]}/{name}" if noun in _ADDRESSES else None


def _due(item: OversightItem) -> DueView:
    due = item.due
    return DueView(
        law=due.law,
        n=due.n,
        unit=due.unit,
        trigger_on=due.trigger_on,
        due_on=due.due_on,
        set_by=item.due_set_by,
        calendar_version=due.calendar_version,
        provisional=due.provisional,
    )


def _statement(paper: Paper) -> StatementView:
    texts = paper.texts
    return StatementView(
        agency_id=paper.agency_id,
        made_at=paper.made_at,
        text=texts.text if texts else None,
        organ=texts.organ if isinstance(texts, ResultTexts) else None,
    )
