"""A server that ends takes no more connections, and answers whoever has one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from common.web.serve import SERVER, finish

REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """A server that has started, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(PlainTextResponse("here"), **SERVER | {"lifespan": "off"}))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield server, port
    await task


async def test_who_connected_before_the_end_and_asks_after_it_is_answered() -> None:
    async with serving() as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        ending = asyncio.create_task(finish(server))
        await asyncio.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

        writer.write(REQUEST)

        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
        await ending
        writer.close()


async def test_who_connected_and_never_asks_does_not_keep_the_server() -> None:
    async with serving() as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(3):
            await finish(server)

            assert await reader.read() == b""
        writer.close()
