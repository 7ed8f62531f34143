"""The legal day of the last nightly check: one row of the door's operational table `cursors`."""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import View

_NAME: Final = "guards-checked-on"


async def find_last_day(v: View) -> date | None:
    """The last legal day on which every guard was asked; None before the first check."""
    query = sa.text("SELECT position FROM cursors WHERE name = :name")
    ordinal = await v.conn.scalar(query, {"name": _NAME})
    return None if ordinal is None else date.fromordinal(ordinal)


async def note_day(conn: AsyncConnection, day: date) -> None:
    """Every guard was asked on `day`. `conn` is a transaction of `operational`."""
    statement = (
        "INSERT INTO cursors (name, position) VALUES (:name, :day)"
        " ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position"
    )
    await conn.execute(sa.text(statement), {"name": _NAME, "day": day.toordinal()})
