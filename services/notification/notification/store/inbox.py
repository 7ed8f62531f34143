"""The entries of the inboxes: what changed, in an order without gaps that list, stream and push share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Tx, View
from common.values.ids import CaseId, MessageId, PartyId
from notification.domain.entries import EMPTY, Change, Reach

_UNREAD: Final = (
    "m.state = 'DELIVERED' AND m.erased_at IS NULL"
    " AND coalesce(m.read_at, m.downloaded_at, m.acknowledged_at, m.refused_at, m.disputed_at) IS NULL"
)


@dataclass(frozen=True)
class Entry:
    """One change at its place in the party's inbox. The first place is 1."""

    place: int
    message_id: MessageId
    change: Change
    noted_at: datetime


@dataclass(frozen=True)
class Filters:
    """Only entries of messages that are like this now. A tombstone has none; it passes unless all are left out."""

    unread: bool = False
    kind: str | None = None
    case_id: CaseId | None = None
    tombstones: bool = True

    @property
    def condition(self) -> str:
        """In SQL, about the entry `e` and its message `m`."""
        parts = [_UNREAD] if self.unread else []
        parts += ["m.kind = :kind"] if self.kind else []
        parts += ["m.case_id = :case_id"] if self.case_id else []
        if not parts:
            return "true" if self.tombstones else "e.change <> 'TOMBSTONE'"
        like = " AND ".join(parts)
        return f"(e.change = 'TOMBSTONE' OR ({like}))" if self.tombstones else f"({like})"


ALL: Final = Filters()


async def note(tx: Tx, party_id: PartyId, message_id: MessageId, change: Change) -> int:
    """The next place of the party's inbox tells of `change`; returned. Lock every message of the change before.

    The commit wakes the party's streams (`notification.live`).
    """
    # The counter's row is held until commit: no entry with a lower place appears after a reader has passed it.
    query = sa.text(
        "WITH next AS (INSERT INTO inbox_counters (party_id, last) VALUES (:party, 1)"
        " ON CONFLICT (party_id) DO UPDATE SET last = inbox_counters.last + 1 RETURNING last),"
        " older AS (UPDATE inbox_entries SET is_needless = true WHERE message_id = :message AND NOT is_needless)"
        " INSERT INTO inbox_entries (party_id, place, message_id, change, is_needless, noted_at)"
        " SELECT :party, last, :message, :change, :change = 'TOMBSTONE', :at FROM next"
        " RETURNING place, pg_notify('inbox', :party)"
    )
    values = {"party": party_id, "message": message_id, "change": change.value, "at": tx.now}
    place: int = (await tx.conn.execute(query, values)).scalar_one()
    return place


async def place_of(at: Tx | View, message_id: MessageId) -> int:
    """The last place of the inbox that tells of the message."""
    query = sa.text("SELECT max(place) FROM inbox_entries WHERE message_id = :message")
    return int((await at.conn.execute(query, {"message": message_id})).scalar_one())


async def list_entries(
    v: View, party_id: PartyId, *, after: int, limit: int, filters: Filters = ALL
) -> tuple[Reach, Sequence[Entry]]:
    """Up to `limit` entries of the party's inbox after the place `after`, in order, and how far the inbox reached then.

    Fewer than `limit` entries mean that every place up to `reach.last` was looked at.
    """
    # One statement, so one snapshot: an entry that is committed between two would lie below `last` and be skipped.
    query = sa.text(
        "SELECT c.last, c.thinned, e.place, e.message_id, e.change, e.noted_at FROM inbox_counters c"
        " LEFT JOIN LATERAL (SELECT e.* FROM inbox_entries e LEFT JOIN messages m ON m.id = e.message_id"
        f" WHERE e.party_id = c.party_id AND e.place > :after AND {filters.condition}"  # noqa: S608
        " ORDER BY e.place LIMIT :limit) e ON true"
        " WHERE c.party_id = :party ORDER BY e.place"
    )
    values: dict[str, Any] = {"party": party_id, "after": after, "limit": limit}
    values |= {"kind": filters.kind} if filters.kind else {}
    values |= {"case_id": filters.case_id} if filters.case_id else {}
    rows = (await v.conn.execute(query, values)).all()
    if not rows:
        return EMPTY, []
    entries = [
        Entry(row.place, MessageId(row.message_id), Change(row.change), row.noted_at)
        for row in rows
        if row.place is not None
    ]
    return Reach(rows[0].last, rows[0].thinned), entries


async def count_unread(at: Tx | View, party_id: PartyId) -> int:
    """How many messages of the party's inbox nobody opened yet."""
    query = f"SELECT count(*) FROM messages m WHERE m.party_id = :party AND {_UNREAD}"  # noqa: S608
    return int((await at.conn.execute(sa.text(query), {"party": party_id})).scalar_one())


async def thin_out(conn: AsyncConnection, *, until: datetime) -> None:
    """Delete the entries noted before `until` that a later one of the same message makes needless, and tombstones.

    The newest entry of a message that still is there stays: a phone that begins anew finds every message once.
    """
    # The counter is locked as `note` locks it. A reader sees the deletion and the new `thinned` together, or neither.
    query = sa.text(
        "WITH due AS (SELECT party_id, max(place) AS place FROM inbox_entries"
        " WHERE is_needless AND noted_at < :until GROUP BY party_id),"
        " moved AS (UPDATE inbox_counters c SET thinned = greatest(c.thinned, due.place) FROM due"
        " WHERE c.party_id = due.party_id RETURNING c.party_id, due.place)"
        " DELETE FROM inbox_entries e USING moved"
        " WHERE e.party_id = moved.party_id AND e.is_needless AND e.place <= moved.place"
    )
    await conn.execute(query, {"until": until})
