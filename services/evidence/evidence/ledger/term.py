"""One leadership: the session that holds the lock, its fencing number, and what becomes of each batch.

    learn ends ──▶ place ──▶ grow the twin ──▶ sign ──▶ ledger.commit_batch ──COMMIT──▶ advance ──▶ untold

State in memory is a copy of the database that moves on only after COMMIT. Whatever is raised before leaves it
unknown whether the batch is in the log: this term is then over, and the next begins with what is stored.
"""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256
from typing import Final

import asyncpg
from prometheus_client import Histogram

from common.clock import Clock
from evidence.ledger.batch import Batch, State, Waiting, gap, place, reused
from evidence.ledger.checkpoint import Checkpoint
from evidence.ledger.entry import NO_HASH, micros_of
from evidence.ledger.reader import Log, Twin, receipt_of
from evidence.ledger.recovery import LedgerSettings, caught_up, keep_guard
from evidence.ledger.twin import twin_origin

log = logging.getLogger(__name__)

_REMEMBERED_STREAMS: Final = 65_536
_COMMIT: Final = f"SELECT ledger.commit_batch({', '.join(f'${n}' for n in range(1, 22))})"
_NO_TWIN: Final[list[object]] = [[], [], [], [], None]
COMMITTED = Histogram(
    "mingzheng_ledger_batch_records", "Records of a commit", buckets=[4**n for n in range(6)]
)
APPENDED = Histogram(
    "mingzheng_ledger_append_seconds",
    "From a record's arrival to durable, of the first record of each commit",
)


class Superseded(Exception):
    """Another sequencer has taken over."""


class Term:
    """Commits batches, one after another.

    `untold` are those that are durable, each with its checkpoint note, while their senders wait to be told.
    """

    def __init__(self, log: Log, epoch: int, state: State, *, settings: LedgerSettings, clock: Clock) -> None:
        self.log = log
        self.state = state
        self.untold: list[tuple[Batch, bytes]] = []
        self._epoch = epoch
        self._settings = settings
        self._clock = clock
        self._guarded_at = float("-inf")

    async def commit(self, rest: list[Waiting]) -> None:
        """Place and commit one batch. Those that have no place in it are answered here.

        Raises Superseded if another leads, and whatever the driver raises when the outcome is unknown.
        """
        while rest:
            await self._learn_ends(rest)
            batch, repeats = place(self.state, rest, us=micros_of(self._clock()))
            if batch.placed:
                await self._grow_twin(batch)
                try:
                    note = await self._store(batch)
                except asyncpg.UniqueViolationError:
                    # A record id that another stream used: whoever is in the log is answered from the log.
                    left = await self._answer_repeats(batch.placed, new_welcome=True)
                    if len(left) == len(batch.placed):
                        raise
                    self.state.ends.clear()
                    rest = left + repeats
                    continue
                self._advance(batch, note)
            # Last, because a record that came twice in one batch is in the log only now.
            await self._answer_repeats(repeats)
            return

    async def _learn_ends(self, batch: list[Waiting]) -> None:
        """Know the last record of every stream in `batch`: from memory, else in one query."""
        ends = self.state.ends
        unknown = {w.record.stream for w in batch if w.record.stream not in ends}
        if unknown:
            found = await self.log.stream_ends(list(unknown))
            ends.update(dict.fromkeys(unknown, (-1, NO_HASH)))
            ends.update({row.stream: (row.seq, sha256(row.note).digest()) for row in found})

    async def _grow_twin(self, batch: Batch) -> None:
        """The twin with `batch` in it; with all that came before, if this batch brings the twin's first key."""
        if not self._settings.twin or not batch.keys.twin_keys:
            return
        if self.state.twin is not None:
            batch.twin = self.state.twin.next()
        else:
            batch.twin = await caught_up(Twin(self.log.conn, self.log.log_id), self.state.size)
        batch.twin.grow(batch.entries)

    async def _store(self, batch: Batch) -> bytes:
        """Commit the batch in one call; returns the checkpoint note that went in with it."""
        origin, state, tree = self._settings.origin, self.state, batch.edge.tree
        signing = state.signing.sign(Checkpoint(origin, tree.size, tree.root()), batch.keys.log_keys)
        if batch.twin is None:
            note, twin = await signing, _NO_TWIN
        else:
            theirs = Checkpoint(twin_origin(origin), tree.size, batch.twin.edge.tree.root())
            both = asyncio.gather(signing, state.signing.sign(theirs, batch.keys.twin_keys))
            note, twin_note = await both
            twin = [*batch.twin.columns(), twin_note]
        head = (self.log.log_id, self._epoch, state.size, state.prev, batch.us)
        try:
            await self.log.conn.fetchval(_COMMIT, *head, *batch.columns(), note, *twin)
        except asyncpg.SerializationError as error:
            raise Superseded from error
        return note

    def _advance(self, batch: Batch, note: bytes) -> None:
        """COMMIT has returned: only now is any of it true, and only from now on may anyone hear of it."""
        state = self.state
        COMMITTED.observe(len(batch.placed))
        APPENDED.observe(asyncio.get_running_loop().time() - batch.placed[0].since)
        state.size, state.prev, state.last_us = batch.edge.tree.size, batch.prev, batch.us
        state.edge, state.keys, state.twin = batch.edge, batch.keys, batch.twin
        for stream, end in batch.ends.items():
            state.ends[stream] = end
            state.ends.move_to_end(stream)
        while len(state.ends) > _REMEMBERED_STREAMS:
            state.ends.popitem(last=False)
        self.untold.append((batch, note))
        self._guard(note)

    def _guard(self, note: bytes) -> None:
        """Keep the published checkpoint in the guard file, at most once a second."""
        now = asyncio.get_running_loop().time()
        if self._settings.guard is not None and now - self._guarded_at >= 1:
            self._guarded_at = now
            try:
                keep_guard(self._settings.guard, note)
            except OSError as error:
                # The batch is durable, and its senders must hear so. The older checkpoint still guards, only less.
                log.critical("couldn't keep the published checkpoint: %s", error.strerror)

    async def _answer_repeats(self, repeats: list[Waiting], *, new_welcome: bool = False) -> list[Waiting]:
        """Answer those already in the log with their first receipt. Returns the unknown ones if they are welcome."""
        if not repeats:
            return []
        found = await self.log.by_record([one.record.id for one in repeats])
        unknown = []
        for one in repeats:
            row = found.get(one.record.id)
            if row is None and new_welcome:
                unknown.append(one)
            elif row is None:
                one.answer(one.doubt or gap(one.record, self.state.ends[one.record.stream][0]))
            elif row.note != one.record.raw:
                one.answer(reused(one.record))
            else:
                one.answer(await receipt_of(self.log, row))
        return unknown
