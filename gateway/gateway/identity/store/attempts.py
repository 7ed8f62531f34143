"""Attempts to sign in at the provider, sealed under the cookie of the browser that makes them. Each is taken once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from common.door.uow import Database, operational
from gateway.identity.store.tables import sign_in_attempts
from ledger.clock import real_time


async def keep(db: Database, digest: bytes, sealed: bytes, *, until: datetime) -> None:
    """Keep an attempt; `until` is of the clock of the machine, like the provider's times."""
    async with operational(db) as conn:
        # Whoever began and never came back: a stranger's visits must not pile up.
        await conn.execute(sa.delete(sign_in_attempts).where(sign_in_attempts.c.until <= real_time()))
        await conn.execute(sa.insert(sign_in_attempts).values(digest=digest, sealed=sealed, until=until))


async def take(db: Database, digest: bytes, *, now: datetime) -> bytes | None:
    """The attempt, which is gone with this; None without one, and for one that is over. Those that are over go too."""
    table = sign_in_attempts
    async with operational(db) as conn:
        taken = sa.delete(table).where(table.c.digest == digest, table.c.until > now)
        sealed = (await conn.execute(taken.returning(table.c.sealed))).scalar_one_or_none()
        await conn.execute(sa.delete(table).where(table.c.until <= now))
    return None if sealed is None else bytes(sealed)
