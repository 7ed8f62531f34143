"""How soon a message stands on an open stream of its party, while the same process sends other messages out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

import httpx

from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.ids import PartyId
from gateway.allinone import build
from gateway.seeding import seed_people
from mz.demo.client import Demo
from mz.operate.assembly import Installation
from notification.domain.message import Message, deliver
from notification.runtime import NotificationRuntime
from notification.store import messages
from notification.store.parties import resource
from tests.bench._running import free_port
from tests.notification.providers import on_a_port

EVERY_S: Final = 0.1


async def seconds_until_visible(
    installation: Installation,
    make: Callable[[NotificationRuntime, PartyId], Awaitable[Message]],
    *,
    count: int,
) -> list[float]:
    """For each of `count` messages the seconds from its commit to its event on the stream, over HTTP."""
    runtimes = installation.runtimes()
    await seed_people(runtimes["gateway"].db, installation.d.demo)
    base_url = f"http://127.0.0.1:{free_port()}"
    seen: dict[str, float] = {}
    made: dict[str, float] = {}
    async with on_a_port(build(runtimes, base_url=base_url)) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
            demo = Demo(installation.d, base_url, http)
            person = demo.person("PARTY")
            headers = {"authorization": f"Bearer {await demo.token(person)}"}
            async with http.stream("GET", "/v1/inbox/stream", headers=headers) as stream:
                assert stream.status_code == 200, await stream.aread()
                reading = asyncio.create_task(_read(stream, seen))
                for _ in range(count):
                    message = await make(runtimes["notification"], PartyId(person["sub"].partition(":")[2]))
                    await _put_into_inbox(runtimes["notification"], message)
                    made[message.id] = monotonic()
                    await asyncio.sleep(EVERY_S)
                async with asyncio.timeout(60):
                    while not made.keys() <= seen.keys():
                        await asyncio.sleep(0.05)
                reading.cancel()
        await runtimes["notification"].stop()
    for runtime in runtimes.values():
        await runtime.db.close()
    return [max(0.0, seen[id] - at) for id, at in made.items()]


async def _put_into_inbox(runtime: NotificationRuntime, message: Message) -> None:
    async with change(runtime.db, authorize(service_actor("notification"), Action.MESSAGE_DELIVER)) as tx:
        permit = tx.permit(resource(message.id, message.party_id))
        await messages.save(tx, permit, message, deliver(message))


async def _read(stream: httpx.Response, seen: dict[str, float]) -> None:
    async for line in stream.aiter_lines():
        if line.startswith("data: ") and (shown := json.loads(line[6:]).get("message")):
            seen.setdefault(shown["message_id"], monotonic())
