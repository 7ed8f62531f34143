"""The term of one leader: the session that holds the lock, its fencing number, and the fate of each batch.

    place ──▶ learn ends ──▶ grow the twin ──▶ sign ──▶ ledger.commit_batch ──COMMIT──▶ advance ──▶ untold
      ▲                                                          │
      └──────── the next batch, on top of this one ──────────────┘

The state in memory is a copy of the database and changes only after COMMIT. An exception before that leaves it unknown
whether the batch is in the log. The term is then over, and the next one loads the stored state.
"""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256
from time import monotonic
from typing import Final

import asyncpg
from prometheus_client import Gauge, Histogram

from common.values.errors import Refusal
from evidence.ledger.batch import UNUSED, Batch, State, Waiting, clock_behind, gap, reused
from evidence.ledger.log import Log, Twin, receipt_of
from evidence.ledger.recovery import LedgerSettings, caught_up, keep_guard
from ledger.checkpoint import Checkpoint
from ledger.clock import Clock, ClockBehind, signing_time
from ledger.entry import Record, micros_of
from ledger.twin import twin_origin

log = logging.getLogger(__name__)

_REMEMBERED_STREAMS: Final = 65_536
_COMMIT: Final = f"SELECT ledger.commit_batch({', '.join(f'${n}' for n in range(1, 22))})"
_NO_TWIN: Final[list[object]] = [[], [], [], [], None]
_SECOND: Final = 1_000_000
_REPORT_S: Final = 60
BEHIND = Gauge(
    "mingzheng_ledger_clock_behind_seconds", "How far the clock lies before the time of the last entry"
)
COMMITTED = Histogram(
    "mingzheng_ledger_batch_records", "Records of a commit", buckets=[4**n for n in range(6)]
)
APPENDED = Histogram(
    "mingzheng_ledger_append_seconds",
    "From a record's arrival to durable, of the first record of each commit",
)


class Superseded(Exception):
    """Another sequencer leads now."""


class Term:
    """Commits batches, one after another. While one is being committed, the next one is filled on top of it.

    `open` is the batch that takes records now. `untold` are the durable batches, each with its checkpoint note, whose
    senders have no answer yet.
    """

    def __init__(self, log: Log, epoch: int, state: State, *, settings: LedgerSettings, clock: Clock) -> None:
        self.log = log
        self.state = state
        self.open = Batch(state)
        self.untold: list[tuple[Batch, bytes]] = []
        self._epoch = epoch
        self._settings = settings
        self._clock = clock
        self._guarded_at = float("-inf")
        self._reported_at = float("-inf")

    def place(self, checked: list[Waiting]) -> None:
        """Place `checked`, records with right signatures, in the open batch. Does not await.

        If the clock stepped back too far or only a little, all are refused with LEDGER_CLOCK_BEHIND.
        """
        try:
            us = self._time()
        except ClockBehind as behind:
            self._report(behind)
            for one in checked:
                one.answer(clock_behind(behind))
            return
        self.open.place(checked, us=us)

    def _time(self) -> int:
        """The time of the next entries, in microseconds since 1970. Raises ClockBehind."""
        now, last = micros_of(self._clock()), self.open.end.last_us
        BEHIND.set(max(0, last - now) / _SECOND)
        return last if now < last <= self.state.settled_us else signing_time(now, last, second=_SECOND)

    def _report(self, behind: ClockBehind) -> None:
        """Log a clock that is far behind, at most once a minute."""
        if not behind.is_small and monotonic() - self._reported_at >= _REPORT_S:
            self._reported_at = monotonic()
            log.critical("couldn't append to the ledger: %s; see ./mz ledger accept --clock", behind)

    async def commit(self) -> None:
        """Commit the open batch and answer its records that got no place; records placed meanwhile go to the next.

        Raises Superseded if another sequencer leads. After any other exception the outcome is unknown.
        """
        while self.open.unknown:
            await self._learn_ends({one.record.stream for one in self.open.unknown})
            self._place_again(self.open.given)
        batch, self.open = self.open, Batch(self.state, before=self.open)
        if batch.placed:
            await self._grow_twin(batch)
            try:
                note = await self._store(batch)
            except asyncpg.UniqueViolationError:
                await self._retreat(batch)
                return
            self._advance(batch, note)
        # Last, because a record that came twice in one batch is in the log only now.
        await self._answer_repeats(batch.repeats)

    async def _learn_ends(self, streams: set[str]) -> None:
        """Read the last record of each of `streams` from the database."""
        rows = await self.log.stream_ends(list(streams))
        self.state.ends.update(dict.fromkeys(streams, UNUSED))
        self.state.ends.update({row.stream: (row.seq, sha256(row.note).digest()) for row in rows})

    def _place_again(self, waiting: list[Waiting]) -> None:
        self.open = Batch(self.state)
        self.place([one for one in waiting if not one.is_answered])

    async def _retreat(self, batch: Batch) -> None:
        """Dissolve `batch`, which the database refused: it repeats an id of another stream, or a stream is not new.

        Records that are in the log are answered from it. The others, and those of the next batch, are placed again.
        """
        unanswered = await self._answer_repeats(batch.placed, new_welcome=True)
        if len(unanswered) == len(batch.placed) and not batch.assumed:
            raise RuntimeError("couldn't place a batch: the database refuses what the ledger does not hold")
        self.state.ends.clear()
        await self._learn_ends({one.record.stream for one in batch.given})
        self._place_again([*batch.given, *self.open.given])

    async def _grow_twin(self, batch: Batch) -> None:
        """Add `batch` to the twin. If this batch registers the twin's first key, add all earlier entries too."""
        if not self._settings.twin or not batch.end.keys.twin_keys:
            return
        if self.state.twin is not None:
            batch.twin = self.state.twin.next()
        else:
            batch.twin = await caught_up(Twin(self.log.conn, self.log.log_id), batch.size)
        batch.twin.grow(batch.entries)

    async def _store(self, batch: Batch) -> bytes:
        """Commit the batch with its checkpoint in one call; the checkpoint note is the result."""
        origin, signer = self._settings.origin, self.state.signing
        tree, keys = batch.end.edge.tree, batch.end.keys
        signing = signer.sign(Checkpoint(origin, tree.size, tree.root()), keys.log_keys)
        if batch.twin is None:
            note, twin = await signing, _NO_TWIN
        else:
            twin_checkpoint = Checkpoint(twin_origin(origin), tree.size, batch.twin.edge.tree.root())
            both = asyncio.gather(signing, signer.sign(twin_checkpoint, keys.twin_keys))
            note, twin_note = await both
            twin = [*batch.twin.columns(), twin_note]
        head = (self.log.log_id, self._epoch, batch.size, batch.prev, batch.end.last_us)
        try:
            await self.log.conn.fetchval(_COMMIT, *head, *batch.columns(), note, *twin)
        except asyncpg.SerializationError as error:
            raise Superseded from error
        return note

    def _advance(self, batch: Batch, note: bytes) -> None:
        """Take over the committed batch. Only after COMMIT returned may the state change and a sender be answered."""
        state = self.state
        COMMITTED.observe(len(batch.placed))
        APPENDED.observe(monotonic() - batch.placed[0].since)
        state.end, state.twin = batch.end, batch.twin
        for stream, end in batch.ends.items():
            state.ends[stream] = end
            state.ends.move_to_end(stream)
        while len(state.ends) > _REMEMBERED_STREAMS:
            state.ends.popitem(last=False)
        self.untold.append((batch, note))
        self._guard(note)

    def _guard(self, note: bytes) -> None:
        """Write the published checkpoint to the guard file, at most once a second."""
        now = monotonic()
        if self._settings.guard is not None and now - self._guarded_at >= 1:
            self._guarded_at = now
            try:
                keep_guard(self._settings.guard, note)
            except OSError as error:
                # The batch is durable, so its senders must get receipts. The older checkpoint in the file still guards.
                log.critical("couldn't keep the published checkpoint: %s", error.strerror)

    async def _answer_repeats(self, repeats: list[Waiting], *, new_welcome: bool = False) -> list[Waiting]:
        """Answer records that are in the log with their first receipt.

        A record that is not in the log is refused, or returned if `new_welcome`.
        """
        if not repeats:
            return []
        rows = await self.log.by_record([one.record.id for one in repeats])
        unknown = []
        for one in repeats:
            row = rows.get(one.record.id)
            if row is None and new_welcome:
                unknown.append(one)
            elif row is None:
                one.answer(one.doubt or self._gap(one.record))
            elif row.note != one.record.raw:
                one.answer(reused(one.record))
            else:
                one.answer(await receipt_of(self.log, row))
        return unknown

    def _gap(self, record: Record) -> Refusal:
        return gap(record, self.state.ends.get(record.stream, UNUSED)[0])
