"""Tries of query codes, counted before the answer is known: of many at once each has its own number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from common.door.secrets import Secrets
from common.door.uow import Database, operational
from gateway.identity.domain.codetries import BOUNDS, Counted, Tries

_KEY: Final = "code-tries/key"
_COUNT: Final = sa.text(
    "INSERT INTO code_tries AS t (what, digest, count, until) VALUES (:what, :digest, 1, :until)"
    " ON CONFLICT (what, digest) DO UPDATE SET"
    " count = CASE WHEN t.until <= :now THEN 1 ELSE t.count + 1 END,"
    " until = CASE WHEN t.until <= :now THEN excluded.until ELSE t.until END RETURNING count, until"
)


async def count(db: Database, names: Mapping[Counted, str], *, now: datetime) -> list[Tries]:
    """Count one try under each of `names`, up to the first that passes its bound: a try that is refused counts once.

    Rows whose time is over are thrown away.
    """
    digests = await _digests(db.secrets, names)
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM code_tries WHERE until <= :now"), {"now": now})
        tries = []
        # In one order for everybody: two tries of the same code from the same address wait, and never for each other.
        for what in Counted:
            values = {"what": what, "digest": digests[what], "now": now, "until": now + BOUNDS[what].window}
            row = (await conn.execute(_COUNT, values)).one()
            tries.append(Tries(what, row[0], row[1]))
            if row[0] > BOUNDS[what].most:
                break
    return tries


async def forget(db: Database, names: Mapping[Counted, str]) -> None:
    """The try was right: the code counts from the beginning, and the lasting counts have one try less."""
    digests = await _digests(db.secrets, names)
    gone = [digests[what] for what in (Counted.CODE, Counted.CODE_DAY)]
    async with operational(db) as conn:
        await conn.execute(
            sa.text("DELETE FROM code_tries WHERE what IN ('CODE', 'CODE_DAY') AND digest = ANY (:gone)"),
            {"gone": gone},
        )
        await conn.execute(
            sa.text(
                "UPDATE code_tries SET count = count - 1"
                " WHERE what IN ('SOURCE', 'CODE_EVER') AND digest = ANY (:lasting) AND count > 0"
            ),
            {"lasting": [digests[Counted.SOURCE], digests[Counted.CODE_EVER]]},
        )


async def _digests(secrets: Secrets, names: Mapping[Counted, str]) -> dict[Counted, bytes]:
    if not secrets.has(_KEY):
        await asyncio.to_thread(secrets.make, _KEY)
    return {what: secrets.keyed_digest(_KEY, what, name.encode()) for what, name in names.items()}
