"""The client of a monitor: asks it at export where streams end, and every minute what it found in the whole log.

A file of one line names the monitor: `<vkey> <url>`. The statement proves something only if another bureau runs it.

    export ──POST /statements──▶ last record of each stream ──▶ bundle
    job    ──GET /watch──▶ alarm, last round over every published file, time steps ──▶ /metrics, and an error in the log
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from prometheus_client import Gauge

from ledger.canonical import parse_instant
from ledger.clock import Clock, real_time
from ledger.notes import LOG_WATCH, STREAM_HEADS, Verifier, open_statement

_ANSWER_S: Final = 5.0
_MAX_ANSWER: Final = 1_000_000

FRESH: Final = timedelta(minutes=5)
"""A statement about the whole log that is older was not made for us: somebody shows us what was true once."""

CLOCK_ALARM: Final = timedelta(days=1)
"""So long after a step of the log's clock its alarm stands: long enough for everybody who looks once a day."""

ALARM: Final = Gauge(
    "mingzheng_ledger_monitor_alarm",
    "1 while the monitor says that the log changed what it had published, or that its clock stepped",
    ["kind"],
)
ROUND_AGE: Final = Gauge(
    "mingzheng_ledger_monitor_round_age_seconds",
    "Since the monitor last finished reading every published file; infinite if it does not answer",
)
UNREADABLE: Final = Gauge(
    "mingzheng_ledger_monitor_unreadable_files", "Published files that the monitor could not read"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Overseer:
    """A monitor: its key and URL. `transport` replaces the network in tests."""

    verifier: Verifier
    url: str
    transport: httpx.AsyncBaseTransport | None = None
    clock: Clock = real_time

    @classmethod
    def parse(
        cls,
        text: str,
        transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
        *,
        clock: Clock = real_time,
    ) -> Overseer:
        """The monitor that the one line of `text` names. Raises ValueError for any other text."""
        vkey, url = text.split()
        return cls(Verifier.parse(vkey), url.rstrip("/"), (transports or {}).get(url.rstrip("/")), clock)

    async def statement(self, streams: Sequence[str]) -> bytes | None:
        """The monitor's verified note about the ends of `streams` (outsiders.monitor.Monitor.statement).

        None if it does not answer within 5 s, is in alarm, or answers something else: an export does not wait for it.
        """
        body = "".join(f"{stream}\n" for stream in streams).encode()
        try:
            async with asyncio.timeout(_ANSWER_S), self._client() as http:
                note = await self._read(http, "POST", "statements", body)
            value = open_statement(note, STREAM_HEADS, [self.verifier])
            if [each["stream"] for each in value["streams"]] != list(streams):
                raise ValueError("it speaks of other streams")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("couldn't get a statement of %s: %s", self.verifier.name, type(error).__name__)
            return None
        return note

    async def watch(self, origin: str) -> None:
        """Ask what the monitor found in the whole log `origin`, and set the metrics. Raises nothing."""
        now = self.clock()
        try:
            async with asyncio.timeout(_ANSWER_S), self._client() as http:
                note = await self._read(http, "GET", "watch")
            value = open_statement(note, LOG_WATCH, [self.verifier])
            if value["origin"] != origin or abs(now - parse_instant(value["at"])) > FRESH:
                raise ValueError("it speaks of another log, or of another time")
            self._show(value, now)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError) as error:
            # The alarm that it raised before stands: silence takes nothing back.
            ROUND_AGE.set(float("inf"))
            log.warning("couldn't ask %s what it found: %s", self.verifier.name, type(error).__name__)

    def _show(self, value: dict[str, Any], now: datetime) -> None:
        alarm, last = value["alarm"], value["round"]
        recent = [step for step in value["last_time_steps"] if now - parse_instant(step["at"]) < CLOCK_ALARM]
        ended = parse_instant(last["ended"]) if last else None
        ALARM.labels("changed").set(alarm is not None)
        ALARM.labels("clock").set(bool(recent))
        ROUND_AGE.set(float("inf") if ended is None else (now - ended).total_seconds())
        UNREADABLE.set(len(last["unreadable"]) if last else 0)
        if alarm is not None:
            log.error("ALARM: %s found that the log misbehaved: %s", self.verifier.name, alarm["reason"])
        for step in recent:
            log.error("%s found at entry %d: %s", self.verifier.name, step["entry"], step["reason"])

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport, timeout=_ANSWER_S, trust_env=False)

    async def _read(
        self, http: httpx.AsyncClient, method: str, path: str, body: bytes | None = None
    ) -> bytes:
        note = b""
        async with http.stream(method, f"{self.url}/{path}", content=body) as response:
            async for part in response.aiter_raw():
                note += part
                if response.status_code != 200 or len(note) > _MAX_ANSWER:
                    raise OSError(f"it answers {response.status_code}")
        return note
