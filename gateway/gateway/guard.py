"""Limits of a connection, checked before there is a request. uvicorn has none of them.

    connect ──5 s──▶ first line and headers ──20 s + size/64 KiB/s──▶ body ──▶ answer ──▶ keep-alive or next request

Without these limits uvicorn 0.54 waits for ever for the rest of half a request. It accepts a header of 1 MB, 20,000
headers, two Host lines, the absolute form and a fragment in the request target, and it adds the trailer fields of a
chunked body to the headers, or not, as the packets arrive. In production a proxy stands in front as well.
"""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

BODY_RATE: Final = 64 * 1024
"""A body of this many bytes gets one second more after its first twenty, so that a camera on a weak link succeeds."""

DISCARDED: Final = 64 << 20
"""A body is discarded up to here after it was refused unread; a client that goes on is cut off."""

MAX_HEADERS: Final = 100
MAX_HEAD_BYTES: Final = 32 * 1024
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Unsound(Exception):
    """Raised inside the parser; uvicorn answers 400 and closes."""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with deadlines and limits. Keep-alive and pipelining work as before."""

    headers_within_s = 5.0
    body_within_s = 20.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: TimerHandle | None = None
        self._head_bytes = 0
        self._body_bytes = 0
        self._in_trailer = False
        self._is_leaving = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._within(self.headers_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._body_bytes = 0
        self._in_trailer = False
        self._within(self.headers_within_s)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_head(len(url))
        # The absolute form carries a second host name, and two parsers choose differently. A fragment is no part of
        # a request target (RFC 9112 §3.2); uvicorn would cut it off and answer for another target than was sent.
        if not self.url.startswith(b"/") or b"#" in url:
            raise Unsound

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        # The parser reports the trailer fields of a chunked body here too. They are dropped: none of them may become
        # a header of the request (RFC 9110 §6.5.1), whose answer may have begun already.
        if self._in_trailer:
            return
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            raise Unsound

    def on_headers_complete(self) -> None:
        if sum(name == b"host" for name, _ in self.headers) != 1:
            raise Unsound
        self._within(self.body_within_s)
        self._in_trailer = True
        super().on_headers_complete()
        cycle: Any = self.cycle
        cycle.transport = _Patient(self)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)
        cycle: RequestResponseCycle | None = self.cycle
        if self._body_bytes > DISCARDED and cycle is not None and cycle.response_complete:
            self.transport.close()

    def on_message_complete(self) -> None:
        self._in_time()
        super().on_message_complete()
        if self._is_leaving:
            self.transport.close()

    def close_after(self, cycle: RequestResponseCycle) -> None:
        """Close once the body of `cycle` has come. To close before it would reset the connection (RFC 9112 §9.6), and
        a client that sends its body in one piece would lose the answer that says why."""
        if cycle is self.cycle and cycle.more_body:
            self._is_leaving = True
        else:
            self.transport.close()

    def _count_head(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > MAX_HEAD_BYTES:
            raise Unsound

    def _within(self, seconds: float) -> None:
        self._in_time()
        self._deadline = self.loop.call_later(seconds, self._late, seconds, seconds)

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self, allowed: float, waited: float) -> None:
        # The body is not late while we do not read it, nor while it comes fast enough.
        if self.flow.read_paused or waited < allowed + self._body_bytes / BODY_RATE:
            self._deadline = self.loop.call_later(1.0, self._late, allowed, waited + 1.0)
        elif not self.transport.is_closing():
            # After an answer has begun, bytes of ours would be read as part of it.
            cycle: RequestResponseCycle | None = self.cycle
            if cycle is None or not cycle.response_started:
                self.transport.write(_TOO_LATE)
            self.transport.close()


class _Patient:
    """The transport as an answer sees it: after `Connection: close` it waits for the rest of the body."""

    def __init__(self, protocol: GuardedProtocol) -> None:
        self._protocol = protocol
        self._cycle: Any = protocol.cycle

    def write(self, data: bytes) -> None:
        self._protocol.transport.write(data)

    def is_closing(self) -> bool:
        return self._protocol.transport.is_closing()

    def close(self) -> None:
        self._protocol.close_after(self._cycle)
