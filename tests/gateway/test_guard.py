"""Slow, oversized and ambiguous connections, over real sockets."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from common.web.serve import SERVER
from gateway.guard import MAX_HEADERS, GuardedProtocol

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Hasty(GuardedProtocol):
    """The same guard with less patience."""

    headers_within_s = 0.3
    body_within_s = 0.5


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the path, the size of the body, and the names of the headers as they are after the body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    names = b" ".join(name for name, _ in scope["headers"])
    body = f"{scope['raw_path'].decode()} {size}".encode() + (b" " + names if size == 3 else b"")
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a body without reading any of it."""
    headers = [(b"content-length", b"2"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"no"})


@asynccontextmanager
async def serving(app: ASGIApp = echo) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, **{**SERVER, "lifespan": "off", "http": Hasty}))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything the server says to `parts` until it hangs up, or for two seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        async with asyncio.timeout(2):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            while chunk := await reader.read(65536):
                answer += chunk
    except TimeoutError:
        answer += b"[still open]"
    except ConnectionResetError:
        pass
    writer.close()
    return answer


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving() as number:
        yield number


async def test_keep_alive_and_pipelining_work(port: int) -> None:
    two = GET + b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"

    answer = await said(port, two)

    assert answer.count(b"200 OK") == 2
    assert answer.endswith(b"/b 3 host content-length connection")


@pytest.mark.parametrize("pause", [None, 0.1], ids=["one packet", "a packet each"])
async def test_a_trailer_field_never_becomes_a_header(port: int, pause: float | None) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [head, b"3\r\nabc\r\n", b"0\r\nAuthorization: Bearer x\r\nHost: b\r\n\r\n"]

    answer = await (said(port, b"".join(parts)) if pause is None else said(port, *parts, pause=pause))

    assert answer.endswith(b"/ 3 host connection transfer-encoding")


async def test_whoever_sends_half_a_request_is_hung_up_on(port: int) -> None:
    halves = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    ]

    answers = await asyncio.gather(*(said(port, half) for half in halves))

    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 408 Request Timeout"] * 4


async def test_a_header_a_byte_at_a_time_is_not_progress(port: int) -> None:
    drip = [b"GET / HTTP/1.1\r\n"] + [b"X-%d: 1\r\n" % n for n in range(40)]

    answer = await said(port, *drip, pause=0.05)

    assert b"200" not in answer
    assert b"open" not in answer


async def test_a_body_that_keeps_coming_is_waited_for(port: int) -> None:
    part = bytes(128 * 1024)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (5 * len(part))

    answer = await said(port, head, *[part] * 5, pause=0.2)

    assert answer.endswith(b"/ 655360")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a?b=#c HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n"
        + b"".join(b"X-%d: 1\r\n" % n for n in range(MAX_HEADERS + 1))
        + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
    ],
    ids=[
        "no host",
        "two hosts",
        "absolute",
        "fragment of a path",
        "fragment of a query",
        "101 headers",
        "long header",
        "long target",
        "smuggled",
        "space",
        "bare lf",
    ],
)
async def test_an_ambiguous_or_oversized_head_is_refused(port: int, request_: bytes) -> None:
    answer = await said(port, request_)

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"open" not in answer


async def test_a_client_that_sends_its_body_in_one_piece_still_reads_why_it_was_refused() -> None:
    def post(port: int) -> tuple[int, bytes, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/", body=bytes(20 << 20))
        answer = connection.getresponse()
        words = answer.read()
        assert connection.sock is None  # the library let go of it, as the answer says
        return answer.status, words, (answer.getheader("connection") or "").encode()

    async with serving(refuse) as port:
        refused = await asyncio.to_thread(post, port)
        small = await said(port, GET)
        half = await said(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345")

    assert refused == (413, b"no", b"close")
    # Without a body, or with one that does not go on, the server hangs up by itself.
    assert small.endswith(b"\r\n\r\nno")
    assert half.endswith(b"\r\n\r\nno")
