"""Carries out erasures, from the record to the destruction of the secret, the files and the values (PIPL 47).

    *.erased recorded ──order──▶ due ──carry_out: the secret first──▶ nothing left
                                  ▲
             look_again at every start: a secret may have come back with a backup of the secrets

The record comes first. So after a crash in between an erasure is still due; contents are never gone without a record.
A service that erases names its files with one `Erasable`; everything else is here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from common.door.sealed import SealedBlobs
from common.door.uow import Database, Tx, alone, operational
from ledger.entry import data_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """An erasure on record whose destruction is not finished: the erased stream, and the data of its record."""

    stream: str
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of the erased object."""
        return self.stream.partition("/")[2]


class Erasable(Protocol):
    """The files that a service holds of an object that can be erased."""

    async def remove(self, erased: Due) -> None:
        """Remove every file that holds data of `erased`. A second call does nothing. OSError: try again later."""


@dataclass(frozen=True)
class SealedFiles:
    """The usual Erasable: sealed files, named by their digests in these fields of the record's data."""

    stores: Sequence[SealedBlobs]
    fields: Sequence[str]

    async def remove(self, erased: Due) -> None:
        digests = [digest for field in self.fields for digest in erased.data[field]]
        for store in self.stores:
            await store.remove(digests, of=erased.stream)


async def order(tx: Tx, stream: str) -> None:
    """Make the destruction of `stream` due at the commit of this transaction, which records the erasure."""
    query = "INSERT INTO erasures_due (stream) VALUES (:stream) ON CONFLICT DO NOTHING"
    await tx.conn.execute(sa.text(query), {"stream": stream})


async def carry_out(db: Database, erasable: Erasable, *, limit: int = 50) -> None:
    """Destroy everything that is due: its secret, then its files, then its values in the database.

    After a crash the next pass goes on. If a disk refuses to remove a file, that erasure stays due and the others go
    on.
    """
    for erased in await _due(db, limit):
        await asyncio.to_thread(db.secrets.erase, erased.stream)
        try:
            await erasable.remove(erased)
        except OSError as error:
            log.error("couldn't remove all files of the erased %s: %s", erased.id, error.strerror)
            continue
        async with operational(db) as conn:
            await conn.execute(sa.text("SELECT erase_values(:stream)"), {"stream": erased.stream})
            query = "DELETE FROM erasures_due WHERE stream = :stream"
            await conn.execute(sa.text(query), {"stream": erased.stream})
        log.info("erased %s", erased.id)


async def _due(db: Database, limit: int) -> list[Due]:
    """The erasures that the ledger has on record. Nothing is destroyed before.

    A receipt is written by the relay alone, for a record whose signature the ledger has checked. A row that somebody
    with the service's database rights puts into the outbox has none, so it destroys nothing.
    """
    query = (
        "SELECT d.stream, o.note FROM erasures_due d JOIN outbox o ON o.stream = d.stream AND o.type LIKE '%.erased'"
        " JOIN receipts r ON r.record_id = o.record_id ORDER BY d.stream LIMIT $1"
    )
    due = []
    for row in await alone(db, query, limit):
        try:
            due.append(Due(row["stream"], dict(data_of(row["note"]))))
        except (ValueError, KeyError, TypeError):
            # No record of this system. The relay leaves it out with an alarm, and the other erasures go on.
            log.error("couldn't read the erasure of %s", row["stream"])
    return due


async def look_again(db: Database) -> None:
    """Make every erasure on record due once more."""
    query = (
        "INSERT INTO erasures_due (stream) SELECT stream FROM outbox WHERE type LIKE '%.erased'"
        " ON CONFLICT DO NOTHING"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(query))
