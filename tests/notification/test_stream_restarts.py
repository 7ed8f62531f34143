"""Fifty readers of one inbox behind a gateway, while the service is killed three times: nothing lost, nothing twice.

The platform of the test writes; the streams are those of a process of its own, reached through a gateway over HTTP.
"""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import aiohttp
import orjson
import pytest

from common.calls.tokens import TokenKey, mint
from common.web.serve import alive
from gateway.__main__ import Standalone
from gateway.edge import edge
from gateway.identity.runtime import ISSUER_KEY
from mz.operate.environment import environment_of, surroundings
from notification.domain.message import Message
from tests.faults.services import Process, free_port, served
from tests.notification.given import a_message, erased
from tests.notification.listening import Reader
from tests.world import BASE_URL, World

pytestmark = pytest.mark.slow

READERS = 50
A_DEVICE = 3
MESSAGES = 60


def service_process(world: World) -> Process:
    """`python -m notification serve` on the database of this world."""
    port = free_port()
    peers = "evidence=http://127.0.0.1:1"
    given = environment_of(world.installation, "notification", relay=False, port=port, peers=peers)
    log = world.folder / "notification-serve.log"
    return Process("notification", ("serve",), surroundings() | given, port, log)


@asynccontextmanager
async def gateway_before(world: World, service: Process) -> AsyncIterator[str]:
    """A gateway over HTTP before that process; its address."""
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=60_000)
    app = Standalone(own, {"notification": service.url})
    async with alive(app), served(app) as port:
        yield f"http://127.0.0.1:{port}"


async def tokens_of(world: World) -> list[str]:
    """An access token for each reader; three readers share a session, as the streams of one phone do."""
    token = await world.person("PARTY").token()
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    key = TokenKey.load(world.installation.d.keys / "gateway" / ISSUER_KEY)
    return [mint(key, "at+jwt", claims | {"sid": f"phone-{n // A_DEVICE}"}) for n in range(READERS)]


async def test_fifty_readers_see_every_entry_once_and_in_order_through_three_kills(world: World) -> None:
    service, party = service_process(world), world.person("PARTY")
    service.start()
    await service.ready()
    made: list[Message] = []

    async def restarted() -> None:
        await asyncio.sleep(random.uniform(0, 0.1))
        service.kill()
        made.append(await a_message(world))  # while no process of the service runs
        service.start()
        await service.ready()

    async with gateway_before(world, service) as url, aiohttp.ClientSession() as session:
        readers = [
            Reader(session, f"{url}/v1/inbox/stream", token, again_s=random.uniform(0.05, 0.4))
            for token in await tokens_of(world)
        ]
        reading = [asyncio.create_task(reader.run()) for reader in readers]
        for n in range(MESSAGES):
            made.append(await a_message(world))
            if n % 4 == 3:
                await party.post("/v1/inbox/state", json={"ids": [made[-2].id]})
            if n % 10 == 9:
                await erased(world, made.pop(random.randrange(len(made) - 3)))
            if n % 20 == 10:
                await restarted()
        final = await _whole(party)
        await asyncio.gather(*(reader.until(final["places"], within_s=90) for reader in readers))
        asked = monotonic()
        status = await service.stop()  # with every stream open: each is told, and none keeps the process
        took_s = monotonic() - asked
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    for reader in readers:
        assert reader.places == list(range(1, final["places"] + 1))
        assert reader.last_id == final["cursor"]
        assert reader.copy == final["copy"]
        assert reader.connections >= 4
        assert (reader.events[-1].name, reader.events[-1].data) == ("end", {"reason": "STOP"})
    assert {event.name for event in readers[0].inbox} == {"item", "update", "tombstone"}
    assert (status, took_s < 8, "Traceback" in service.said) == (0, True, False)


async def _whole(party: Any) -> dict[str, Any]:
    """What the list says, page by page from the beginning."""
    copy: dict[str, Any] = {}
    cursor, has_more, places = "", True, 0
    while has_more:
        page = (await party.get("/v1/inbox", params={"cursor": cursor, "limit": 7})).json()
        for entry in page["items"]:
            places = entry["place"]
            if entry["change"] == "TOMBSTONE":
                copy.pop(entry["message_id"], None)
            elif entry["message"] is not None:
                copy[entry["message_id"]] = entry["message"]
        cursor, has_more = page["next_cursor"], page["has_more"]
    return {"copy": copy, "cursor": cursor, "places": places}
