"""Who gets the next free decoder: each account in its turn, so that a heavy one holds up nobody but itself.

    free ──acquire──▶ held by an account ──release──▶ the waiting account that holds fewest, else free

An account that is not alone leaves one thing to the others, even while nobody waits: a picture that is being decoded
cannot be interrupted, and the next account would wait for all of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Generic, TypeVar

ALONE_AFTER_S: Final = 10.0
"""So long after another account's last turn an account is alone, and may hold everything."""

_REMEMBERED: Final = 1_000

T = TypeVar("T")


class Turns(Generic[T]):
    """`things` that accounts hold in turn. For the tasks of one event loop."""

    def __init__(self, things: Iterable[T], *, clock: Callable[[], float] = monotonic) -> None:
        self._free = list(things)
        self._most = max(1, len(self._free) - 1)
        self._clock = clock
        self._held: Counter[str] = Counter()
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._served: OrderedDict[str, int] = OrderedDict()
        self._waiting: dict[str, deque[asyncio.Future[T]]] = {}
        self._count = 0

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncIterator[T]:
        """One of the things, for `account` until the end of the block."""
        thing = await self._acquire(account)
        try:
            yield thing
        finally:
            self._release(account, thing)

    async def _acquire(self, account: str) -> T:
        coming: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(coming)
        self._see(account)
        self._hand_out()
        try:
            return await coming
        except asyncio.CancelledError:
            if coming.done() and not coming.cancelled():
                self._release(account, coming.result())
            raise

    def _release(self, account: str, thing: T) -> None:
        self._held[account] -= 1
        if not self._held[account]:
            del self._held[account]
        self._see(account)
        self._free.append(thing)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (account := self._next()) is not None:
            queue = self._waiting[account]
            coming = queue.popleft()
            if not queue:
                del self._waiting[account]
            if not coming.cancelled():
                self._held[account] += 1
                self._serve(account)
                coming.set_result(self._free.pop())

    def _next(self) -> str | None:
        """The waiting account that holds fewest, of several the one whose turn was longest ago; None if none may."""
        allowed = [name for name in self._waiting if self._held[name] < self._most or self._is_alone(name)]
        return min(allowed, key=lambda name: (self._held[name], self._served.get(name, 0)), default=None)

    def _serve(self, account: str) -> None:
        self._count += 1
        self._served[account] = self._count
        self._served.move_to_end(account)
        while len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)

    def _is_alone(self, account: str) -> bool:
        since = self._clock() - ALONE_AFTER_S
        return not any(name != account and at > since for name, at in reversed(self._seen.items()))

    def _see(self, account: str) -> None:
        self._seen[account] = self._clock()
        self._seen.move_to_end(account)
        # Two are enough to know whether anybody is alone.
        while len(self._seen) > 2:
            self._seen.popitem(last=False)
