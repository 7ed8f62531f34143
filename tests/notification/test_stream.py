"""The stream of an inbox over a real socket: what the list shows, as it comes, in order, from any place on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from common.values.ids import PartyId
from notification import jobs
from notification.live import MOST_STREAMS
from tests.case.story import messages_of
from tests.faults.services import served
from tests.notification.given import a_message, erased
from tests.notification.listening import Reader
from tests.world import World

pytestmark = pytest.mark.begins("serve notice")


@dataclass
class Line:
    """The platform on a port, and the way to read the party's stream there."""

    world: World
    session: aiohttp.ClientSession
    url: str
    token: str

    @asynccontextmanager
    async def reader(self, *, cursor: str = "", path: str = "/v1/inbox/stream") -> AsyncIterator[Reader]:
        """A reader that reads until the end of the block."""
        reader = Reader(self.session, self.url + path, self.token, last_id=cursor)
        reading = asyncio.create_task(reader.run())
        try:
            yield reader
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    @property
    def open_streams(self) -> int:
        streams: int = self.world.runtimes["notification"].live.streams
        return streams

    async def quiet(self) -> None:
        """Wait until no stream is open."""
        async with asyncio.timeout(10):
            while self.open_streams:
                await asyncio.sleep(0.01)


@pytest.fixture
async def line(world: World) -> AsyncIterator[Line]:
    async with served(world.app) as port, aiohttp.ClientSession() as session:
        token = await world.person("PARTY").token()
        yield Line(world, session, f"http://127.0.0.1:{port}", token)
        await world.runtimes["notification"].live.end()


async def test_readers_see_what_comes_changes_and_goes_and_the_list_agrees(line: Line) -> None:
    party = line.world.person("PARTY")
    begun = (await party.get("/v1/inbox")).json()
    first, second, *_ = messages_of(begun)
    n = int(begun["next_cursor"])

    async with line.reader() as whole, line.reader(cursor=begun["next_cursor"]) as later:
        await whole.until(n)
        said = {"seen_up_to": 2, "ids": [first["message_id"]]}
        await party.post("/v1/inbox/state", json=said)
        await party.post(f"/v1/inbox/{second['message_id']}/disputes", json={"reason": "NOT_ME"})
        await asyncio.gather(whole.until(n + 3), later.until(3))

        assert whole.places == list(range(1, n + 4))
        assert later.places == [n + 1, n + 2, n + 3]
        assert [event.name for event in whole.inbox] == ["item"] * n + ["update"] * 3
        assert whole.last_id == later.last_id == str(n + 3)
        await a_message(
            line.world, PartyId.new(line.world.clock())
        )  # another party's: nobody here hears of it
        gone = await a_message(line.world)
        await erased(line.world, gone)
        await asyncio.gather(whole.until(n + 5), later.until(5))
        page = (await party.get("/v1/inbox", params={"cursor": begun["next_cursor"]})).json()
        told = [(entry["place"], entry["change"].lower()) for entry in page["items"]]
        assert [(event.data["place"], event.name) for event in later.inbox] == told
        assert later.inbox[-1].data == page["items"][-1]
        assert told[-2:] == [(n + 4, "item"), (n + 5, "tombstone")]
        assert (page["items"][-2]["message"], gone.id in whole.copy) == (None, False)
        assert page["next_cursor"] == later.last_id
        assert list(whole.copy.values()) == messages_of((await party.get("/v1/inbox")).json())
    await line.quiet()


async def test_a_device_has_three_streams_and_a_closed_one_makes_room(line: Line) -> None:
    async with line.reader() as one, line.reader() as two:
        async with line.reader() as three, line.reader() as fourth:
            await asyncio.gather(*(each.until(2) for each in (one, two, three) if each.connections))
            async with asyncio.timeout(10):
                while sum(len(each.refusals) > 0 for each in (one, two, three, fourth)) == 0:
                    await asyncio.sleep(0.01)
            assert line.open_streams == MOST_STREAMS
            refused = [each for each in (one, two, three, fourth) if each.refusals]
            assert {status for each in refused for status in each.refusals} == {429}
        async with line.reader() as fifth:
            await fifth.until(2)
    await line.quiet()


async def test_a_cursor_that_is_too_old_resets_and_the_whole_inbox_follows(line: Line) -> None:
    world, party = line.world, line.world.person("PARTY")
    held = messages_of((await party.get("/v1/inbox")).json())
    n = len(held)
    for message in held:
        await party.post("/v1/inbox/state", json={"ids": [message["message_id"]]})
    runtime = world.runtimes["notification"]
    world.clock.advance(days=runtime.profile.notification.entries_kept_d + 1)
    await jobs.thin_out_inboxes(runtime)

    async with line.reader(cursor="1") as old, line.reader(cursor="999") as restored:
        await asyncio.gather(old.until(n), restored.until(n))

    for reader in (old, restored):
        assert [event.name for event in reader.events] == ["reset"] + ["update"] * n
        assert (reader.events[0].id, reader.last_id) == ("0", str(2 * n))
        assert reader.places == list(range(n + 1, 2 * n + 1))


async def test_a_stream_says_how_it_is_read_and_a_head_opens_none(line: Line) -> None:
    headers = {"authorization": f"Bearer {line.token}"}

    async with line.session.head(f"{line.url}/v1/inbox/stream", headers=headers) as head:
        assert (head.status, line.open_streams) == (200, 0)
    async with line.session.get(f"{line.url}/v1/inbox/stream", headers=headers) as answer:
        said = {name: answer.headers[name] for name in ("content-type", "cache-control", "x-accel-buffering")}
        begin = await answer.content.readuntil(b"\n\n")
    async with line.session.get(f"{line.url}/v1/inbox/stream?cursor=x", headers=headers) as unknown:
        assert (unknown.status, (await unknown.json())["code"]) == (400, "CURSOR_UNKNOWN")
    officer = {"authorization": f"Bearer {await line.world.person('CASE_OFFICER').token()}"}
    async with line.session.get(f"{line.url}/v1/inbox/stream", headers=officer) as other:
        assert other.status == 403

    assert said == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    assert begin == b"retry: 3000\n\n"
    await line.quiet()


@pytest.mark.slow
async def test_a_stream_goes_on_after_its_listening_connection_was_lost(line: Line) -> None:
    party = line.world.person("PARTY")
    first, *others = messages_of((await party.get("/v1/inbox")).json())
    n = 1 + len(others)

    async with line.reader() as reader:
        await reader.until(n)
        async with line.world.database("notification") as db:
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%last FROM inbox_counters WHERE party_id = ANY%' AND pid <> pg_backend_pid()"
            )
        await party.post("/v1/inbox/state", json={"ids": [first["message_id"]]})
        await reader.until(n + 1)

    assert reader.connections == 1
