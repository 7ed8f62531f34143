"""How many bytes of bodies are in work at once: memory stays bounded however many pushes come together.

    body ─▶ room within WAIT_S? ─▶ read, parsed, decoded, sealed ─▶ room for the next
                └─ no ─▶ 503 and Retry-After

While a body waits here, the gateway keeps it on its disk. In work a body takes about five times its size: as bytes,
as JSON, as pictures, and sealed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from common.values.errors import Kind, Refusal

MOST: Final = 128 << 20
"""Bytes of bodies in work at once, large and small together; one body alone may have more."""

LARGE: Final = 4 << 20
"""Larger bodies together leave a quarter to the others: a platform's batches hold up no single camera."""

WAIT_S: Final = 5.0


class Budget:
    """Room for `most` bytes. For the tasks of one event loop."""

    def __init__(self, most: int = MOST, *, wait_s: float = WAIT_S) -> None:
        self._most = most
        self._wait_s = wait_s
        self._used = 0
        self._large = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Room for a body of `size` bytes until the end of the block. Raises Refusal UNAVAILABLE.

        A request without a body needs none: the gateway's question who speaks is answered however much is in work.
        """
        if size <= 0:
            yield
            return
        await self._take(size)
        try:
            yield
        finally:
            self._count(-size)
            self._admit()

    async def _take(self, size: int) -> None:
        coming: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, coming))
        self._admit()
        try:
            async with asyncio.timeout(self._wait_s):
                await asyncio.shield(coming)
        except (TimeoutError, asyncio.CancelledError) as error:
            if coming.done():
                self._count(-size)
            else:
                coming.cancel()
            self._admit()
            if isinstance(error, TimeoutError):
                raise Refusal(Kind.UNAVAILABLE, "VIID_BUSY") from None
            raise

    def _admit(self) -> None:
        """Let in, in the order of their coming, all bodies that have room; a large one holds up no small one."""
        waiting, self._waiting = self._waiting, deque()
        for size, coming in waiting:
            if coming.cancelled():
                continue
            if self._has_room(size):
                self._count(size)
                coming.set_result(None)
            else:
                self._waiting.append((size, coming))

    def _has_room(self, size: int) -> bool:
        if not self._used:
            return True
        has_room = self._used + size <= self._most
        return has_room and (size <= LARGE or self._large + size <= self._most * 3 // 4)

    def _count(self, size: int) -> None:
        self._used += size
        if abs(size) > LARGE:
            self._large += size
