"""How far inboxes reach, asked in one statement for every stream that wants to know at the moment.

A stream that opens has mostly nothing to read: its phone was here a minute ago. A transaction of its own would tell it
so in six round trips, and ten thousand phones that come back after a restart would wait for minutes.
"""

from __future__ import annotations

import asyncio
from typing import Final

from common.door.uow import Database, alone
from common.values.ids import PartyId
from notification.domain.entries import EMPTY, Reach

_MOST: Final = 1_000
_REACH: Final = "SELECT party_id, last, thinned FROM inbox_counters WHERE party_id = ANY($1)"


class Reaches:
    """Asks for all who wait. An answer holds everything that was committed before its question."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[PartyId, asyncio.Future[Reach]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, party_id: PartyId) -> Reach:
        """How far the inbox of the party reaches now. Raises what the database raises."""
        if party_id not in self._waiting:
            self._waiting[party_id] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[party_id]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        # Others may wait for the same answer: one that goes does not end their wait.
        return await asyncio.shield(waiting)

    async def _ask(self) -> None:
        while self._waiting:
            # Taken out before the statement begins: who comes while it runs needs the next one.
            asked = {party_id: self._waiting.pop(party_id) for party_id in list(self._waiting)[:_MOST]}
            try:
                rows = await alone(self._db, _REACH, list(asked))
            except Exception as error:  # noqa: BLE001
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # its stream may be gone; nobody need hear of it then
                continue
            reached = {row["party_id"]: Reach(row["last"], row["thinned"]) for row in rows}
            for party_id, future in asked.items():
                future.set_result(reached.get(party_id, EMPTY))
