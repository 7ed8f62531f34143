"""The caller's own sessions: on which devices somebody is signed in, and the end of any of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, not_found
from common.values.ids import SessionId
from common.web.auth import Allow, Db
from gateway.identity.contract import SessionList, SessionView
from gateway.identity.domain import sessions as rules
from gateway.identity.domain.sessions import Ending
from gateway.identity.runtime import GatewayRuntime, Run
from gateway.identity.store import sessions
from gateway.identity.store.sessions import Held

router = APIRouter(tags=["identity"])

Reading = Annotated[Mandate, Depends(Allow(Action.SESSION_READ))]
Ending_ = Annotated[Mandate, Depends(Allow(Action.SESSION_END))]


@router.get("/v1/me/sessions", summary="我的登录设备 · List one's own sessions")
async def list_sessions(db: Db, runtime: Run, mandate: Reading) -> SessionList:
    """The sessions of the caller that are open: each sign-in on each device."""
    async with view(db, mandate) as v:
        listed = await sessions.list_by_person(v, mandate.actor.sub)
        now = v.now
    is_open = [
        held
        for held in listed
        if rules.is_open(held.session, held.ticket, runtime.settings.lifetimes(held.session.who.how), now)
    ]
    return SessionList(items=[session_view(held, runtime, mandate) for held in is_open])


@router.post("/v1/me/sessions/{session_id}/end", summary="退出登录 · End one's own session", status_code=201)
async def end_session(session_id: SessionId, db: Db, runtime: Run, mandate: Ending_) -> SessionView:
    """End a session: its refresh token buys nothing more, and its access tokens are refused within a second."""
    async with change(db, mandate) as tx:
        held = await sessions.lock(tx, session_id)
        if held.session.who.sub != mandate.actor.sub:
            raise not_found(session_id)
        permit = tx.permit(sessions.resource(session_id, held.session.who))
        fact = rules.end(held.session, Ending.SIGNED_OUT, at=tx.now)
        session = await sessions.save(tx, permit, held.session, *([fact] if fact else []))
        answer = tx.answer(session_view(held, runtime, mandate, ended_at=session.ended_at))
    runtime.ended.stale()
    return answer


def session_view(
    held: Held, runtime: GatewayRuntime, mandate: Mandate, *, ended_at: datetime | None = None
) -> SessionView:
    """`held` as the contract shows it."""
    session, ticket = held.session, held.ticket
    return SessionView(
        session_id=session.id,
        how=session.who.how.value,
        key=session.key,
        case_id=session.who.case_id,
        is_current=session.id == mandate.actor.session,
        begun_at=session.begun_at,
        used_at=ticket.used_at,
        idle_until=min(
            ticket.used_at + runtime.settings.lifetimes(session.who.how).idle, session.lasts_until
        ),
        lasts_until=session.lasts_until,
        ended_at=ended_at or session.ended_at,
    )
