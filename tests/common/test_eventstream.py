"""A stream of events against a reader that reads, goes, or sleeps: it beats, ends by itself, and keeps no queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.web.eventstream import STOP, TIME, EventStream, Pace, Page, Wakeup, event
from common.web.stopping import Stopping

QUICK = Pace(heartbeat_s=0.05, write_within_s=0.2, lasts_s=(0.3, 0.3))


@dataclass
class Server:
    """What a server gives to an answer: `receive` tells of the reader's leaving, `send` waits for it to read."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_complete(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("more_body") is False


@dataclass
class Source:
    """Pages to give, one a call, and how often they were asked for."""

    pages: list[Page]
    asked: int = 0
    closed: int = 0

    async def read(self) -> Page:
        self.asked += 1
        await asyncio.sleep(0)  # as a database would
        return self.pages.pop(0) if self.pages else Page(b"")

    def close(self) -> None:
        self.closed += 1


async def streamed(server: Server, source: Source, wakeup: Wakeup, pace: Pace = QUICK) -> asyncio.Task[None]:
    stream = EventStream(source.read, wakeup, closing=source.close, pace=pace)
    return asyncio.create_task(stream({"type": "http"}, server.receive, server.send))


def numbered(numbers: Sequence[int], *, has_more: bool = False) -> Page:
    return Page(b"".join(event("item", str(n), id=str(n)) for n in numbers), has_more)


async def test_a_stream_beats_and_ends_by_itself_with_a_word() -> None:
    server, source, wakeup = Server(), Source([numbered([1, 2], has_more=True), numbered([3])]), Wakeup()
    server.reads.set()

    await (await streamed(server, source, wakeup))

    assert server.body.startswith(b"retry: 3000\n\nevent: item\nid: 1\ndata: 1\n\nevent: item\nid: 2\n")
    assert server.body.count(b"event: item\n") == 3
    assert 2 <= server.body.count(b"\n\n:\n\n") + server.body.count(b":\n\n:") <= 8
    assert server.body.endswith(f'event: end\ndata: {{"reason":"{TIME}"}}\n\n'.encode())
    assert (server.is_complete, source.closed) == (True, 1)
    assert (
        source.asked == 2
    )  # a heartbeat asks nothing: ten thousand idle streams would ask 500 times a second


async def test_what_happens_during_a_read_is_read_next() -> None:
    server, source, wakeup = Server(), Source([numbered([1])]), Wakeup()
    server.reads.set()
    task = await streamed(server, source, wakeup, Pace(heartbeat_s=60, lasts_s=(60, 60)))
    while source.asked < 1:
        await asyncio.sleep(0)

    source.pages.append(numbered([2]))
    wakeup.wake()
    async with asyncio.timeout(5):
        while b"id: 2" not in server.body:
            await asyncio.sleep(0.01)
    wakeup.end(STOP)
    await task

    assert source.asked == 2
    assert server.body.endswith(f'event: end\ndata: {{"reason":"{STOP}"}}\n\n'.encode())


async def test_a_reader_that_goes_ends_its_stream() -> None:
    server, source, wakeup = Server(), Source([]), Wakeup()
    server.reads.set()
    task = await streamed(server, source, wakeup, Pace(heartbeat_s=60, lasts_s=(60, 60)))
    await asyncio.sleep(0.01)

    server.gone.set()
    await asyncio.wait_for(task, 5)

    assert (source.closed, server.is_complete, b"event: end" in server.body) == (1, False, False)


async def test_a_reader_that_does_not_read_is_cut_and_costs_one_page() -> None:
    server, wakeup = Server(), Wakeup()
    source = Source([numbered([n], has_more=True) for n in range(1000)])
    server.reads.set()
    task = await streamed(server, source, wakeup, Pace(write_within_s=0.1))
    while source.asked < 3:
        await asyncio.sleep(0)

    server.reads.clear()
    asked = source.asked
    await asyncio.wait_for(task, 5)

    assert source.asked <= asked + 1
    assert (source.closed, server.is_complete) == (1, False)


async def test_a_bug_while_reading_breaks_the_stream_and_closes_it() -> None:
    server, wakeup, source = Server(), Wakeup(), Source([])
    server.reads.set()

    async def broken() -> Page:
        raise LookupError

    stream = EventStream(broken, wakeup, closing=source.close, pace=QUICK)
    result = await asyncio.gather(
        stream({"type": "http"}, server.receive, server.send), return_exceptions=True
    )

    assert isinstance(result[0], LookupError)
    assert (source.closed, server.is_complete) == (1, False)


async def test_storage_that_is_away_ends_no_stream() -> None:
    server, wakeup, source = Server(), Wakeup(), Source([])
    server.reads.set()
    asked = 0

    async def away_at_first() -> Page:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionRefusedError
        return numbered([1]) if asked == 2 else Page(b"")

    stream = EventStream(away_at_first, wakeup, closing=source.close, pace=QUICK)
    await stream({"type": "http"}, server.receive, server.send)

    assert server.body.count(b"event: item\n") == 1
    assert server.is_complete


def test_a_process_that_stops_tells_everyone_once_and_the_late_at_once() -> None:
    stopping, told = Stopping(), []

    def first() -> None:
        told.append("first")

    def second() -> None:
        told.append("second")

    stopping.tell(first)
    stopping.tell(second)
    stopping.forget(second)
    stopping.begin()
    stopping.begin()
    stopping.tell(second)

    assert (told, stopping.has_begun) == (["first", "second"], True)
