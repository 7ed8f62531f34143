"""The ids of assertions and logout tokens: each counts once, whichever process of the gateway is asked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, operational
from gateway.identity.store.tables import spent_assertions


async def spend(db: Database, by: str, jti: str, *, until: datetime, now: datetime) -> bool:
    """Whether this assertion of `by` was not spent before; it is spent with this question, until `until`.

    `by` is the id of an application, or the identifier of the provider.
    """
    async with operational(db) as conn:
        return await spend_within(conn, by, jti, until=until, now=now)


async def spend_within(conn: AsyncConnection, by: str, jti: str, *, until: datetime, now: datetime) -> bool:
    """As `spend`, in the transaction of what it is for: if that fails, the same assertion may come again."""
    table = spent_assertions
    row = {"application_id": by, "jti": jti, "expires_at": until}
    await conn.execute(sa.delete(table).where(table.c.application_id == by, table.c.expires_at <= now))
    made = await conn.execute(insert(table).values(**row).on_conflict_do_nothing())
    return made.rowcount == 1
