"""Catalogue items as wire models, and orders as the texts and codes of the store."""

from __future__ import annotations

from typing import Any

from data_exchange.api.views import clock_view
from data_exchange.contract.catalogue import (
    CatalogueEntry,
    CatalogueItemView,
    CitationView,
    FieldView,
    NoteView,
    VersionOrder,
)
from data_exchange.domain.catalogue import Classification, Content, Manner, Share
from data_exchange.store.catalogue import Entry
from data_exchange.store.itemtexts import CitationTexts, FieldTexts, Note, VersionTexts


def content_of(order: VersionOrder) -> Content:
    """What the order says in codes."""
    return Content(
        Share(order.share),
        Classification(order.classification),
        tuple(Manner(manner) for manner in order.manners),
        tuple(field.code for field in order.fields),
        tuple(field.code for field in order.fields if field.is_personal),
    )


def texts_of(order: VersionOrder) -> VersionTexts:
    """What the order says in words."""
    citation = order.citation
    return VersionTexts(
        order.name,
        order.format,
        order.update_frequency,
        tuple(FieldTexts(field.code, field.name, field.type, field.is_personal) for field in order.fields),
        order.conditions,
        order.reason,
        CitationTexts(citation.level, citation.name, citation.article) if citation else None,
    )


def entry_view(entry: Entry) -> CatalogueEntry:
    return CatalogueEntry(**_head(entry))


def item_view(entry: Entry, notes: list[Note]) -> CatalogueItemView:
    """The item with its clocks and the notes that the caller may see."""
    item = entry.item
    return CatalogueItemView(
        **_head(entry),
        authority_id=item.authority_id,
        newest_version=item.version,
        secrecy=item.secrecy,
        personal_information=item.personal_information,
        clocks=[clock_view(clock) for clock in item.clocks],
        notes=[NoteView(n=note.n, kind=note.kind, made_at=note.made_at, text=note.text) for note in notes],
    )


def _head(entry: Entry) -> dict[str, Any]:
    item, content, texts = entry.item, entry.content, entry.texts
    citation = texts.citation
    return {
        "item_id": item.id,
        "agency_id": item.agency_id,
        "state": item.state,
        "version": entry.version,
        "listed_version": item.listed_version,
        "name": texts.name,
        "share": content.share,
        "manners": list(content.manners),
        "classification": content.classification,
        "format": texts.format,
        "update_frequency": texts.update_frequency,
        "fields": [FieldView(**vars(field)) for field in texts.fields],
        "conditions": texts.conditions,
        "reason": texts.reason,
        "citation": CitationView(**vars(citation)) if citation else None,
    }
