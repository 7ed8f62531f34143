"""Work that nobody waits for gives way to writes from outside, and not for ever."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from common.web.traffic import Traffic


async def test_a_job_waits_until_no_write_is_under_way_or_its_patience_ends() -> None:
    traffic, answered = Traffic(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answered.wait()

    async def ask(method: str) -> None:
        await traffic.counted(app)({"type": "http", "method": method}, None, None)  # type: ignore[arg-type]

    asking = [asyncio.create_task(ask(method)) for method in ("GET", "POST", "POST")]
    await asyncio.sleep(0)
    began = monotonic()
    await traffic.lull(0.05)
    impatient = monotonic() - began
    waiting = asyncio.create_task(traffic.lull(60))
    await asyncio.sleep(0)

    assert traffic.under_way == 2  # a read may wait for news: it is not counted
    assert impatient >= 0.05
    assert not waiting.done()
    answered.set()
    await asyncio.wait_for(waiting, 1)
    await asyncio.gather(*asking)
    assert traffic.under_way == 0
    await traffic.lull(0)
