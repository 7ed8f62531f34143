"""The raw reports of providers: kept sealed as they came, read once, and destroyed with the secret of their day."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from common.door.secrets import Erased, Secrets
from common.door.uow import Database, Tx, operational
from common.values.calendar import legal_day
from common.values.ids import uuid7

_UNMATCHED: Final = timedelta(minutes=1)
_MOST_TRIES: Final = 12


@dataclass(frozen=True)
class Callback:
    """One body that a provider posted, sealed under the secret of its day."""

    id: UUID
    provider: str
    day: date
    sealed: bytes
    tries: int


async def keep(db: Database, provider: str, body: bytes) -> None:
    """Keep `body`, due to be read. The same body a second time changes nothing."""
    now = db.clock()
    day, id = legal_day(now), uuid7(now)
    sealed = await db.secrets.sealed(_stream(day), str(id), body)
    query = sa.text(
        "INSERT INTO provider_callbacks (id, provider, digest, day, received_at, body, next_at)"
        " VALUES (:id, :provider, :digest, :day, :now, :body, :now) ON CONFLICT (provider, digest) DO NOTHING"
    )
    values = {"id": id, "provider": provider, "digest": hashlib.sha256(body).digest(), "day": day}
    async with operational(db) as conn:
        await conn.execute(query, values | {"now": now, "body": sealed})


async def lock_due(tx: Tx, limit: int = 1) -> Sequence[Callback]:
    """Up to `limit` bodies that are to be read, held until commit. Another process passes over them."""
    query = sa.text(
        "SELECT id, provider, day, body, tries FROM provider_callbacks WHERE next_at <= :now"
        " ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
    rows = (await tx.conn.execute(query, {"now": tx.now, "limit": limit})).all()
    return [Callback(row.id, row.provider, row.day, bytes(row.body), row.tries) for row in rows]


async def is_new(tx: Tx, provider: str, *, name: str, code: str) -> bool:
    """Whether this report was not read before. It counts as read from the commit on."""
    query = sa.text(
        "INSERT INTO provider_reports (provider, name, code, read_at) VALUES (:provider, :name, :code, :now)"
        " ON CONFLICT DO NOTHING"
    )
    values = {"provider": provider, "name": name, "code": code, "now": tx.now}
    return (await tx.conn.execute(query, values)).rowcount == 1


async def finish(tx: Tx, callback: Callback, *, is_whole: bool) -> bool:
    """The body was read. If it names an order that is not known yet, or could not be read, it is read again: an answer
    may still be on its way. False if that was its last time."""
    again = not is_whole and callback.tries + 1 < _MOST_TRIES
    query = sa.text("UPDATE provider_callbacks SET next_at = :again, tries = tries + 1 WHERE id = :id")
    pause = _UNMATCHED * 2**callback.tries
    await tx.conn.execute(query, {"id": callback.id, "again": tx.now + pause if again else None})
    return is_whole or again


async def destroy_before(db: Database, day: date) -> None:
    """Destroy what providers posted before `day`: the secrets of those days, and then the rows."""
    async with operational(db) as conn:
        query = sa.text("SELECT DISTINCT day FROM provider_callbacks WHERE day < :day")
        days = (await conn.execute(query, {"day": day})).scalars().all()
    for each in days:
        await asyncio.to_thread(db.secrets.erase, _stream(each))
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM provider_callbacks WHERE day < :day"), {"day": day})


def body_of(secrets: Secrets, callback: Callback) -> bytes | None:
    """The body; None once its day was destroyed. Raises ValueError or SecretMissing where it cannot be opened."""
    try:
        return secrets.open(_stream(callback.day), str(callback.id), callback.sealed)
    except Erased:
        return None


def _stream(day: date) -> str:
    return f"callbacks/{day}"
