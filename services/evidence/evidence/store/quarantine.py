"""Pushes of known accounts of which nothing could be read: encrypted, for the operator, for seven days."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.secrets import Secrets
from common.door.uow import Database, operational

_DAYS: Final = timedelta(days=7)


@dataclass(frozen=True)
class Shelf:
    """How much is kept at once: a camera that sends rubbish all week must not fill the disk.

    The first bodies of an account tell why it cannot be read, so a full shelf is not turned over.
    """

    bodies_of_account: int = 100
    bytes_of_account: int = 200_000_000
    bytes_of_all: int = 2_000_000_000


SHELF: Final = Shelf()


async def put(
    db: Database,
    account: str,
    device_code: str,
    *,
    sha256: str,
    body: bytes,
    reason: str,
    now: datetime,
    shelf: Shelf = SHELF,
) -> bool:
    """Keep `body`, encrypted under a secret of its own, because it may show somebody. Durable on return.

    `reason` is a code of the catalogue of refusals. False where nothing was kept, because the account or all of them
    together have as much here as they may; True also where the same body is here already.
    """
    async with operational(db) as conn:
        known = await _known(conn, account, sha256, len(body), shelf)
    if known is not None:
        return known
    # Before a connection is taken: sealing 50 MiB takes a while, and the others need it meanwhile.
    sealed = await asyncio.to_thread(_sealed, db.secrets, sha256, body)
    async with operational(db) as conn:
        # One after another for each account, or many at once would all find room. What other accounts add meanwhile
        # is not seen: all together pass their bound by what is being written at once.
        name = f"quarantine/{account}"
        await conn.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
        known = await _known(conn, account, sha256, len(sealed), shelf)
        if known is not None:
            # Its secret stays: the same body of another account may be sealed under it at this moment.
            return known
        await conn.execute(
            sa.text(
                "INSERT INTO quarantined_bodies (sha256, account, device_code, reason, body, received_at, until)"
                " VALUES (:sha256, :account, :device_code, :reason, :body, :now, :until)"
                " ON CONFLICT (sha256) DO NOTHING"
            ),
            {
                "sha256": sha256,
                "account": account,
                "device_code": device_code,
                "reason": reason,
                "body": sealed,
                "now": now,
                "until": now + _DAYS,
            },
        )
    return True


async def _known(conn: AsyncConnection, account: str, sha256: str, size: int, shelf: Shelf) -> bool | None:
    """True where the body is here, False where there is no room for it, None where it may come.

    The length of a stored body is read without the body itself.
    """
    query = sa.text(
        "SELECT count(*) FILTER (WHERE account = :account) AS bodies,"
        " coalesce(sum(octet_length(body)) FILTER (WHERE account = :account), 0) AS own,"
        " coalesce(sum(octet_length(body)), 0) AS whole,"
        " coalesce(bool_or(sha256 = :sha256), false) AS is_here FROM quarantined_bodies"
    )
    row = (await conn.execute(query, {"sha256": sha256, "account": account})).one()
    if row.is_here:
        return True
    has_room = (
        row.bodies < shelf.bodies_of_account
        and row.own + size <= shelf.bytes_of_account
        and row.whole + size <= shelf.bytes_of_all
    )
    return None if has_room else False


def _sealed(secrets: Secrets, sha256: str, body: bytes) -> bytes:
    secrets.make(_stream(sha256))
    return secrets.seal_object([_stream(sha256)], "body", body, head=_head(sha256))


async def get(conn: AsyncConnection, secrets: Secrets, sha256: str) -> bytes:
    """A push as it came. Raises LookupError once its seven days are over."""
    query = sa.text("SELECT body FROM quarantined_bodies WHERE sha256 = :sha256")
    body = await conn.scalar(query, {"sha256": sha256})
    if body is None:
        raise LookupError(f"no push {sha256} is in quarantine")
    return secrets.open_object([_stream(sha256)], "body", body, head=_head(sha256))


async def sweep(conn: AsyncConnection, secrets: Secrets, *, now: datetime) -> None:
    """Destroy the secrets of pushes whose days are over, so that no backup can be read either, then the rows."""
    query = sa.text("SELECT sha256 FROM quarantined_bodies WHERE until < :now")
    for sha256 in (await conn.scalars(query, {"now": now})).all():
        await asyncio.to_thread(secrets.discard, _stream(sha256))
    await conn.execute(sa.text("DELETE FROM quarantined_bodies WHERE until < :now"), {"now": now})


def _stream(sha256: str) -> str:
    return f"quarantine/{sha256}"


def _head(sha256: str) -> bytes:
    return f"mingzheng-quarantine/1\n{sha256}\n".encode()
