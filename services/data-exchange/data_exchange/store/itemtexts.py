"""The words of a catalogue item: what a version says, and what the agency and the authority told each other.

The words are encrypted in the column `sealed` of their row, under the secret of the item.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from common.door.rows import name_of
from common.door.uow import Tx, View
from common.values.ids import CatalogueItemId
from data_exchange.domain.catalogue import CatalogueItem
from data_exchange.domain.itemfacts import ItemFact
from data_exchange.store import tables_data as tables
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row


@dataclass(frozen=True)
class FieldTexts:
    """One data item of a version: its code, its name, its type in words."""

    code: str
    name: str
    type: str
    is_personal: bool


@dataclass(frozen=True)
class CitationTexts:
    """The provision that keeps the data from being shared."""

    level: str
    name: str
    article: str


@dataclass(frozen=True)
class VersionTexts:
    """What a version says in words (GDS 13(2)). `conditions` are scope and use, `reason` says why it is not shared."""

    name: str
    format: str
    update_frequency: str
    fields: tuple[FieldTexts, ...]
    conditions: str | None
    reason: str | None
    citation: CitationTexts | None


@dataclass(frozen=True)
class NoteTexts:
    """The words of one act: of an assessment, a return, a cause, an extension."""

    kind: str
    text: str


@dataclass(frozen=True)
class Note:
    """One note on record."""

    n: int
    kind: str
    made_at: datetime
    text: str


_VERSION: Final = TypeAdapter(VersionTexts)


async def sealed_version(tx: Tx, row: dict[str, Any], texts: VersionTexts) -> bytes:
    """The words of the version that `row` begins, encrypted."""
    name = name_of(tables.versions, row)
    stream = CatalogueItemId(row["item_id"]).stream
    sealed: bytes = await tx.secrets.sealed(stream, name, orjson.dumps(asdict(texts)))
    return sealed


def version_texts(v: View | Tx, row: Row) -> VersionTexts:
    """The words of the version in `row`."""
    name = name_of(tables.versions, row)
    texts: VersionTexts = _VERSION.validate_json(
        v.secrets.open(CatalogueItemId(row["item_id"]).stream, name, row["sealed"])
    )
    return texts


async def add_note(tx: Tx, fact: ItemFact, item: CatalogueItem, texts: NoteTexts) -> None:
    """The next note on the item, explained by `fact`."""
    table = tables.item_papers
    row: dict[str, Any] = {
        "item_id": item.id,
        "n": await next_n(tx, table.c.item_id, item.id),
        "kind": texts.kind,
        "made_at": tx.now,
    }
    row["sealed"] = await tx.secrets.sealed(item.id.stream, _note_name(row), texts.text.encode())
    await tx.add(fact, table, row)


async def list_notes(v: View | Tx, item_id: CatalogueItemId) -> list[Note]:
    """The notes on the item that the caller may see, in their order."""
    table = tables.item_papers
    query = sa.select(table).where(table.c.item_id == item_id).order_by(table.c.n)
    return [
        Note(
            row["n"],
            row["kind"],
            row["made_at"],
            v.secrets.open(item_id.stream, _note_name(row), row["sealed"]).decode(),
        )
        for row in (await v.conn.execute(query)).mappings()
    ]


def _note_name(row: Row) -> str:
    return name_of(tables.item_papers, row)
