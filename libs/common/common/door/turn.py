"""Which process of a service does the work without a caller: one at a time, and another one soon after it is gone.

    connect ──▶ lock? ──no──▶ asks again each second
                  └──yes──▶ its turn, while this session lasts

The turn ends with its session: with the process, with the server, or after 15 s without a word from one that hangs.
For a moment two processes may then work. Rows are locked and records have ids, so nothing is done twice; what a turn
saves is the work, not the proof.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import asyncpg

from common.door.address import plain

log = logging.getLogger(__name__)

SILENT_S: Final = 15
_WORD_EVERY_S: Final = 4.0
_ASK_EVERY_S: Final = 1.0
_CONNECT_S: Final = 10.0


class Turn:
    """The turn of this process to do the jobs of `service`. `mine` is set while it lasts."""

    def __init__(self, service: str, url: str) -> None:
        self.mine = asyncio.Event()
        self._service = service
        self._url = plain(url)

    async def hold(self) -> None:
        """Take the turn whenever it is free, and keep it, until cancelled."""
        while True:
            try:
                await self._while_connected()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("couldn't keep the turn of %s: %s", self._service, type(error).__name__)
            finally:
                self.mine.clear()
            await asyncio.sleep(_ASK_EVERY_S)

    async def _while_connected(self) -> None:
        silence = {"idle_session_timeout": f"{SILENT_S}s"}
        conn = await asyncpg.connect(
            self._url, timeout=_CONNECT_S, command_timeout=_CONNECT_S, server_settings=silence
        )
        try:
            name = f"jobs/{self._service}"
            # A lock of the session, on a connection that no pool has: it must end with this process.
            while not await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
                await asyncio.sleep(_ASK_EVERY_S)
            self.mine.set()
            while True:
                await asyncio.sleep(_WORD_EVERY_S)
                await conn.execute("SELECT")
        finally:
            conn.terminate()
