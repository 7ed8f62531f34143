"""The client of a monitor: asks it at export for its statement about the ends of streams.

A file of one line names the monitor: `<vkey> <url>`. The statement proves something only if another bureau runs it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from ledger.notes import STREAM_HEADS, Verifier, open_statement

_ANSWER_S: Final = 5.0
_MAX_ANSWER: Final = 1_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Overseer:
    """A monitor: its key and URL. `transport` replaces the network in tests."""

    verifier: Verifier
    url: str
    transport: httpx.AsyncBaseTransport | None = None

    @classmethod
    def parse(cls, text: str, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None) -> Overseer:
        """The monitor that the one line of `text` names. Raises ValueError for any other text."""
        vkey, url = text.split()
        return cls(Verifier.parse(vkey), url.rstrip("/"), (transports or {}).get(url.rstrip("/")))

    async def statement(self, streams: Sequence[str]) -> bytes | None:
        """The monitor's verified note about the ends of `streams` (outsiders.monitor.Monitor.statement).

        None if it does not answer within 5 s, is in alarm, or answers something else: an export does not wait for it.
        """
        body = "".join(f"{stream}\n" for stream in streams).encode()
        try:
            async with asyncio.timeout(_ANSWER_S), self._client() as http:
                note = await self._post(http, body)
            value = open_statement(note, STREAM_HEADS, [self.verifier])
            if [each["stream"] for each in value["streams"]] != list(streams):
                raise ValueError("it speaks of other streams")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("couldn't get a statement of %s: %s", self.verifier.name, type(error).__name__)
            return None
        return note

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport, timeout=_ANSWER_S, trust_env=False)

    async def _post(self, http: httpx.AsyncClient, body: bytes) -> bytes:
        note = b""
        async with http.stream("POST", f"{self.url}/statements", content=body) as response:
            async for part in response.aiter_raw():
                note += part
                if response.status_code != 200 or len(note) > _MAX_ANSWER:
                    raise OSError(f"it answers {response.status_code}")
        return note
