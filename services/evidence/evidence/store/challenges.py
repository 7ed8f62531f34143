"""Challenges of HTTP Digest that were given out, and wrong answers to them (RFC 7616).

All of this is operational: when it is lost, clients are challenged again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

NONCE_LIFE: Final = timedelta(minutes=5)
NONCE_REMEMBERED: Final = timedelta(minutes=10)
FAILURES_ALLOWED: Final = 5
FAILURES_COUNTED: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Used:
    """Which counts of a nonce were answered: the highest, and as bits those below it (`digest.counted`)."""

    highest: int
    below: int


async def add_nonce(conn: AsyncConnection, *, now: datetime) -> str:
    """A fresh challenge, 32 hex digits, which can be answered for five minutes, with a rising count."""
    nonce = secrets.token_hex(16)
    await conn.execute(
        sa.text("INSERT INTO viid_nonces (nonce, issued_at, highest, below) VALUES (:nonce, :now, 0, 0)"),
        {"nonce": nonce, "now": now},
    )
    return nonce


async def find_nonce(conn: AsyncConnection, nonce: str, *, now: datetime) -> Used | None:
    """What was answered of `nonce`, held until commit; None if it is not ours or too old."""
    query = sa.text(
        "SELECT highest, below FROM viid_nonces WHERE nonce = :nonce AND issued_at > :since FOR UPDATE"
    )
    row = (await conn.execute(query, {"nonce": nonce, "since": now - NONCE_LIFE})).one_or_none()
    return Used(*row) if row else None


async def use_nonce(conn: AsyncConnection, nonce: str, used: Used) -> None:
    """One more count of `nonce` was answered."""
    statement = "UPDATE viid_nonces SET highest = :highest, below = :below WHERE nonce = :nonce"
    await conn.execute(sa.text(statement), {"nonce": nonce, **vars(used)})


async def count_failures(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> int:
    """How many wrong answers for this account came from this address in the last five minutes."""
    query = sa.text(
        "SELECT count(*) FROM viid_failures"
        " WHERE account = :account AND address = :address AND failed_at > :since"
    )
    values = {"account": account, "address": address, "since": now - FAILURES_COUNTED}
    return int(await conn.scalar(query, values) or 0)


async def add_failure(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> None:
    """Count one wrong answer."""
    await conn.execute(
        sa.text("INSERT INTO viid_failures (account, address, failed_at) VALUES (:account, :address, :now)"),
        {"account": account, "address": address, "now": now},
    )


async def sweep(conn: AsyncConnection, *, now: datetime) -> None:
    """Delete challenges and failures that count no more."""
    for statement, before in (
        ("DELETE FROM viid_nonces WHERE issued_at < :before", now - NONCE_REMEMBERED),
        ("DELETE FROM viid_failures WHERE failed_at < :before", now - FAILURES_COUNTED),
    ):
        await conn.execute(sa.text(statement), {"before": before})
