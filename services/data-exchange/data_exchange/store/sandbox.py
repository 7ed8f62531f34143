"""The marks of a sandbox. No business row depends on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, Tx, View, operational
from common.values.ids import ApplicationId
from data_exchange.store.tables import metadata

marks = sa.Table(
    "sandbox_marks",
    metadata,
    sa.Column("application_id", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("value", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
)


@dataclass(frozen=True)
class Mark:
    """One mark: its name, its value, and since when it is there."""

    name: str
    value: str
    at: datetime


async def list_marks(v: View | Tx, application_id: ApplicationId) -> list[Mark]:
    """The marks of an application."""
    return await _marks(v.conn, application_id)


async def list_now(db: Database, application_id: ApplicationId) -> list[Mark]:
    """As `list_marks`, outside of any act."""
    async with operational(db) as conn:
        return await _marks(conn, application_id)


async def list_of_value(db: Database, mark: str, value: str) -> list[ApplicationId]:
    """The applications whose `mark` has this value."""
    query = sa.select(marks.c.application_id).where(marks.c.mark == mark, marks.c.value == value)
    async with operational(db) as conn:
        return [ApplicationId(row.application_id) for row in await conn.execute(query)]


async def write(db: Database, application_id: ApplicationId, new: Mapping[str, str], *, at: datetime) -> None:
    """Set marks; each replaces the older one of its name."""
    if new:
        async with operational(db) as conn:
            await _write(conn, application_id, new, at)


async def set_mark(tx: Tx, application_id: ApplicationId, mark: str) -> None:
    """Set one mark as part of an act."""
    await _write(tx.conn, application_id, {mark: ""}, tx.now)


async def take(db: Database, application_id: ApplicationId, wanted: Collection[str]) -> str | None:
    """The first of the `wanted` marks that is set; it is gone with this question, so that one call alone gets it."""
    own = marks.c.application_id == application_id
    first = sa.select(marks.c.mark).where(own, marks.c.mark.in_(wanted)).order_by(marks.c.at).limit(1)
    query = sa.delete(marks).where(own, marks.c.mark == first.scalar_subquery()).returning(marks.c.mark)
    async with operational(db) as conn:
        return (await conn.execute(query)).scalar_one_or_none()


async def _marks(conn: AsyncConnection, application_id: ApplicationId) -> list[Mark]:
    rows = await conn.execute(sa.select(marks).where(marks.c.application_id == application_id))
    return [Mark(row.mark, row.value, row.at) for row in rows]


async def _write(
    conn: AsyncConnection, application_id: ApplicationId, new: Mapping[str, str], at: datetime
) -> None:
    rows = [
        {"application_id": application_id, "mark": mark, "value": value, "at": at}
        for mark, value in new.items()
    ]
    statement = insert(marks).values(rows)
    replaced = {"value": statement.excluded.value, "at": statement.excluded["at"]}
    key = ["application_id", "mark"]
    await conn.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced))
