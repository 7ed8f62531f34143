"""A ledger that takes no records stops the exchange; it resumes unaided, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from common.door.carried import Carried
from data_exchange.wire.ledgered import WAIT_S, Ledgered
from tests.data_exchange.given import ASKING, assistance, officer
from tests.world import World

PATH = "/v1/assistance-requests"


@asynccontextmanager
async def a_ledger_that_stands_still(world: World) -> AsyncIterator[None]:
    """The ledger's tables can be read and not written: no append ends before the block does."""
    async with world.database("evidence") as conn, conn.transaction():
        await conn.execute("LOCK TABLE ledger.log, ledger.entry IN EXCLUSIVE MODE")
        yield


async def exchanges_in(world: World) -> int:
    async with world.database("data-exchange") as conn:
        return int(await conn.fetchval("SELECT count(*) FROM exchanges"))


@pytest.mark.slow
async def test_a_ledger_that_stands_still_stops_the_exchange_of_a_fresh_installation_until_it_goes_on(
    world: World,
) -> None:
    async with world.database("data-exchange") as conn:
        assert await conn.fetchval("SELECT count(*) FROM receipts") == 0
    order = assistance(world, case_id=None, purpose="STATISTICS")
    asking = officer(world, ASKING)

    async with a_ledger_that_stands_still(world):
        begun = time.monotonic()
        first = await asking.post(PATH, json=order, key="first-key")
        took = time.monotonic() - begun
        second = await asking.post(PATH, json=order, key="second-key")
        reading = await asking.get("/v1/exchanges")
        made = await exchanges_in(world)
    await world.settle()
    again = await asking.post(PATH, json=order, key="first-key")
    once_more = await asking.post(PATH, json=order, key="second-key")

    for refused in (first, second):
        assert (refused.status_code, refused.json()["code"]) == (503, "DX_LEDGER_BEHIND")
        assert int(refused.headers["retry-after"]) > 0
    assert WAIT_S - 0.5 < took < WAIT_S + 5
    assert (reading.status_code, made) == (200, 1)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert once_more.status_code == 201
    assert await exchanges_in(world) == 2
    assert (await world.fsck()).clean


@pytest.mark.slow
async def test_several_callers_at_once_get_their_own_answers_once_the_ledger_goes_on(world: World) -> None:
    order = assistance(world, case_id=None, purpose="STATISTICS")
    asking = officer(world, ASKING)
    keys = [f"caller-{n:04}" for n in range(4)]

    async with a_ledger_that_stands_still(world):
        refused = await asyncio.gather(*(asking.post(PATH, json=order, key=key) for key in keys + keys))
    await world.settle()
    answers = [await asking.post(PATH, json=order, key=key) for key in keys]

    assert {answer.status_code for answer in refused} <= {503, 409}
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["exchange_id"] for answer in answers}) == len(keys)
    assert await exchanges_in(world) == len(keys)
    looking = [task for task in asyncio.all_tasks() if "Carried._look" in repr(task.get_coro())]
    await asyncio.gather(*looking)
    assert (await world.fsck()).clean


async def made(world: World) -> str:
    """The id of a record of the exchange that no relay has carried."""
    async with a_ledger_that_stands_still(world):
        order = assistance(world, case_id=None, purpose="STATISTICS")
        await officer(world, ASKING).post(PATH, json=order)
    async with world.database("data-exchange") as conn:
        return str(await conn.fetchval("SELECT record_id FROM outbox_pending LIMIT 1"))


@pytest.mark.slow
async def test_one_who_gives_up_takes_nothing_from_another_who_waits_for_the_same_record(
    world: World,
) -> None:
    record = await made(world)
    carried = Carried(world.runtimes["data-exchange"].db)  # the relay is another process

    first = asyncio.create_task(carried.wait([record]))
    second = asyncio.create_task(carried.wait([record]))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.sleep(0.05)
    await world.carry()

    await asyncio.wait_for(second, 10)
    assert first.cancelled()
    assert carried._waiting == {}


@pytest.mark.slow
async def test_a_body_in_many_parts_is_held_until_its_record_is_in_the_ledger(world: World) -> None:
    record = await made(world)
    parts = [b"one ", b"two ", b"three"]
    sent: list[Any] = []

    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"mingzheng-record", record.encode())]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    app = world.app.apps["data-exchange"]
    held = Ledgered(streaming, runtime=app.state.runtime, relay=app.state.relay)
    await held({"type": "http", "method": "POST"}, None, send)  # type: ignore[arg-type]

    assert b"".join(message.get("body", b"") for message in sent) == b"one two three"
    assert sent[0]["status"] == 201
    async with world.database("data-exchange") as conn:
        assert await conn.fetchval("SELECT count(*) FROM receipts WHERE record_id = $1::uuid", record) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_without_a_record_is_not_held(world: World, method: str) -> None:
    sent: list[str] = []

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert sent == ["http.response.start"]
        await send({"type": "http.response.body", "body": b"{}"})

    async def send(message: Any) -> None:
        sent.append(message["type"])

    app = world.app.apps["data-exchange"]
    await Ledgered(plain, runtime=app.state.runtime, relay=app.state.relay)(
        {"type": "http", "method": method},
        None,  # type: ignore[arg-type]
        send,
    )

    assert len(sent) == 2
