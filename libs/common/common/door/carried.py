"""Waiting until records are in the ledger: for a service whose answer must not leave before.

The relay may be another process, so a record is known to be in the ledger by its row in `receipts` alone. All callers
that wait in one process share one query of that table. Each has its own wait, so a caller that gives up stops no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from common.door.relay import Relay, drain
from common.door.uow import Database
from common.values.errors import Kind, Refusal

LOOK_S: Final = 0.004
_FAILED_S: Final = 0.25
_QUERY: Final = sa.text("SELECT record_id FROM receipts WHERE record_id = ANY(:ids)")
_STANDING: Final = sa.text(
    "SELECT EXISTS (SELECT FROM outbox_pending) AS waits, (SELECT max(index) FROM receipts) AS place"
)


class Carried:
    """What this process waits for. `relay` carries by itself where no relay runs beside it, as in tests."""

    def __init__(self, db: Database, relay: Relay | None = None) -> None:
        self._db = db
        self._relay = relay
        self._waiting: dict[UUID, list[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, records: Sequence[str]) -> None:
        """Return once every record of `records` has its place in the ledger. Cancel it to stop waiting."""
        loop = asyncio.get_running_loop()
        own = {UUID(record): loop.create_future() for record in records}
        for record, future in own.items():
            self._waiting.setdefault(record, []).append(future)
        try:
            await self._carry()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            await asyncio.gather(*own.values())
        finally:
            for record, future in own.items():
                self._waiting[record].remove(future)
                if not self._waiting[record]:
                    del self._waiting[record]

    async def place(self) -> int:
        """The index of the last record of this service that the ledger took; -1: it never took one."""
        return (await self._standing())[1]

    async def is_behind(self, place: int) -> bool:
        """Whether records wait, and the ledger has taken none of ours since it was at `place`."""
        waits, now = await self._standing()
        return waits and now <= place

    async def _standing(self) -> tuple[bool, int]:
        async with self._db.engine.connect() as conn:
            row = (await conn.execute(_STANDING)).one()
        return row.waits, -1 if row.place is None else int(row.place)

    async def _carry(self) -> None:
        if self._relay is None:
            return
        try:
            await drain(self._relay)
        except Refusal as refusal:
            # A ledger that is away is no fault of the caller: the wait ends with its own time.
            if refusal.kind is not Kind.UNAVAILABLE:
                raise

    async def _look(self) -> None:
        while self._waiting:
            pause = LOOK_S
            try:
                async with self._db.engine.connect() as conn:
                    rows = (await conn.execute(_QUERY, {"ids": list(self._waiting)})).scalars().all()
            except (OSError, sa.exc.SQLAlchemyError):
                # The database is away or has no connection to spare. Those who wait go on until their time is over.
                rows, pause = [], _FAILED_S
            for future in [future for record in rows for future in self._waiting.get(record, ())]:
                if not future.done():
                    future.set_result(None)
            await asyncio.sleep(pause)
