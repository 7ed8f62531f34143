"""The ids of assertions that bought a token: each buys one, whichever process of the gateway is asked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.door.uow import Database, operational
from common.values.ids import ApplicationId
from gateway.identity.store.tables import spent_assertions


async def spend(
    db: Database, application_id: ApplicationId, jti: str, *, until: datetime, now: datetime
) -> bool:
    """Whether this assertion was not spent before; it is spent with this question, until `until`."""
    table = spent_assertions
    row = {"application_id": application_id, "jti": jti, "expires_at": until}
    async with operational(db) as conn:
        await conn.execute(
            sa.delete(table).where(table.c.application_id == application_id, table.c.expires_at <= now)
        )
        made = await conn.execute(insert(table).values(**row).on_conflict_do_nothing())
    return made.rowcount == 1
