"""Sessions, each with the ticket that buys its next tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import NO_AGENCY, AgencyId, CaseId, SessionId
from gateway.identity.domain.clients import ClientId
from gateway.identity.domain.sessions import (
    Ending,
    How,
    RefreshReused,
    Session,
    SessionBegun,
    SessionEnded,
    SignIn,
    Ticket,
    after,
    begun,
)
from gateway.identity.store import tickets
from gateway.identity.store.tables import session_tickets, sessions


@dataclass(frozen=True)
class Held:
    """A session with its ticket; `answer` is what the token spent last bought, sealed under that token."""

    session: Session
    ticket: Ticket
    answer: bytes | None


def resource(session_id: SessionId, who: SignIn) -> Resource:
    """The session as the policy sees it: its person's own."""
    return Resource(
        session_id,
        who.agency_id or NO_AGENCY,
        level=1,
        party_id=who.party_id,
        assigned=frozenset({who.sub}),
        case_id=who.case_id,
    )


async def lock(tx: Tx, session_id: SessionId) -> Held:
    """The session, held until commit. Refusal NOT_FOUND without one, or once its ticket was thrown away."""
    held = await _held(tx, sessions.c.id == session_id, for_update=True)
    if not held:
        raise not_found(session_id)
    return held[0]


async def find(v: View, session_id: SessionId) -> Held | None:
    """The session, or None without one and once its ticket was thrown away."""
    held = await _held(v, sessions.c.id == session_id)
    return held[0] if held else None


async def lock_by_person(tx: Tx, sub: str) -> list[Held]:
    """The person's sessions that nobody ended, held until commit."""
    return await _held(tx, sa.and_(sessions.c.sub == sub, sessions.c.ended_at.is_(None)), for_update=True)


async def lock_by_provider(tx: Tx, sid: str) -> list[Held]:
    """The sessions that began in this session of the provider and that nobody ended, held until commit."""
    began_there = sa.and_(session_tickets.c.provider_sid == sid, sessions.c.ended_at.is_(None))
    return await _held(tx, began_there, for_update=True)


async def list_by_person(v: View, sub: str) -> list[Held]:
    """The person's sessions that nobody ended, the oldest first. Some of them may be over by time."""
    return await _held(v, sa.and_(sessions.c.sub == sub, sessions.c.ended_at.is_(None)))


async def add(tx: Tx, permit: Permit, fact: SessionBegun) -> Session:
    """The session that `fact` begins. It goes on once it has a ticket."""
    tx.record(permit, fact)
    session = begun(fact)
    row = {
        "id": session.id,
        "sub": session.who.sub,
        "party_id": session.who.party_id,
        "agency_id": session.who.agency_id,
        "how": session.who.how,
        "client_id": session.who.client_id,
        "epoch": session.who.epoch,
        "case_id": session.who.case_id,
        "key": session.key,
        "begun_at": session.begun_at,
        "lasts_until": session.lasts_until,
        "ended_at": None,
        "ending": None,
    }
    await tx.add(fact, sessions, row)
    return session


async def save(tx: Tx, permit: Permit, session: Session, *facts: SessionEnded | RefreshReused) -> Session:
    """Record `facts` and end the session as they say; its access tokens are refused within a second."""
    tx.record(permit, *facts)
    for fact in facts:
        session = after(session, fact)
        columns = {"ended_at": session.ended_at, "ending": session.ending}
        await tx.set(fact, sessions, {"id": session.id}, columns)
    if session.ended_at is not None:
        await tickets.end(tx, session.id)
    return session


async def _held(at: Tx | View, where: sa.ColumnElement[bool], *, for_update: bool = False) -> list[Held]:
    ticket = session_tickets
    query = (
        sa.select(sessions, *(column for column in ticket.c if column.name not in sessions.c))
        .join(ticket, ticket.c.session_id == sessions.c.id)
        .where(where)
        .order_by(sessions.c.begun_at, sessions.c.id)
    )
    rows = await at.conn.execute(query.with_for_update() if for_update else query)
    return [
        Held(
            _session(row),
            Ticket(
                bytes(row.digest),
                row.used_at,
                row.spent_digest,
                row.spent_at,
                row.authenticated_at,
                row.browser_key,
            ),
            row.answer,
        )
        for row in rows
    ]


def _session(row: Any) -> Session:
    client_id = ClientId(row.client_id) if row.client_id else None
    case_id = CaseId(row.case_id) if row.case_id else None
    agency_id = AgencyId(row.agency_id) if row.agency_id else None
    return Session(
        SessionId(row.id),
        SignIn(row.sub, How(row.how), agency_id, client_id, row.epoch, case_id),
        row.key,
        row.begun_at,
        row.lasts_until,
        row.ended_at,
        Ending(row.ending) if row.ending else None,
    )
