"""Passes a stream of events on, from a service to a caller: nothing is buffered, and either side can end it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final

import httpx
from starlette.types import Receive, Send

from common.web.eventstream import AGAIN_MS
from common.web.stopping import STOPPING

log = logging.getLogger(__name__)

WRITE_WITHIN_S: Final = 15.0
"""How long a caller may leave what was sent unread. Longer than the service itself waits: it cuts first."""


async def passed_on(chunks: httpx.AsyncByteStream, receive: Receive, send: Send) -> None:
    """Send each chunk as it comes, until the service ends, the caller goes, or this process begins to stop.

    A caller that reads nothing is cut. Raises httpx.TransportError where the service broke off.
    """
    ends: set[str] = set()
    closing: list[asyncio.Future[None]] = []

    def end(why: str) -> None:
        ends.add(why)
        # The connection to the service is closed below the reader, which then stops waiting for the next chunk.
        closing.append(asyncio.ensure_future(chunks.aclose()))

    def stop() -> None:
        end("STOP")

    watching = asyncio.ensure_future(_watch(receive, end))
    STOPPING.tell(stop)
    try:
        async for chunk in chunks:
            async with asyncio.timeout(WRITE_WITHIN_S):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except TimeoutError:
        log.info("cut a stream whose caller did not read for %d s", WRITE_WITHIN_S)
        return
    except httpx.TransportError:
        if not ends:
            raise
    finally:
        STOPPING.forget(stop)
        watching.cancel()
    if "GONE" not in ends:
        await send({"type": "http.response.body", "body": _again() if "STOP" in ends else b""})


def _again() -> bytes:
    """A line that tells the reader when to come back. No blank line follows: half an event before it stays half."""
    return f"\nretry: {random.randint(*AGAIN_MS)}\n".encode()


async def _watch(receive: Receive, end: Callable[[str], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end("GONE")
