"""The legal day on which a nightly job was last through: rows of the door's operational table `cursors`."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import View


async def is_done(v: View, name: str, day: date) -> bool:
    """Whether the job `name` was through on `day` or a later day."""
    query = sa.text("SELECT position FROM cursors WHERE name = :name")
    ordinal = await v.conn.scalar(query, {"name": name})
    return ordinal is not None and ordinal >= day.toordinal()


async def note(conn: AsyncConnection, name: str, day: date) -> None:
    """The job `name` was through on `day`. `conn` is a transaction of `operational`."""
    statement = (
        "INSERT INTO cursors (name, position) VALUES (:name, :day)"
        " ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position"
    )
    await conn.execute(sa.text(statement), {"name": name, "day": day.toordinal()})
