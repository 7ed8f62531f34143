"""Which sessions have ended, as the gateway keeps it in memory: it asks for every request with a session's token."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from common.door.uow import Database, view
from common.policy import Action, authorize, service_actor
from common.values.ids import SessionId
from gateway.identity.store import tickets

LOOK_EVERY_S: Final = 1.0


class EndedSessions:
    """The ended sessions whose access tokens may not have expired: at most a second old, as is the directory."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._mandate = authorize(service_actor(db.service), Action.SESSION_KEEP)
        self._ids: frozenset[SessionId] = frozenset()
        self._look_at = 0.0
        self._turn = asyncio.Lock()

    def stale(self) -> None:
        """This process has ended a session: ask the database before the next answer."""
        self._look_at = 0.0

    async def has(self, session_id: SessionId) -> bool:
        """Whether the session has ended."""
        if monotonic() >= self._look_at:
            async with self._turn:
                if monotonic() >= self._look_at:
                    await self._look()
        return session_id in self._ids

    async def _look(self) -> None:
        # Set after the reading: while the database is away nobody learns from an old set that a token is good.
        async with view(self._db, self._mandate) as v:
            self._ids = await tickets.list_ended(v)
        self._look_at = monotonic() + LOOK_EVERY_S
