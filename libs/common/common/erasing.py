"""What the record says was erased, until nothing of it can be read any more (PIPL 47).

    *.erased recorded ──order()──▶ due() ──a job destroys: the secret first──▶ done()
                                     ▲
              look_again() at every start: a secret may have come back with a backup of the secrets

The record comes first: a crash in between leaves an erasure due, never contents that are gone without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from common.uow import Database, Tx, operational


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


async def due(db: Database, *, limit: int = 50) -> list[Due]:
    """Erasures that are on record and not yet carried out."""
    query = (
        "SELECT d.stream, o.note FROM erasures_due d JOIN outbox o ON o.stream = d.stream AND o.type LIKE '%.erased'"
        " ORDER BY d.stream LIMIT :limit"
    )
    async with operational(db) as conn:
        rows = (await conn.execute(sa.text(query), {"limit": limit})).all()
    return [Due(row.stream, orjson.loads(bytes(row.note).partition(b"\n")[0])["data"]) for row in rows]


async def done(db: Database, stream: str) -> None:
    """The secret and the files are gone: the values go, and nothing is left to do."""
    async with operational(db) as conn:
        await conn.execute(sa.text("SELECT erase_values(:stream)"), {"stream": stream})
        await conn.execute(sa.text("DELETE FROM erasures_due WHERE stream = :stream"), {"stream": stream})


async def look_again(db: Database) -> None:
    """Every erasure on record is due once more."""
    query = (
        "INSERT INTO erasures_due (stream) SELECT stream FROM outbox WHERE type LIKE '%.erased'"
        " ON CONFLICT DO NOTHING"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(query))
