"""Server-sent events (WHATWG HTML, text/event-stream): an answer that goes on, cheap while nothing happens.

    read ──▶ write within 10 s ──▶ more? ──▶ wait for a wake-up, at most until the next heartbeat ──▶ read …

A stream keeps no queue. When it is woken it reads from the place that it has reached, a page at a time, and writes the
page before it reads the next one, so a reader that is slow costs one page of memory and no more; after 10 s it is cut.
Nothing is open while a page is written: no transaction, no lock. A heartbeat reads nothing: whoever wakes the stream
also asks from time to time what moved without a word, once for all streams.

A stream ends by itself after about 10 minutes, not all in the same second, so that a restart of a server does not bring
all readers back at once for ever. It also ends when the reader goes, or when the process begins to stop.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.web.problem import is_storage_away
from common.web.stopping import STOPPING

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "text/event-stream"
RETRY_MS: Final = 3000
"""After how long a reader comes back."""
AGAIN_MS: Final = (500, 8000)
"""After how long when its server stopped: each reader at another moment."""
_HEARTBEAT: Final = b":\n\n"
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass(frozen=True)
class Pace:
    """Seconds: between two heartbeats, for a write, and how long a stream lasts, ten minutes within a fifth."""

    heartbeat_s: float = 20.0
    write_within_s: float = 10.0
    lasts_s: tuple[float, float] = (480.0, 720.0)


PACE: Final = Pace()


@dataclass(frozen=True)
class Page:
    """The events to write now. With `has_more`, the next page is read at once."""

    events: bytes
    has_more: bool = False


NOTHING: Final = Page(b"")
_AWAY: Final = Page(b"")


def event(name: str, data: str, *, id: str | None = None) -> bytes:
    """One event. `data` is one line; the reader sends the last `id` back as Last-Event-ID."""
    head = f"event: {name}\n" + (f"id: {id}\n" if id is not None else "")
    return f"{head}data: {data}\n\n".encode()


class Wakeup:
    """What a stream waits for. `wake`: there may be something to read. `end`: there is nothing to wait for."""

    __slots__ = ("_news", "reason")

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.reason = ""

    @property
    def is_over(self) -> bool:
        return bool(self.reason)

    def wake(self) -> None:
        self._news.set()

    def end(self, reason: str) -> None:
        """The stream ends, for the first reason that was given."""
        self.reason = self.reason or reason
        self._news.set()

    def clear(self) -> None:
        """Before a read: what happens during it wakes the next wait."""
        self._news.clear()

    async def wait(self, within_s: float) -> bool:
        """Whether it was woken in time."""
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                await self._news.wait()
        except TimeoutError:
            return False
        return True


GONE: Final = "GONE"
TIME: Final = "TIME"
STOP: Final = "STOP"


class EventStream(Response):
    """The answer. `read` gives the events since the last call; `closing` is called once, however the stream ends."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        read: Callable[[], Awaitable[Page]],
        wakeup: Wakeup,
        *,
        closing: Callable[[], None],
        pace: Pace = PACE,
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._read = read
        self._wakeup = wakeup
        self._closing = closing
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watching = asyncio.ensure_future(self._watch(receive))
        STOPPING.tell(self._stop)
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            if await self._run(send) and self._wakeup.reason != GONE:
                # Readers of a process that stops come back at different moments, to the processes that are left.
                retry = (
                    f"retry: {random.randint(*AGAIN_MS)}\n".encode() if self._wakeup.reason == STOP else b""
                )
                last = retry + event("end", f'{{"reason":"{self._wakeup.reason}"}}')
                if await self._written(send, last):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            STOPPING.forget(self._stop)
            watching.cancel()
            self._closing()

    def _stop(self) -> None:
        self._wakeup.end(STOP)

    async def _run(self, send: Send) -> bool:
        """Writes until the stream is over. False for a reader that does not read."""
        begun = monotonic()
        ends_at = begun + random.uniform(*self._pace.lasts_s)
        beats_at = begun + self._pace.heartbeat_s
        pending = f"retry: {RETRY_MS}\n\n".encode()
        is_behind = True
        while not self._wakeup.is_over:
            page = await self._next() if is_behind else NOTHING
            if pending or page.events:
                if not await self._written(send, pending + page.events):
                    return False
                pending, beats_at = b"", monotonic() + self._pace.heartbeat_s
            if page.has_more:
                continue
            is_behind = page is _AWAY  # then the next heartbeat asks again
            if await self._wakeup.wait(min(beats_at, ends_at) - monotonic()):
                is_behind = True
                continue
            if monotonic() >= ends_at:
                self._wakeup.end(TIME)
            else:
                pending = _HEARTBEAT
        return True

    async def _next(self) -> Page:
        """The next page. `_AWAY` while storage is away: the reader keeps its stream and misses no event."""
        self._wakeup.clear()
        if self._wakeup.is_over:
            return NOTHING
        try:
            return await self._read()
        except Exception as error:
            if not is_storage_away(error):
                raise
            return _AWAY

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._wakeup.end(GONE)

    async def _written(self, send: Send, body: bytes) -> bool:
        """Whether `body` went out in time. A reader that does not read is cut: its stream resumes where it was."""
        within_s = self._pace.write_within_s
        try:
            async with asyncio.timeout(within_s):
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            log.info("cut a stream of events whose reader did not read for %d s", within_s)
            return False
        return True
