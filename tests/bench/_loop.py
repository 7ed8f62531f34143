"""A closed loop over HTTP/1.1: so many connections, each sends its next request when it has the answer to its last.

It reads a status line and content-length and nothing else, so that it takes little of the processor that it shares
with what it measures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

_LENGTH: Final = b"content-length: "
_END: Final = b"\r\n\r\n"


class NotAnswered(Exception):
    """A request was answered with something else than 2xx; the beginning of the answer."""


@dataclass
class Round:
    """What a closed loop did: how many requests in how many seconds, and how long each took."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    @property
    def p95_ms(self) -> float:
        return sorted(self.took)[len(self.took) * 95 // 100] * 1_000


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: bench",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def closed_loop(url: str, requests: Sequence[bytes], *, connections: int, seconds: float) -> Round:
    """Send `requests` in turn for so many seconds, or until each was sent if there are several. Raises NotAnswered."""
    parts = urlsplit(url)
    done = Round()
    ends = perf_counter() + seconds
    supply = iter(requests) if len(requests) > 1 else _again(requests[0])
    loop = asyncio.get_running_loop()
    began = perf_counter()
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: _Caller(supply, ends, done), parts.hostname, parts.port
        )
        callers.append(caller.ended)
    await asyncio.gather(*callers)
    done.seconds = perf_counter() - began
    return done


def _again(request: bytes) -> Iterator[bytes]:
    while True:
        yield request


class _Caller(asyncio.Protocol):
    def __init__(self, supply: Iterator[bytes], ends: float, done: Round) -> None:
        self._supply = supply
        self._ends = ends
        self._done = done
        self._head = bytearray()
        self._left = -1  # bytes of the body to come; -1 before the head has ended
        self._transport: Any = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            end = self._head.find(_END)
            if end < 0:
                return
            if self._head[9:10] != b"2":
                self._fail(NotAnswered(bytes(self._head[:600])))
                return
            at = self._head.lower().find(_LENGTH, 0, end)
            length = int(self._head[at + len(_LENGTH) : self._head.index(b"\r", at)]) if at >= 0 else None
            if length is None:
                self._left = -2
                data = bytes(self._head[end + 4 :])
            else:
                self._left = length
                data = bytes(self._head[end + 4 :])
        if self._left == -2:  # chunked: over when the last chunk is there
            self._head = bytearray(self._head[-8:] + data)
            if not self._head.endswith(b"0\r\n\r\n"):
                return
        else:
            self._left -= len(data)
            if self._left > 0:
                return
        self._done.took.append(perf_counter() - self._began)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self._fail(error or NotAnswered(b"the connection was closed"))

    def _send(self) -> None:
        self._head.clear()
        self._left = -1
        now = perf_counter()
        following = next(self._supply, None) if now < self._ends else None
        if following is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._began = now
        self._transport.write(following)

    def _fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)
        self._transport.close()
