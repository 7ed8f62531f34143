"""The files that registers dropped. They are copies of what the registers hold, so no record names them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import View


async def add_drop(
    conn: AsyncConnection, register: str, sha256: str, *, fault: str | None, rows: int, at: datetime
) -> None:
    """Note a file that was taken, or set aside for `fault`. A file that comes again is the newest again."""
    query = sa.text(
        "INSERT INTO register_drops VALUES (:register, :sha256, :state, :fault, :rows, :at)"
        " ON CONFLICT (register, sha256) DO UPDATE SET at = excluded.at"
    )
    state = "TAKEN" if fault is None else "QUARANTINED"
    values = {"register": register, "sha256": sha256, "state": state, "fault": fault, "rows": rows, "at": at}
    await conn.execute(query, values)


async def find_newest(v: View, register: str) -> str | None:
    """The SHA-256 of the newest file of `register` that was taken."""
    query = sa.text(
        "SELECT sha256 FROM register_drops WHERE register = :register AND state = 'TAKEN' ORDER BY at DESC LIMIT 1"
    )
    sha256 = (await v.conn.execute(query, {"register": register})).scalar_one_or_none()
    return str(sha256) if sha256 is not None else None
