"""A reader of the inbox's stream over a real socket, as a phone is one: it keeps the last id and comes back with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson


@dataclass(frozen=True)
class Event:
    """One event as it came."""

    name: str
    id: str
    data: dict[str, Any]


@dataclass
class Reader:
    """Reads `url` until it is told to stop. `copy` is the inbox as this reader knows it: message → its newest state."""

    session: aiohttp.ClientSession
    url: str
    token: str
    last_id: str = ""
    events: list[Event] = field(default_factory=list)
    copy: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    comments: int = 0
    connections: int = 0
    again_s: float = 0.05

    async def run(self) -> None:
        """Come back after every end, as EventSource does."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self.once()
            await asyncio.sleep(self.again_s)

    async def once(self) -> None:
        """One connection, until it ends."""
        headers = {"authorization": f"Bearer {self.token}", "accept": "text/event-stream"}
        headers |= {"last-event-id": self.last_id} if self.last_id else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
        async with self.session.get(self.url, headers=headers, timeout=timeout) as answer:
            if answer.status != 200:
                self.refusals.append(answer.status)
                return
            self.connections += 1
            assert answer.content_type == "text/event-stream"
            async for event in self._events(answer.content):
                self._take(event)

    async def until(self, count: int, within_s: float = 20) -> None:
        """Wait for so many events of the inbox."""
        async with asyncio.timeout(within_s):
            while len(self.inbox) < count:
                await asyncio.sleep(0.01)

    @property
    def inbox(self) -> list[Event]:
        """The events that tell of entries."""
        return [event for event in self.events if event.name in ("item", "update", "tombstone")]

    @property
    def places(self) -> list[int]:
        return [event.data["place"] for event in self.inbox]

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self.last_id = event.id or self.last_id
        match event.name:
            case "reset":
                self.copy.clear()
            case "item" | "update" if event.data["message"] is not None:
                self.copy[event.data["message_id"]] = event.data["message"]
            case "tombstone":
                self.copy.pop(event.data["message_id"], None)

    async def _events(self, content: aiohttp.StreamReader) -> AsyncIterator[Event]:
        fields: dict[str, str] = {}
        async for raw in content:
            line = raw.decode().rstrip("\n")
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                if "event" in fields:
                    yield Event(fields["event"], fields.get("id", ""), orjson.loads(fields["data"]))
                fields = {}
