"""Who is speaking: challenges, lockout and sessions of GA/T 1400 devices (§A.3, §A.4).

    no session ─▶ 401 + challenge ─▶ Digest answer ─▶ session (account, device, address) ─180 s without life─▶ gone

After Register a device names itself in User-Identify alone, which anyone could write: so a session counts
only from the address that registered it. All of this is operational: losing it makes cameras register again.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.secrets import Secrets

NONCE_LIFE = timedelta(seconds=60)
NONCE_REMEMBERED = timedelta(minutes=10)
FAILURES_ALLOWED = 5
FAILURES_COUNTED = timedelta(minutes=5)
SESSION_LIFE = timedelta(seconds=180)
QUARANTINE = timedelta(days=7)


@dataclass(frozen=True)
class Session:
    """A device that proved its account from this address."""

    account: str
    device_code: str
    address: str
    user_identify: str | None


async def new_nonce(conn: AsyncConnection, *, now: datetime) -> str:
    """A fresh challenge, 32 hex digits, good once and for a minute."""
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
    """Whether this challenge was answered before: then the answer was recorded and played again."""
    return bool(
        await conn.scalar(
            sa.text("SELECT true FROM viid_nonces WHERE nonce = :nonce AND used"), {"nonce": nonce}
        )
    )


async def is_locked(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> bool:
    """Whether this account failed too often from this address."""
    query = sa.text(
        "SELECT count(*) FROM viid_failures"
        " WHERE account = :account AND address = :address AND failed_at > :since"
    )
    failed = await conn.scalar(
        query, {"account": account, "address": address, "since": now - FAILURES_COUNTED}
    )
    return int(failed or 0) >= FAILURES_ALLOWED


async def note_failure(conn: AsyncConnection, account: str, address: str, *, now: datetime) -> None:
    """Count one wrong answer."""
    await conn.execute(
        sa.text("INSERT INTO viid_failures (account, address, failed_at) VALUES (:account, :address, :now)"),
        {"account": account, "address": address, "now": now},
    )


async def begin(conn: AsyncConnection, session: Session, *, user_agent: str | None, now: datetime) -> None:
    """The device is here; a repeated Register renews its session."""
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


async def live(conn: AsyncConnection, *, address: str, identify: str | None, now: datetime) -> list[Session]:
    """The live sessions of this address that a request with this User-Identify could mean, the latest first.

    One client sends the header with Keepalive alone, another sends its platform's id on everything: so
    without a header every session of the address could be meant, and the caller looks into the body.
    """
    query = sa.text(
        "SELECT account, device_code, address, user_identify FROM viid_sessions"
        " WHERE address = :address AND last_seen_at > :since ORDER BY last_seen_at DESC"
    )
    rows = (await conn.execute(query, {"address": address, "since": now - SESSION_LIFE})).all()
    found = [Session(*row) for row in rows]
    if identify is None:
        return found
    exact = [s for s in found if identify == s.device_code]
    return exact or [s for s in found if identify == s.user_identify]


async def renew(conn: AsyncConnection, session: Session, *, now: datetime) -> None:
    """Any request is a sign of life."""
    await conn.execute(
        sa.text(
            "UPDATE viid_sessions SET last_seen_at = greatest(last_seen_at, :now)"
            " WHERE account = :account AND device_code = :device_code AND address = :address"
        ),
        {
            "account": session.account,
            "device_code": session.device_code,
            "address": session.address,
            "now": now,
        },
    )


async def end(conn: AsyncConnection, session: Session) -> None:
    """The device said goodbye."""
    await conn.execute(
        sa.text(
            "DELETE FROM viid_sessions WHERE account = :account AND device_code = :device_code AND address = :address"
        ),
        {"account": session.account, "device_code": session.device_code, "address": session.address},
    )


async def quarantine(
    conn: AsyncConnection, known: Secrets, session: Session, *, sha256: str, body: bytes, now: datetime
) -> None:
    """Keep a push that held nothing readable, for the operator, for seven days; sealed, since it may show somebody."""
    sealed = await asyncio.to_thread(known.seal, _quarantine(sha256), "body", body)
    await conn.execute(
        sa.text(
            "INSERT INTO quarantined_bodies (sha256, account, device_code, body, received_at, until)"
            " VALUES (:sha256, :account, :device_code, :body, :now, :until) ON CONFLICT (sha256) DO NOTHING"
        ),
        {
            "sha256": sha256,
            "account": session.account,
            "device_code": session.device_code,
            "body": sealed,
            "now": now,
            "until": now + QUARANTINE,
        },
    )


async def quarantined(conn: AsyncConnection, known: Secrets, sha256: str) -> bytes:
    """A quarantined push as it came, for the operator. Raises LookupError once its seven days are over."""
    query = "SELECT body FROM quarantined_bodies WHERE sha256 = :sha256"
    body = await conn.scalar(sa.text(query), {"sha256": sha256})
    if body is None:
        raise LookupError(f"no push {sha256} is in quarantine")
    return known.open(_quarantine(sha256), "body", body)


def _quarantine(sha256: str) -> str:
    return f"quarantine/{sha256}"


async def sweep(conn: AsyncConnection, known: Secrets, *, now: datetime) -> None:
    """Forget what has served its time; of quarantined pushes also what lies in backups."""
    query = "SELECT sha256 FROM quarantined_bodies WHERE until < :now"
    for sha256 in (await conn.scalars(sa.text(query), {"now": now})).all():
        await asyncio.to_thread(known.discard, _quarantine(sha256))
    for statement, before in (
        ("DELETE FROM viid_nonces WHERE issued_at < :before", now - NONCE_REMEMBERED),
        ("DELETE FROM viid_failures WHERE failed_at < :before", now - FAILURES_COUNTED),
        ("DELETE FROM viid_sessions WHERE last_seen_at < :before", now - SESSION_LIFE),
        ("DELETE FROM quarantined_bodies WHERE until < :before", now),
    ):
        await conn.execute(sa.text(statement), {"before": before})
