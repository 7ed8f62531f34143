"""The tickets of sessions: digests of the refresh tokens that buy the next access token. No token lies here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import SessionId
from gateway.identity.domain.sessions import Session, Ticket
from gateway.identity.store.tables import session_tickets
from ledger.clock import real_time


async def issue(
    tx: Tx,
    session: Session,
    *,
    digest: bytes,
    access_until: datetime,
    authenticated_at: datetime | None = None,
    provider_sid: str | None = None,
) -> None:
    """The ticket of a new session: the digest of its first refresh token. Tickets of sessions that are over go."""
    table = session_tickets
    old = sa.delete(table).where(table.c.lasts_until <= tx.now, table.c.access_until <= real_time())
    await tx.conn.execute(old)
    ticket = {
        "session_id": session.id,
        "digest": digest,
        "used_at": tx.now,
        "lasts_until": session.lasts_until,
        "access_until": access_until,
        "authenticated_at": authenticated_at,
        "provider_sid": provider_sid,
    }
    await tx.conn.execute(sa.insert(table).values(**ticket))


async def spend(
    tx: Tx, session_id: SessionId, ticket: Ticket, *, digest: bytes, answer: bytes, access_until: datetime
) -> None:
    """The next refresh token has this digest; the one of `ticket` is spent, and `answer` is what it bought."""
    await _set(
        tx,
        session_id,
        digest=digest,
        spent_digest=ticket.digest,
        spent_at=tx.now,
        answer=answer,
        used_at=tx.now,
        access_until=access_until,
    )


async def note_use(tx: Tx, session_id: SessionId) -> None:
    """The session was used now; it goes on for as long without use as its kind may."""
    await _set(tx, session_id, used_at=tx.now)


async def bind(tx: Tx, session_id: SessionId, key: str) -> bool:
    """Bind the session to the key of its browser (JWK); False where it is bound already."""
    table = session_tickets
    unbound = sa.update(table).where(table.c.session_id == session_id, table.c.browser_key.is_(None))
    return (await tx.conn.execute(unbound.values(browser_key=key))).rowcount == 1


async def end(tx: Tx, session_id: SessionId) -> None:
    """Nothing buys anything in this session any more."""
    await _set(tx, session_id, ended=True)


async def list_ended(v: View) -> frozenset[SessionId]:
    """Ended sessions that may have an access token which has not expired."""
    table = session_tickets
    query = sa.select(table.c.session_id).where(table.c.ended, table.c.access_until > real_time())
    return frozenset(SessionId(id) for id in (await v.conn.scalars(query)).all())


async def _set(tx: Tx, session_id: SessionId, **values: Any) -> None:
    table = session_tickets
    await tx.conn.execute(sa.update(table).where(table.c.session_id == session_id).values(**values))
