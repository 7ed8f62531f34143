"""From the outbox to the ledger. The way back, to the services that follow it, is in feed.py.

    outbox ──carry()──▶ POST /v1/ledger/record-batches ──▶ receipts      at least once, in stream order

Exactly once in effect: the ledger answers a repeated record with its first index, and refuses a gap. A stream whose
record is refused waits in quarantine; the other streams go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from common.calls.http import Peers
from common.door.address import engine_at
from common.door.driver import fetch
from common.door.quarantine import Quarantine
from common.values.errors import Kind, Refusal
from ledger.clock import Clock, real_time
from ledger.entry import body_of
from ledger.notes import encode_batch

log = logging.getLogger(__name__)

BATCH: Final = 256
"""The most records that a call carries; the ledger takes them as one commit."""

_LONGEST: Final = 65_535
"""Bytes of the longest note that a batch can frame. No record is longer; a forged row can be."""
_PASSING: Final = frozenset({"LEDGER_NO_LEADER", "LEDGER_CLOCK_BEHIND"})
"""Problems that are no fault of the record: it is sent again with the next batch."""
_OF_THE_BYTES: Final = frozenset({Kind.MALFORMED, Kind.INVALID, Kind.TOO_LARGE})
"""Refusals of a whole batch because of its content."""

_PENDING: Final = (
    "SELECT p.record_id, p.stream, p.seq, o.note FROM outbox_pending p JOIN outbox o USING (record_id)"
    " WHERE NOT p.stream = ANY($1) ORDER BY p.xid, p.stream, p.seq LIMIT $2"
)
_CARRIED: Final = (
    "WITH kept AS (INSERT INTO receipts (record_id, index, leaf_hash)"
    " SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) ON CONFLICT (record_id) DO NOTHING)"
    " DELETE FROM outbox_pending WHERE record_id = ANY($1)"
)

CARRIED = Counter("mingzheng_records_carried", "Records that reached the ledger", ["service"])
OLDEST = Gauge(
    "mingzheng_relay_oldest_seconds",
    "Age of the oldest record that waits for the ledger; 0: none",
    ["service"],
)


class _Waiting(NamedTuple):
    """A record that waits, as the outbox holds it."""

    record_id: UUID
    stream: str
    seq: int
    note: bytes


class Backlog:
    """How long the oldest record of a service has waited for the ledger: a gauge, and an alarm when it is too long.

    `alarm_s` is in seconds of `clock`, the one that dated the records. One line when the alarm begins and one when
    it ends: an operator who reads the log must see both.
    """

    def __init__(self, service: str, engine: AsyncEngine, clock: Clock, alarm_s: float) -> None:
        self.service = service
        self.alarm_s = alarm_s
        self._engine = engine
        self._clock = clock
        self._since: datetime | None = None
        self._alarmed = False

    async def look(self) -> None:
        """Look once. While the database does not answer, the age of the oldest known record goes on growing."""
        query = (
            "SELECT o.recorded_at FROM (SELECT record_id FROM outbox_pending ORDER BY xid LIMIT 1) p"
            " JOIN outbox o USING (record_id)"
        )
        try:
            async with self._engine.connect() as conn:
                self._since = await conn.scalar(sa.text(query))
        finally:
            self._show()

    def _show(self) -> None:
        age = max(0.0, (self._clock() - self._since).total_seconds()) if self._since else 0.0
        OLDEST.labels(self.service).set(age)
        if age > self.alarm_s and not self._alarmed:
            log.error(
                "ALARM: the oldest record of %s has waited %.0f s for the ledger; at most %.0f s is normal",
                self.service,
                age,
                self.alarm_s,
            )
        elif self._alarmed and age <= self.alarm_s:
            log.warning("alarm over: the records of %s reach the ledger again", self.service)
        self._alarmed = age > self.alarm_s


class Relay:
    """Carries one service's records, as role relay_<x>: it may read the outbox and nothing of the business."""

    def __init__(
        self, service: str, url: str, peers: Peers, *, clock: Clock = real_time, alarm_s: float = 60
    ) -> None:
        self.service = service
        self._peers = peers
        # One connection carries records. The spare connections serve the backlog check and /readyz while the first
        # waits for the ledger.
        self.engine: AsyncEngine = engine_at(url, pool_size=1, max_overflow=2)
        self.backlog = Backlog(service, self.engine, clock, alarm_s)
        self.quarantine = Quarantine(service)

    async def carry(self) -> int:
        """Carry one batch and return how many of its records were decided; 0: none waits, or another relay works.

        Crash between the answer and our commit, and the batch is carried again: same ids, same indexes.
        """
        async with self.engine.begin() as conn:
            if not await conn.scalar(sa.text("SELECT pg_try_advisory_xact_lock(hashtext('relay'))")):
                return 0
            waiting = [
                _Waiting(*row) for row in await fetch(conn, _PENDING, self.quarantine.waiting(), BATCH)
            ]
            rows = in_stream_order(waiting)
            if not rows:
                return 0
            outcomes = await self._outcomes(rows)
            receipts = [
                (row.record_id, outcome["index"], bytes.fromhex(outcome["leaf_hash"]))
                for row, outcome in zip(rows, outcomes, strict=True)
                if "index" in outcome
            ]
            refused = self._judge(rows, outcomes)
            if receipts:
                await fetch(conn, _CARRIED, *(list(column) for column in zip(*receipts, strict=True)))
        CARRIED.labels(self.service).inc(len(receipts))
        return len(receipts) + refused

    def _judge(self, rows: Sequence[Any], outcomes: Sequence[Mapping[str, Any]]) -> int:
        """Put the streams of refused records into quarantine, release the others; return how many streams are refused.

        A stream waits for its first refused record: the ledger refuses the later ones only because of the gap.
        """
        refused: set[str] = set()
        for row, outcome in zip(rows, outcomes, strict=True):
            problem = outcome.get("problem")
            if problem is None:
                self.quarantine.release(row.stream)
            elif problem in _PASSING:
                log.warning("couldn't append record %s yet: %s", row.record_id, problem)
            elif row.stream not in refused:
                refused.add(row.stream)
                self.quarantine.put(row.stream, row.record_id, problem)
        return len(refused)

    async def _outcomes(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """What becomes of each row. A row whose note is the record of another row is not sent.

        The ledger would answer for that other record, with its index, and the copy would pass as carried.
        """
        own = [is_own(row) for row in rows]
        notes = [bytes(row.note) for row, is_sent in zip(rows, own, strict=True) if is_sent]
        answers = iter(await self._append(notes) if notes else [])
        return [next(answers) if is_sent else {"problem": "LEDGER_ID_REUSED"} for is_sent in own]

    async def _append(self, notes: Sequence[bytes]) -> list[dict[str, Any]]:
        """The ledger's answer for each note. Raises Refusal if it gives none."""
        if any(len(note) > _LONGEST for note in notes):
            return await self._append_apart(notes)
        try:
            answer = await self._peers.post(
                "evidence",
                "/v1/ledger/record-batches",
                content=encode_batch(notes),
                media_type="application/octet-stream",
            )
        except Refusal as refusal:
            if refusal.kind not in _OF_THE_BYTES:
                raise
            return await self._append_apart(notes, refusal)
        results: list[dict[str, Any]] = answer["results"]
        return results

    async def _append_apart(
        self, notes: Sequence[bytes], refusal: Refusal | None = None
    ) -> list[dict[str, Any]]:
        """As `_append`, in halves, so that one unacceptable note does not keep the others of its batch back."""
        if len(notes) == 1:
            return [{"problem": refusal.code if refusal else "LEDGER_RECORD_TOO_LARGE"}]
        half = len(notes) // 2
        return [*await self._append(notes[:half]), *await self._append(notes[half:])]

    async def close(self) -> None:
        await self.engine.dispose()


def is_own(row: Any) -> bool:
    """Whether the note of an outbox row is the record that the row names. One that is no record counts as its own.

    The ledger refuses that one itself.
    """
    try:
        body = body_of(bytes(row.note))
        named = (body["id"], body["stream"], body["seq"])
    except (ValueError, KeyError, TypeError):
        return True
    return named == (str(row.record_id), row.stream, row.seq)


def in_stream_order(rows: Sequence[Any]) -> list[Any]:
    """`rows` in their own order, but the rows of each stream sorted by `seq` among themselves.

    `rows` are in the order in which their transactions began. A transaction that began first may still have waited
    for another one at the head of a stream.
    """
    queues: dict[str, list[Any]] = {}
    for row in sorted(rows, key=lambda row: row.seq, reverse=True):
        queues.setdefault(row.stream, []).append(row)
    return [queues[row.stream].pop() for row in rows]


async def drain(relay: Relay) -> None:
    """Carry until nothing waits."""
    while await relay.carry():
        await asyncio.sleep(0)
