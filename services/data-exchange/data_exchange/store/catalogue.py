"""Catalogue items: their lock, their search, their drafting and their changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, CatalogueItemId
from data_exchange.domain.catalogue import (
    CatalogueItem,
    Classification,
    Content,
    ItemState,
    Manner,
    Outcome,
    Share,
    after,
)
from data_exchange.domain.exchange import Clock
from data_exchange.domain.itemfacts import ItemFact
from data_exchange.domain.listing import ItemDrafted, ItemListed
from data_exchange.store import clocks
from data_exchange.store import tables_data as tables
from data_exchange.store.itemtexts import NoteTexts, VersionTexts, add_note, sealed_version, version_texts
from data_exchange.store.rows import Row

_INTERNAL = 2


@dataclass(frozen=True)
class Entry:
    """One item with its words: of its listed version, else of the newest that the caller may see."""

    item: CatalogueItem
    version: int
    content: Content
    texts: VersionTexts


def resource(item: CatalogueItem, actor: Actor) -> Resource:
    """The item as the policy sees it: the authority's too, and every agency's once a version is listed."""
    is_shown = item.listed_version is not None or actor.agency_id == item.authority_id
    own = actor.agency_id if is_shown and actor.agency_id is not None else item.agency_id
    return Resource(item.id, own, level=_INTERNAL)


async def lock(tx: Tx, item_id: CatalogueItemId) -> CatalogueItem:
    """The item, held until commit. Refusal NOT_FOUND if there is none, or none of the caller's to change."""
    return await _one(tx, item_id, for_update=True)


async def get(v: View | Tx, item_id: CatalogueItemId) -> CatalogueItem:
    """The item. Refusal NOT_FOUND as `lock`, but a listed item is shown to every agency."""
    return await _one(v, item_id, for_update=False)


async def find(v: View | Tx, item_id: CatalogueItemId) -> CatalogueItem | None:
    """The item, or None where the caller may see none."""
    listed = await _items(v, sa.select(tables.items).where(tables.items.c.id == item_id))
    return listed[0] if listed else None


async def get_entry(v: View | Tx, item: CatalogueItem, *, version: int | None = None) -> Entry:
    """The item with the words of `version`, else of the listed one, else of the newest."""
    n = version or item.listed_version or item.version
    table = tables.versions
    query = sa.select(table).where(table.c.item_id == item.id, table.c.n == n)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(item.id)
    return _entry(v, item, row)


async def list_page(
    v: View,
    *,
    after_id: str,
    agency_id: AgencyId | None = None,
    share: Share | None = None,
    state: ItemState | None = None,
    limit: int,
) -> list[Entry]:
    """Up to `limit` items after `after_id` that the caller may see, in the order of drafting."""
    table, versions = tables.items, tables.versions
    shown = sa.func.coalesce(table.c.listed_version, table.c.version)
    query = (
        sa.select(table)
        .join(versions, sa.and_(versions.c.item_id == table.c.id, versions.c.n == shown))
        .where(table.c.id > after_id)
        .order_by(table.c.id)
        .limit(limit)
    )
    for column, value in (
        (table.c.agency_id, agency_id),
        (versions.c.share, share),
        (table.c.state, state),
    ):
        if value is not None:
            query = query.where(column == value)
    items = {(item.id, item.listed_version or item.version): item for item in await _items(v, query)}
    texts = sa.select(versions).where(sa.tuple_(versions.c.item_id, versions.c.n).in_(list(items)))
    rows = {(row["item_id"], row["n"]): row for row in (await v.conn.execute(texts)).mappings()}
    return [_entry(v, item, rows[key]) for key, item in items.items()]


async def list_passed(v: View, today: date) -> list[CatalogueItemId]:
    """Items with a running clock whose last day is over on `today`."""
    return [CatalogueItemId(id) for id in await clocks.list_passed(v, tables.item_clocks, today)]


async def list_provisional(v: View) -> list[CatalogueItemId]:
    """Items with a running clock that waits for the notice of a year."""
    return [CatalogueItemId(id) for id in await clocks.list_provisional(v, tables.item_clocks)]


async def add(tx: Tx, permit: Permit, fact: ItemDrafted, *, texts: VersionTexts) -> CatalogueItem:
    """Record that an item was drafted, and write its rows."""
    tx.record(permit, fact)
    item = fact.begun()
    await tx.add(fact, tables.items, _columns(item))
    await _add_version(tx, fact, item, texts)
    return item


async def save(
    tx: Tx,
    permit: Permit,
    item: CatalogueItem,
    *facts: ItemFact,
    texts: VersionTexts | NoteTexts | None = None,
) -> CatalogueItem:
    """Record `facts`, and write the item as they leave it. `texts` go with the first fact."""
    tx.record(permit, *facts)
    for fact in facts:
        before, item = item, after(item, fact, at=tx.now)
        await tx.set(fact, tables.items, {"id": item.id}, changed(_columns(before), _columns(item)))
        await clocks.write_clocks(
            tx, fact, tables.item_clocks, item.id, before=before.clocks, after=item.clocks
        )
        if isinstance(fact, ItemListed):
            key = {"item_id": item.id, "n": fact.version}
            await tx.set(fact, tables.versions, key, {"listed_at": tx.now})
    match texts:
        case None:
            pass
        case NoteTexts():
            await add_note(tx, facts[0], item, texts)
        case VersionTexts():
            await _add_version(tx, facts[0], item, texts)
        case _:
            assert_never(texts)
    return item


async def _add_version(
    tx: Tx, fact: ItemFact | ItemDrafted, item: CatalogueItem, texts: VersionTexts
) -> None:
    content = {
        name: list(value) if isinstance(value, tuple) else value for name, value in vars(item.content).items()
    }
    row: dict[str, Any] = {"item_id": item.id, "n": item.version, "drafted_at": tx.now} | content
    row["sealed"] = await sealed_version(tx, row, texts)
    await tx.add(fact, tables.versions, row)


async def _one(v: View | Tx, item_id: CatalogueItemId, *, for_update: bool) -> CatalogueItem:
    query: Any = sa.select(tables.items).where(tables.items.c.id == item_id)
    listed = await _items(v, query.with_for_update() if for_update else query)
    if not listed:
        raise not_found(item_id)
    return listed[0]


async def _items(v: View | Tx, query: Any) -> list[CatalogueItem]:
    rows = (await v.conn.execute(query)).mappings().all()
    ids = [row["id"] for row in rows]
    own = await clocks.list_clocks(v, tables.item_clocks, ids)
    versions = {(row["item_id"], row["n"]): row for row in await _versions(v, ids)}
    return [_item(row, own[row["id"]], versions) for row in rows]


async def _versions(v: View | Tx, ids: Sequence[str]) -> Sequence[Row]:
    """Of each item the newest and the listed version that the caller may see, without their words."""
    items, versions = tables.items.c, tables.versions
    query = sa.select(*(column for column in versions.c if column.name != "sealed"))
    query = query.join(tables.items, items.id == versions.c.item_id)
    newest_or_listed = sa.or_(versions.c.n == items.version, versions.c.n == items.listed_version)
    return (await v.conn.execute(query.where(items.id.in_(ids), newest_or_listed))).mappings().all()


def _item(row: Row, own: tuple[Clock, ...], versions: dict[tuple[str, int], Row]) -> CatalogueItem:
    listed = versions.get((row["id"], row["listed_version"] or 0))
    # Another agency sees the listed version alone; the one that is worked on is none of its business.
    newest = versions.get((row["id"], row["version"]), listed)
    if newest is None:
        raise not_found(row["id"])
    return CatalogueItem(
        CatalogueItemId(row["id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["authority_id"]) if row["authority_id"] else None,
        ItemState(row["state"]),
        row["version"],
        _content(newest),
        row["listed_version"],
        _content(listed) if listed is not None else None,
        Outcome(row["secrecy"]) if row["secrecy"] else None,
        Outcome(row["personal_information"]) if row["personal_information"] else None,
        row["change_extended"],
        own,
        row["revision"],
    )


def _entry(v: View | Tx, item: CatalogueItem, row: Row) -> Entry:
    return Entry(item, row["n"], _content(row), version_texts(v, row))


def _content(row: Row) -> Content:
    return Content(
        Share(row["share"]),
        Classification(row["classification"]),
        tuple(Manner(manner) for manner in row["manners"]),
        tuple(row["fields"]),
        tuple(row["personal_fields"]),
    )


def _columns(item: CatalogueItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "agency_id": item.agency_id,
        "authority_id": item.authority_id,
        "state": item.state,
        "version": item.version,
        "listed_version": item.listed_version,
        "secrecy": item.secrecy,
        "personal_information": item.personal_information,
        "change_extended": item.change_extended,
        "revision": item.revision,
    }
