"""A wire between a process and its server that a test can hold at one message: where crashes are made to happen.

    process ──▶ listening port ──up──▶ server
            ◀──────────────────down──

PostgreSQL's messages are told apart (frontend/backend protocol 3.0, without TLS); any other server's bytes pass as they
come. What is held stays out of sight of the other side until it is released or the wire is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["up", "down"]


@dataclass(frozen=True)
class Message:
    """One message of PostgreSQL: its type byte, what it is about (the text of the statement at work), its bytes.

    `within` are the statements of its transaction so far.
    """

    way: Way
    kind: str
    about: str
    raw: bytes
    within: tuple[str, ...] = ()


@dataclass
class Gate:
    """Stops the first message that `stops` says, and everything after it on that connection's way."""

    stops: Callable[[Message], bool]
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def at(self, message: Message) -> None:
        if not self.reached.is_set() and self.stops(message):
            self.reached.set()
            await self.open.wait()


class Wire:
    """Listens on `port` of 127.0.0.1 and leads to `target`: the path of a socket, or a port of this machine."""

    def __init__(self, target: str | int, *, postgres: bool) -> None:
        self._target = target
        self._postgres = postgres
        self._server: asyncio.Server | None = None
        self._gate: Gate | None = None
        self._alive: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def hold(self, stops: Callable[[Message], bool]) -> Gate:
        """From now on the first message that `stops` names is held."""
        self.release()
        self._gate = Gate(stops)
        return self._gate

    def release(self) -> None:
        """Let everything pass."""
        if self._gate is not None:
            self._gate.open.set()
        self._gate = None

    def cut(self) -> None:
        """Break every connection; what was held is lost."""
        for writer in self._alive:
            writer.transport.abort()
        self.release()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._alive.add(writer)
        try:
            if isinstance(self._target, str):
                up = await asyncio.open_unix_connection(self._target)
            else:
                up = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._alive.add(up[1])
        conversation = _Conversation()
        await asyncio.gather(
            self._pump("up", reader, up[1], conversation), self._pump("down", up[0], writer, conversation)
        )
        self._alive -= {writer, up[1]}

    async def _pump(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: _Conversation
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            messages = said.messages(way, reader) if self._postgres else _chunks(way, reader)
            async for message in messages:
                if self._gate is not None:
                    await self._gate.at(message)
                writer.write(message.raw)
                await writer.drain()
        writer.transport.abort()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Wire]:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self.cut()
            self._server.close()


class _Conversation:
    """One connection to PostgreSQL: which statement is at work."""

    def __init__(self) -> None:
        self._statements: dict[bytes, str] = {}
        self._about = ""
        self._within: tuple[str, ...] = ()

    async def messages(self, way: Way, reader: asyncio.StreamReader) -> AsyncIterator[Message]:
        if way == "up":
            length = await reader.readexactly(4)
            yield Message(way, "", "", length + await reader.readexactly(int.from_bytes(length) - 4))
        while True:
            head = await reader.readexactly(5)
            raw = head + await reader.readexactly(int.from_bytes(head[1:]) - 4)
            kind = chr(head[0])
            if way == "up":
                self._hear(kind, raw[5:])
            yield Message(way, kind, self._about, raw, self._within)

    def _hear(self, kind: str, body: bytes) -> None:
        if kind == "P":
            name, _, rest = body.partition(b"\0")
            self._statements[name] = rest.partition(b"\0")[0].decode()
        elif kind == "B":
            name = body.partition(b"\0")[2].partition(b"\0")[0]
            self._about = self._statements.get(name, "")
            self._within += (self._about,)
        elif kind == "Q":
            self._about = body.rstrip(b"\0").decode()
            self._within = (() if self._about.startswith("BEGIN") else self._within) + (self._about,)


async def _chunks(way: Way, reader: asyncio.StreamReader) -> AsyncIterator[Message]:
    while chunk := await reader.read(1 << 16):
        yield Message(way, "", "", chunk)
