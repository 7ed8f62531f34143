"""Streams whose next record the ledger refuses: they wait, and the other streams go on.

A service's database role can write a row into its outbox that no key signed, and the trigger of door.sql cannot see
that. Such a record never enters the ledger. It must not keep any other stream from it, and somebody must look: the
alarm names it, `./mz ledger fsck` names it too. The stream is tried again after a while, because some refusals pass
by themselves: a key that the ledger learns a moment later, a gap that the record before it closes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

from prometheus_client import Gauge

log = logging.getLogger(__name__)

_PAUSE_S: Final = (1.0, 600.0)
"""The shortest and the longest pause before a new try. In between it is as long as the stream has waited so far."""

QUARANTINED = Gauge(
    "mingzheng_relay_quarantined_streams", "Streams whose next record the ledger refuses", ["service"]
)


@dataclass
class _Wait:
    since: float
    until: float


class Quarantine:
    """The waiting streams of one relay. They are kept in memory: after a restart the relay notices them at once."""

    def __init__(self, service: str, clock: Callable[[], float] = monotonic) -> None:
        self.service = service
        self._clock = clock
        self._waits: dict[str, _Wait] = {}

    def waiting(self) -> list[str]:
        """The streams that are not to be tried now."""
        now = self._clock()
        return [stream for stream, wait in self._waits.items() if wait.until > now]

    def put(self, stream: str, record_id: UUID, problem: str) -> None:
        """The ledger refused this record for `problem`: its stream waits."""
        now = self._clock()
        shortest, longest = _PAUSE_S
        wait = self._waits.get(stream)
        if wait is None:
            wait = self._waits[stream] = _Wait(now, now)
            log.error(
                "ALARM: the ledger refuses record %s of %s (%s): the stream waits, the others go on",
                record_id,
                stream,
                problem,
            )
        wait.until = now + min(max(now - wait.since, shortest), longest)
        QUARANTINED.labels(self.service).set(len(self._waits))

    def release(self, stream: str) -> None:
        """The ledger took a record of this stream."""
        if self._waits.pop(stream, None) is not None:
            log.warning("alarm over: the ledger takes the records of %s again", stream)
        QUARANTINED.labels(self.service).set(len(self._waits))
