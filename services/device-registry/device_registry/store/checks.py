"""How far the nightly check has come: one row of the door's operational table `cursors`."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_NAME: Final = "guards-checked-on"


async def last_day(conn: AsyncConnection) -> int:
    """The ordinal of the legal day on which every guard was last asked; 0 before the first."""
    query = sa.text("SELECT position FROM cursors WHERE name = :name")
    return int(await conn.scalar(query, {"name": _NAME}) or 0)


async def note_day(conn: AsyncConnection, day: int) -> None:
    statement = (
        "INSERT INTO cursors (name, position) VALUES (:name, :day)"
        " ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position"
    )
    await conn.execute(sa.text(statement), {"name": _NAME, "day": day})
