"""What the record says was erased, until nothing of it can be read any more (PIPL 47).

    *.erased recorded ──order──▶ due ──carry_out: the secret first──▶ nothing left
                                  ▲
             look_again at every start: a secret may have come back with a backup of the secrets

The record comes first: a crash in between leaves an erasure due, never contents that are gone without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from common.door.uow import Database, Tx, operational
from ledger.entry import data_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """An erasure on record whose destruction is not finished: the erased stream, and the data of its record."""

    stream: str
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of what was erased."""
        return self.stream.partition("/")[2]


async def order(tx: Tx, stream: str) -> None:
    """Have `stream` destroyed once this transaction, which records that it was erased, is committed."""
    query = "INSERT INTO erasures_due (stream) VALUES (:stream) ON CONFLICT DO NOTHING"
    await tx.conn.execute(sa.text(query), {"stream": stream})


async def carry_out(db: Database, remove: Callable[[Due], Awaitable[None]], *, limit: int = 50) -> None:
    """Destroy what is due: its secret, then with `remove` its files, then its values.

    A crash anywhere in between is finished by the next pass. What a disk will not remove stays due, and keeps no other.
    """
    for erased in await _due(db, limit):
        await asyncio.to_thread(db.secrets.erase, erased.stream)
        try:
            await remove(erased)
        except OSError as error:
            log.error("couldn't remove all files of the erased %s: %s", erased.id, error.strerror)
            continue
        async with operational(db) as conn:
            await conn.execute(sa.text("SELECT erase_values(:stream)"), {"stream": erased.stream})
            query = "DELETE FROM erasures_due WHERE stream = :stream"
            await conn.execute(sa.text(query), {"stream": erased.stream})
        log.info("erased %s", erased.id)


async def _due(db: Database, limit: int) -> list[Due]:
    query = (
        "SELECT d.stream, o.note FROM erasures_due d JOIN outbox o ON o.stream = d.stream AND o.type LIKE '%.erased'"
        " ORDER BY d.stream LIMIT :limit"
    )
    async with operational(db) as conn:
        rows = (await conn.execute(sa.text(query), {"limit": limit})).all()
    return [Due(row.stream, data_of(bytes(row.note))) for row in rows]


async def look_again(db: Database) -> None:
    """Every erasure on record is due once more."""
    query = (
        "INSERT INTO erasures_due (stream) SELECT stream FROM outbox WHERE type LIKE '%.erased'"
        " ON CONFLICT DO NOTHING"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(query))
