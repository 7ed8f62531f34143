"""Who waits for news of which inbox in this process, and the one connection that hears of it.

    a change commits ──NOTIFY inbox, 'pty_…'──▶ the listening connection ──▶ the streams of that party read on

PostgreSQL says only whose inbox changed; each stream reads the rest itself, as the party and from its own place, where
there is something to read (`reaches`). A
notice that is lost delays nothing for long: the connection asks every 15 s which inboxes have moved.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg

from common.door.address import plain
from common.values.errors import Kind, Refusal
from common.values.ids import PartyId
from common.web.eventstream import STOP, Wakeup
from notification.live.reaches import Reaches

log = logging.getLogger(__name__)

CHANNEL: Final = "inbox"
MOST_STREAMS: Final = 3
"""Streams that one device has open at most."""
POLL_S: Final = 15.0
_AGAIN_S: Final = (0.5, 10.0)
"""The first pause after the connection was lost, and the longest: it doubles in between."""
_READERS: Final = 4
"""Streams that read at once: the other connections of the pool belong to requests."""
_LAST: Final = "SELECT party_id, last FROM inbox_counters WHERE party_id = ANY($1)"

Device = tuple[PartyId, str]
"""A party and its session; without a session the party is one device."""


class Live:
    """The streams of this process. Nothing is opened before the first of them."""

    def __init__(self, url: str, reaches: Reaches) -> None:
        self.reaches = reaches
        self._url = plain(url)
        self._waiting: dict[PartyId, set[Wakeup]] = defaultdict(set)
        self._devices: Counter[Device] = Counter()
        self._reached: dict[PartyId, int] = {}
        self._listening: asyncio.Task[None] | None = None
        self._reading = asyncio.Semaphore(_READERS)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return self._devices.total()

    def open(self, party_id: PartyId, session: str | None) -> Wakeup:
        """What a new stream of the party waits for. Raises Refusal NOTI_TOO_MANY_STREAMS."""
        device = (party_id, session or "")
        if self._devices[device] >= MOST_STREAMS:
            raise Refusal(Kind.LIMITED, "NOTI_TOO_MANY_STREAMS", {"most": MOST_STREAMS})
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        wakeup = Wakeup()
        self._devices[device] += 1
        self._waiting[party_id].add(wakeup)
        return wakeup

    def close(self, party_id: PartyId, session: str | None, wakeup: Wakeup) -> None:
        """The stream is over."""
        device = (party_id, session or "")
        self._devices[device] -= 1
        if not self._devices[device]:
            del self._devices[device]
        self._waiting[party_id].discard(wakeup)
        if not self._waiting[party_id]:
            del self._waiting[party_id]
            self._reached.pop(party_id, None)

    def reached(self, party_id: PartyId, place: int) -> None:
        """A stream of the party read up to `place`: the next asking wakes nobody for it."""
        # Only the first word counts. Another stream of the party may not have read as far.
        if party_id in self._waiting:
            self._reached.setdefault(party_id, place)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of the few places for a stream that reads now."""
        async with self._reading:
            yield

    async def end(self) -> None:
        """End every stream and the connection."""
        for wakeup in [each for some in self._waiting.values() for each in some]:
            wakeup.end(STOP)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None

    def _wake(self, party_id: str) -> None:
        # Not read as an id: whoever may connect to this database may send a notice, and it must not end the listener.
        for wakeup in self._waiting.get(cast(PartyId, party_id), ()):
            wakeup.wake()

    async def _listen(self) -> None:
        pause, longest = _AGAIN_S
        while True:
            try:
                await self._hear()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("couldn't listen for changes of inboxes: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _hear(self) -> None:
        """Hears until the connection is lost. Whatever changed while none listened is found by asking."""
        connection = await asyncpg.connect(self._url, timeout=10, command_timeout=30)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            while not connection.is_closed():
                await self._ask(connection)
                await asyncio.sleep(POLL_S)
        finally:
            connection.terminate()

    def _heard(self, connection: Any, pid: int, channel: str, payload: Any) -> None:
        self._wake(str(payload))

    async def _ask(self, connection: asyncpg.Connection[Any]) -> None:
        """Wake the streams of the inboxes that moved since the last time: a safety net below the notices."""
        for row in await connection.fetch(_LAST, list(self._waiting)):
            party_id = PartyId(row["party_id"])
            if party_id in self._waiting and self._reached.get(party_id) != row["last"]:
                self._reached[party_id] = row["last"]
                self._wake(party_id)
