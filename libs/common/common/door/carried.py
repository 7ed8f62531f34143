"""Waiting until records are in the ledger: for a service whose answer must not leave before.

The relay may be another process, so the only word about a record is its row in `receipts`. All that wait in a process
share one look at that table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from common.door.relay import Relay, drain
from common.door.uow import Database

LOOK_S: Final = 0.004
_QUERY: Final = sa.text("SELECT record_id FROM receipts WHERE record_id = ANY(:ids)")


class Carried:
    """What this process waits for. `relay` carries by itself where no relay runs beside it, as in tests."""

    def __init__(self, db: Database, relay: Relay | None = None) -> None:
        self._db = db
        self._relay = relay
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, records: Sequence[str]) -> None:
        """Return once every record of `records` has its place in the ledger. Cancel it to stop waiting."""
        if self._relay is not None:
            await drain(self._relay)
        loop = asyncio.get_running_loop()
        futures = [self._waiting.setdefault(UUID(record), loop.create_future()) for record in records]
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.gather(*(asyncio.shield(future) for future in futures))
        finally:
            for record in records:
                self._waiting.pop(UUID(record), None)

    async def is_behind(self) -> bool:
        """Whether a record waits for the ledger now."""
        async with self._db.engine.connect() as conn:
            return bool(await conn.scalar(sa.text("SELECT EXISTS (SELECT FROM outbox_pending)")))

    async def _look(self) -> None:
        while self._waiting:
            async with self._db.engine.connect() as conn:
                rows = (await conn.execute(_QUERY, {"ids": list(self._waiting)})).scalars().all()
            for record in rows:
                future = self._waiting.get(record)
                if future is not None and not future.done():
                    future.set_result(None)
            await asyncio.sleep(LOOK_S)
