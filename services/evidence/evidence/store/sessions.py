"""Sessions of GA/T 1400 devices (GA/T 1400.4, registration and keep-alive).

    401 + challenge ─▶ Digest answer to Register ─▶ session (account, device, address) ─180 s without a request─▶ gone

After Register many clients name themselves in User-Identify alone, which anyone could write. So only an account that
is relaxed to sessions is known by one, only from the address that registered, and the record says so (SESSION_ONLY).
All of this is operational: when it is lost, cameras register again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

SESSION_LIFE: Final = timedelta(seconds=180)


@dataclass(frozen=True)
class Session:
    """A device, or a host, that proved its account from this address under this code."""

    account: str
    device_code: str
    address: str
    user_identify: str | None


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

    One client sends the header with Keepalive alone, another sends its platform's id on everything.
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


async def end(conn: AsyncConnection, *, account: str, device_code: str) -> None:
    """The device unregistered: it has no session from any address."""
    statement = "DELETE FROM viid_sessions WHERE account = :account AND device_code = :device_code"
    await conn.execute(sa.text(statement), {"account": account, "device_code": device_code})


async def sweep(conn: AsyncConnection, *, now: datetime) -> None:
    """Delete sessions that ended by themselves."""
    statement = sa.text("DELETE FROM viid_sessions WHERE last_seen_at < :before")
    await conn.execute(statement, {"before": now - SESSION_LIFE})
