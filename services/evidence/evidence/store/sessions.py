"""Challenges, wrong answers and sessions of GA/T 1400 devices (GA/T 1400.4, registration and keep-alive).

    no session ─▶ 401 + challenge ─▶ Digest answer ─▶ session (account, device, address) ─180 s without a request─▶ gone

After Register a device names itself in User-Identify alone, which anyone could write: so a session counts
only from the address that registered it. All of this is operational: losing it makes cameras register again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

NONCE_LIFE: Final = timedelta(seconds=60)
NONCE_REMEMBERED: Final = timedelta(minutes=10)
FAILURES_ALLOWED: Final = 5
FAILURES_COUNTED: Final = timedelta(minutes=5)
SESSION_LIFE: Final = timedelta(seconds=180)


@dataclass(frozen=True)
class Session:
    """A device that proved its account from this address."""

    account: str
    device_code: str
    address: str
    user_identify: str | None


async def add_nonce(conn: AsyncConnection, *, now: datetime) -> str:
    """A fresh challenge, 32 hex digits, which can be answered once and within a minute."""
    nonce = secrets.token_hex(16)
    await conn.execute(
        sa.text("INSERT INTO viid_nonces (nonce, issued_at, used) VALUES (:nonce, :now, false)"),
        {"nonce": nonce, "now": now},
    )
    return nonce


async def use_nonce(conn: AsyncConnection, nonce: str, *, now: datetime) -> bool:
    """Whether `nonce` was ours, young and unused. It is used from here on."""
    query = sa.text(
        "UPDATE viid_nonces SET used = true WHERE nonce = :nonce AND NOT used AND issued_at > :since RETURNING nonce"
    )
    return await conn.scalar(query, {"nonce": nonce, "since": now - NONCE_LIFE}) is not None


async def was_used(conn: AsyncConnection, nonce: str) -> bool:
    """Whether this challenge was answered before: then somebody recorded that answer and plays it again."""
    query = sa.text("SELECT true FROM viid_nonces WHERE nonce = :nonce AND used")
    return bool(await conn.scalar(query, {"nonce": nonce}))


async def is_locked(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> bool:
    """Whether this account gave too many wrong answers from this address."""
    query = sa.text(
        "SELECT count(*) FROM viid_failures"
        " WHERE account = :account AND address = :address AND failed_at > :since"
    )
    values = {"account": account, "address": address, "since": now - FAILURES_COUNTED}
    return int(await conn.scalar(query, values) or 0) >= FAILURES_ALLOWED


async def add_failure(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> None:
    """Count one wrong answer."""
    await conn.execute(
        sa.text("INSERT INTO viid_failures (account, address, failed_at) VALUES (:account, :address, :now)"),
        {"account": account, "address": address, "now": now},
    )


async def begin(conn: AsyncConnection, session: Session, *, user_agent: str | None, now: datetime) -> None:
    """The session begins; where it exists already, a repeated Register renews it."""
    await conn.execute(
        sa.text(
            "INSERT INTO viid_sessions"
            " (account, device_code, address, user_identify, user_agent, registered_at, last_seen_at)"
            " VALUES (:account, :device_code, :address, :user_identify, :user_agent, :now, :now)"
            " ON CONFLICT (account, device_code, address) DO UPDATE SET user_identify = EXCLUDED.user_identify,"
            " user_agent = EXCLUDED.user_agent, last_seen_at = EXCLUDED.last_seen_at"
        ),
        {**vars(session), "user_agent": user_agent, "now": now},
    )


async def list_live(
    conn: AsyncConnection, *, address: str, identify: str | None, now: datetime
) -> list[Session]:
    """The live sessions of this address that a request with this User-Identify could mean, the latest first.

    One client sends the header with Keepalive alone, another sends its platform's id on everything: so
    without a header every session of the address could be meant, and the caller looks into the body.
    """
    query = sa.text(
        "SELECT account, device_code, address, user_identify FROM viid_sessions"
        " WHERE address = :address AND last_seen_at > :since ORDER BY last_seen_at DESC"
    )
    rows = (await conn.execute(query, {"address": address, "since": now - SESSION_LIFE})).all()
    sessions = [Session(*row) for row in rows]
    if identify is None:
        return sessions
    exact = [session for session in sessions if identify == session.device_code]
    return exact or [session for session in sessions if identify == session.user_identify]


async def renew(conn: AsyncConnection, session: Session, *, now: datetime) -> None:
    """Any request keeps its session alive."""
    statement = (
        "UPDATE viid_sessions SET last_seen_at = greatest(last_seen_at, :now)"
        " WHERE account = :account AND device_code = :device_code AND address = :address"
    )
    await conn.execute(sa.text(statement), {**vars(session), "now": now})


async def end(conn: AsyncConnection, session: Session) -> None:
    """The device unregistered."""
    statement = (
        "DELETE FROM viid_sessions"
        " WHERE account = :account AND device_code = :device_code AND address = :address"
    )
    await conn.execute(sa.text(statement), vars(session))


async def sweep(conn: AsyncConnection, *, now: datetime) -> None:
    """Delete challenges, failures and sessions that count no more."""
    for statement, before in (
        ("DELETE FROM viid_nonces WHERE issued_at < :before", now - NONCE_REMEMBERED),
        ("DELETE FROM viid_failures WHERE failed_at < :before", now - FAILURES_COUNTED),
        ("DELETE FROM viid_sessions WHERE last_seen_at < :before", now - SESSION_LIFE),
    ):
        await conn.execute(sa.text(statement), {"before": before})
