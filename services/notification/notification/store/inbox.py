"""The entries of the inboxes: what changed, in an order without gaps that list, stream and push share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import MessageId, PartyId


class Change(StrEnum):
    """What a party learns of a message: it came, it is another now, it is gone."""

    ITEM = "ITEM"
    UPDATE = "UPDATE"
    TOMBSTONE = "TOMBSTONE"


@dataclass(frozen=True)
class Entry:
    """One change at its place in the party's inbox. The first place is 1."""

    place: int
    message_id: MessageId
    change: Change
    noted_at: datetime


async def note(tx: Tx, party_id: PartyId, message_id: MessageId, change: Change) -> int:
    """The next place of the party's inbox tells of `change`; returned."""
    # The counter's row is held until commit: no entry with a lower place appears after a reader has passed it.
    query = sa.text(
        "WITH next AS (INSERT INTO inbox_counters (party_id, last) VALUES (:party, 1)"
        " ON CONFLICT (party_id) DO UPDATE SET last = inbox_counters.last + 1 RETURNING last)"
        " INSERT INTO inbox_entries (party_id, place, message_id, change, noted_at)"
        " SELECT :party, last, :message, :change, :at FROM next RETURNING place"
    )
    values = {"party": party_id, "message": message_id, "change": change.value, "at": tx.now}
    place: int = (await tx.conn.execute(query, values)).scalar_one()
    return place


async def list_entries(v: View, party_id: PartyId, *, after: int, limit: int) -> list[Entry]:
    """Up to `limit` entries of the party's inbox after the place `after`, in order."""
    query = sa.text(
        "SELECT place, message_id, change, noted_at FROM inbox_entries"
        " WHERE party_id = :party AND place > :after ORDER BY place LIMIT :limit"
    )
    rows = await v.conn.execute(query, {"party": party_id, "after": after, "limit": limit})
    return [Entry(row.place, MessageId(row.message_id), Change(row.change), row.noted_at) for row in rows]
