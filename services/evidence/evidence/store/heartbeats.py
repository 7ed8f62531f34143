"""The last sign of life of each device: one small row that is overwritten, outside the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.values.ids import DeviceId
from evidence.domain.heartbeat import Pulse

_LISTENED: Final = "heartbeats-listened"


async def note(conn: AsyncConnection, device_id: DeviceId, *, longest: timedelta, now: datetime) -> None:
    """The device gave a sign of life. One that comes after more than `longest` begins a new streak."""
    statement = (
        "INSERT INTO heartbeats AS h (device_id, last_seen_at, streak) VALUES (:id, :now, 1)"
        " ON CONFLICT (device_id) DO UPDATE SET last_seen_at = greatest(h.last_seen_at, EXCLUDED.last_seen_at),"
        " streak = CASE WHEN :now - h.last_seen_at > :longest THEN 1 ELSE least(h.streak + 1, 1000) END"
    )
    await conn.execute(sa.text(statement), {"id": device_id, "now": now, "longest": longest})


async def listen(conn: AsyncConnection, *, longest: timedelta, now: datetime) -> None:
    """We listen, and have done so since the last call; after a longer pause every device gets its time anew.

    While nobody listened, nobody knows which device was silent.
    """
    query = sa.text("SELECT position FROM cursors WHERE name = :name FOR UPDATE")
    last = await conn.scalar(query, {"name": _LISTENED})
    if last is None or now.timestamp() - last > longest.total_seconds():
        await conn.execute(sa.text("UPDATE heartbeats SET last_seen_at = :now"), {"now": now})
    statement = (
        "INSERT INTO cursors (name, position) VALUES (:name, :now)"
        " ON CONFLICT (name) DO UPDATE SET position = greatest(cursors.position, EXCLUDED.position)"
    )
    await conn.execute(sa.text(statement), {"name": _LISTENED, "now": int(now.timestamp())})


async def list_unwell(
    conn: AsyncConnection, *, before: datetime, steady: int, after: str, limit: int
) -> list[Pulse]:
    """The devices that were last heard before `before`, or whose streak is shorter than `steady`, by id."""
    query = sa.text(
        "SELECT device_id, last_seen_at, streak FROM heartbeats"
        " WHERE (last_seen_at < :before OR streak < :steady) AND device_id > :after"
        " ORDER BY device_id LIMIT :limit"
    )
    values = {"before": before, "steady": steady, "after": after, "limit": limit}
    return [Pulse(DeviceId(row[0]), row[1], row[2]) for row in await conn.execute(query, values)]
