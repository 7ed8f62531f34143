"""Pushes of known accounts of which nothing could be read: encrypted, for the operator, for seven days."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.secrets import Secrets

_DAYS: Final = timedelta(days=7)
_MOST: Final = 100
"""Bodies of one account: a camera that sends rubbish all week must not fill the disk, and its first ones tell why."""


async def put(
    conn: AsyncConnection,
    secrets: Secrets,
    account: str,
    device_code: str,
    *,
    sha256: str,
    body: bytes,
    reason: str,
    now: datetime,
) -> None:
    """Keep `body`. It is encrypted under a secret of its own, because it may show somebody.

    `reason` is a code of the catalogue of refusals. Of an account that has very many here nothing more is kept.
    """
    query = sa.text(
        "SELECT count(*), coalesce(bool_or(sha256 = :sha256), false) FROM quarantined_bodies"
        " WHERE account = :account OR sha256 = :sha256"
    )
    count, is_known = (await conn.execute(query, {"sha256": sha256, "account": account})).one()
    if is_known or count >= _MOST:
        return
    sealed = await secrets.sealed(_stream(sha256), "body", body)
    await conn.execute(
        sa.text(
            "INSERT INTO quarantined_bodies (sha256, account, device_code, reason, body, received_at, until)"
            " VALUES (:sha256, :account, :device_code, :reason, :body, :now, :until) ON CONFLICT (sha256) DO NOTHING"
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


async def get(conn: AsyncConnection, secrets: Secrets, sha256: str) -> bytes:
    """A push as it came. Raises LookupError once its seven days are over."""
    query = sa.text("SELECT body FROM quarantined_bodies WHERE sha256 = :sha256")
    body = await conn.scalar(query, {"sha256": sha256})
    if body is None:
        raise LookupError(f"no push {sha256} is in quarantine")
    return secrets.open(_stream(sha256), "body", body)


async def sweep(conn: AsyncConnection, secrets: Secrets, *, now: datetime) -> None:
    """Destroy the secrets of pushes whose days are over, so that no backup can be read either, then the rows."""
    query = sa.text("SELECT sha256 FROM quarantined_bodies WHERE until < :now")
    for sha256 in (await conn.scalars(query, {"now": now})).all():
        await asyncio.to_thread(secrets.discard, _stream(sha256))
    await conn.execute(sa.text("DELETE FROM quarantined_bodies WHERE until < :now"), {"now": now})


def _stream(sha256: str) -> str:
    return f"quarantine/{sha256}"
