"""`./mz up` in one process ends as its processes do: behind somebody who keeps asking, no request fails."""

from __future__ import annotations

import asyncio
from time import monotonic

import httpx

from common.web.stopping import Stopping
from mz.operate.draining import LONGEST_S, QUIET_S, drain
from tests.common.test_finishing import serving


async def asked_for(url: str, seconds: float) -> list[int]:
    """The answers to a caller that asks twenty times a second, each time on a new connection or its last."""
    answers = []
    async with httpx.AsyncClient(trust_env=False) as http:
        until = monotonic() + seconds
        while monotonic() < until:
            answers.append((await http.get(url)).status_code)
            await asyncio.sleep(0.05)
    return answers


async def test_who_goes_on_asking_is_answered_until_he_asks_elsewhere() -> None:
    stopping = Stopping()
    async with serving() as (server, port):
        asking = asyncio.create_task(asked_for(f"http://127.0.0.1:{port}", 1.5 * QUIET_S))
        await asyncio.sleep(0.1)

        began = monotonic()
        await drain(server, asyncio.Event(), stopping)

        assert set(await asking) == {200}
        assert stopping.has_begun
        assert monotonic() - began < LONGEST_S


async def test_a_second_signal_ends_the_wait() -> None:
    again = asyncio.Event()
    async with serving() as (server, port):
        asking = asyncio.create_task(asked_for(f"http://127.0.0.1:{port}", 30))
        ending = asyncio.create_task(drain(server, again, Stopping()))
        await asyncio.sleep(0.2)

        again.set()
        async with asyncio.timeout(2 * QUIET_S):
            await ending
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
