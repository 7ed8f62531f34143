"""A world behind a real port: for programs that speak HTTP by themselves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.world import World


@asynccontextmanager
async def served(world: World, *, front: ASGIApp | None = None) -> AsyncIterator[int]:
    """The port at which `world` listens until the end of the block. Its public address stays that of `BASE_URL`.

    `front` stands before the world's app: a slow line, or one that breaks.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(front or world.app, lifespan="off", log_level="warning")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await serving
