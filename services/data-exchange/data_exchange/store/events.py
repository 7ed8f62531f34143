"""The events of the feed. The tables are filled from the ledger and may be emptied: the next pass fills them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from common.door.feed import LedgerEntry
from common.door.uow import Tx, View
from common.values.ids import AgencyId
from data_exchange.domain.events import Event, Owners, owners_named, streams_behind
from ledger.canonical import parse_instant

CURSOR: Final = "events"
_HORIZON: Final = "events-horizon"


@dataclass(frozen=True)
class Feed:
    """A stretch of the feed. `position` is how far the ledger has been read, `more` says whether events follow."""

    events: list[Event]
    position: int
    more: bool


async def list_page(v: View, *, after: int, types: Sequence[str], limit: int) -> Feed:
    """Up to `limit` events after the place `after`: those that row-level security shows."""
    # Read first: every event up to this position is committed, so the query below sees all of them.
    position = await _position(v, CURSOR)
    query = "SELECT * FROM events WHERE place > :after ORDER BY place LIMIT :limit"
    if types:
        query = query.replace("ORDER", "AND type = ANY(:types) ORDER")
    values = {"after": after, "limit": limit + 1} | ({"types": list(types)} if types else {})
    rows = (await v.conn.execute(sa.text(query), values)).mappings().all()
    events = [_event(row) for row in rows[:limit]]
    return Feed(events, position, len(rows) > limit)


async def horizon(v: View) -> int:
    """The place of the last event that is no longer kept; -1 if all are."""
    return await _position(v, _HORIZON)


async def add_events(tx: Tx, entries: Sequence[LedgerEntry]) -> None:
    """Put `entries`, in the ledger's order, into the feed. An entry that is there already changes nothing."""
    known = await _owners(tx, {stream for entry in entries for stream in streams_behind(entry.record)})
    for entry in entries:
        stream = entry.record["stream"]
        behind = (known[name] for name in streams_behind(entry.record) if name in known)
        owners = known.get(stream) or owners_named(entry.record["data"]) or next(behind, None)
        if owners is not None and stream not in known:
            known[stream] = owners
            await tx.conn.execute(_ADD_OBJECT, {"stream": stream, **_columns(owners)})
    if entries:
        await tx.conn.execute(_ADD, [_row(entry, known.get(entry.record["stream"])) for entry in entries])


async def forget_before(tx: Tx, instant: datetime) -> None:
    """Remove the events that the ledger took before `instant`, and remember up to which place they went."""
    query = "DELETE FROM events WHERE sequenced_at < :instant RETURNING place"
    places = (await tx.conn.execute(sa.text(query), {"instant": instant})).scalars().all()
    if places:
        query = (
            "INSERT INTO cursors (name, position) VALUES (:name, :place)"
            " ON CONFLICT (name) DO UPDATE SET position = greatest(cursors.position, EXCLUDED.position)"
        )
        await tx.conn.execute(sa.text(query), {"name": _HORIZON, "place": max(places)})


_ADD_OBJECT: Final = sa.text(
    "INSERT INTO event_objects (stream, agency_id, other_agency_id) VALUES (:stream, :agency_id, :other_agency_id)"
    " ON CONFLICT DO NOTHING"
)
_ADD: Final = sa.text(
    "INSERT INTO events (place, record_id, stream, type, recorded_at, sequenced_at, agency_id, other_agency_id)"
    " VALUES (:place, :record_id, :stream, :type, :recorded_at, :sequenced_at, :agency_id, :other_agency_id)"
    " ON CONFLICT DO NOTHING"
)


async def _position(v: View, name: str) -> int:
    position = await v.conn.scalar(sa.text("SELECT position FROM cursors WHERE name = :name"), {"name": name})
    return -1 if position is None else int(position)


async def _owners(tx: Tx, streams: set[str]) -> dict[str, Owners]:
    query = sa.text("SELECT * FROM event_objects WHERE stream = ANY(:streams)")
    rows = (await tx.conn.execute(query, {"streams": sorted(streams)})).mappings()
    return {row["stream"]: _owners_of(row) for row in rows}


def _owners_of(row: Any) -> Owners:
    other = row["other_agency_id"]
    return Owners(AgencyId(row["agency_id"]), AgencyId(other) if other else None)


def _columns(owners: Owners | None) -> dict[str, str | None]:
    return {
        "agency_id": owners.agency_id if owners else None,
        "other_agency_id": owners.other_agency_id if owners else None,
    }


def _row(entry: LedgerEntry, owners: Owners | None) -> dict[str, Any]:
    record = entry.record
    return {
        "place": entry.index,
        "record_id": entry.record_id,
        "stream": record["stream"],
        "type": f"{record['type']}.v{record['v']}",
        "recorded_at": parse_instant(record["at"]),
        "sequenced_at": entry.time,
        **_columns(owners),
    }


def _event(row: Any) -> Event:
    owners = _owners_of(row) if row["agency_id"] else None
    return Event(
        row["place"],
        row["record_id"],
        row["stream"],
        row["type"],
        row["recorded_at"],
        row["sequenced_at"],
        owners,
    )
