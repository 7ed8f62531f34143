"""Challenges of HTTP Digest that were given out, and wrong answers to them (RFC 7616).

All of this is operational: when it is lost, clients are challenged again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, alone

NONCE_LIFE: Final = timedelta(minutes=5)
NONCE_REMEMBERED: Final = timedelta(minutes=10)
FAILURES_ALLOWED: Final = 5
FAILURES_COUNTED: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Used:
    """Which counts of a nonce were answered: the highest, and as bits those below it (`digest.counted`)."""

    highest: int
    below: int


FRESH: Final = Used(0, 0)
_REMEMBERED: Final = 20_000


async def add_nonce(conn: AsyncConnection, *, now: datetime) -> str:
    """A fresh challenge, 32 hex digits, which can be answered for five minutes, with a rising count."""
    nonce = secrets.token_hex(16)
    await conn.execute(
        sa.text("INSERT INTO viid_nonces (nonce, issued_at, highest, below) VALUES (:nonce, :now, 0, 0)"),
        {"nonce": nonce, "now": now},
    )
    return nonce


class Nonces:
    """What was answered of nonces when this process last saw it: a guess, for another process may have seen more."""

    def __init__(self) -> None:
        self._last_seen: OrderedDict[str, Used] = OrderedDict()

    def of(self, nonce: str) -> Used:
        """The guess; of an unknown nonce, that it is fresh."""
        return self._last_seen.get(nonce, FRESH)

    def remember(self, nonce: str, used: Used) -> None:
        self._last_seen[nonce] = used
        self._last_seen.move_to_end(nonce)
        while len(self._last_seen) > _REMEMBERED:
            self._last_seen.popitem(last=False)


async def find_nonce(db: Database, nonce: str, *, now: datetime) -> Used | None:
    """What was answered of `nonce`; None if it is not ours or too old."""
    query = "SELECT highest, below FROM viid_nonces WHERE nonce = $1 AND issued_at > $2"
    rows = await alone(db, query, nonce, now - NONCE_LIFE)
    return Used(*rows[0]) if rows else None


async def use_nonce(db: Database, nonce: str, seen: Used, used: Used, *, now: datetime) -> bool:
    """One more count of `nonce` was answered: `used`, if until now it was `seen`. Durable on return.

    False where it was something else, or the nonce is not ours or too old: then nothing has changed.
    """
    statement = (
        "UPDATE viid_nonces SET highest = $1, below = $2"
        " WHERE nonce = $3 AND highest = $4 AND below = $5 AND issued_at > $6 RETURNING true"
    )
    values = (used.highest, used.below, nonce, seen.highest, seen.below, now - NONCE_LIFE)
    return bool(await alone(db, statement, *values))


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
