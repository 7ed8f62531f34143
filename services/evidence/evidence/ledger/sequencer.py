"""The one writer of the ledger: takes signed records, gives each its place, and says so when it is durable.

    append ──▶ queue ──▶ batch ──verify──▶ place ──▶ ledger.commit_batch ──COMMIT──▶ receipts
                           ▲                                  │
                           └── what arrived meanwhile ────────┘       no timer: load makes the batches

One session holds the advisory lock and commits; a lost session is a lost lock. Whoever takes the lock
raises the epoch, and the database refuses a batch of an older one. State in memory is a copy that moves
on only after COMMIT: when the outcome of a commit is unknown the state is thrown away, the lock taken
again (the old session is then provably over), and the records are looked up, never sent blindly again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import asyncpg
from prometheus_client import Histogram

from common.clock import Clock
from common.crypto import Verifier
from common.errors import Refusal
from evidence.ledger.batch import (
    MAX_BATCH,
    Batch,
    Outcome,
    Receipt,
    Sent,
    State,
    Waiting,
    claims_of,
    gap,
    no_leader,
    parse,
    place,
    reused,
    upheld,
)
from evidence.ledger.checker import CHILDREN, Checker
from evidence.ledger.checkpoint import Checkpoint
from evidence.ledger.entry import NO_HASH, Record, micros_of
from evidence.ledger.keys import KeyLog
from evidence.ledger.reader import Log, Twin, receipt_of
from evidence.ledger.recovery import (
    LedgerDamaged,
    LedgerSettings,
    caught_up,
    keep_guard,
    load,
    require_durable,
)
from evidence.ledger.signing import LogKeys
from evidence.ledger.twin import twin_origin

log = logging.getLogger(__name__)

_CHECKED_AT_ONCE: Final = 128
_MAX_WAITING: Final = 16_384
_REMEMBERED_STREAMS: Final = 65_536
_COMMAND_S: Final = 30
_COMMIT: Final = f"SELECT ledger.commit_batch({', '.join(f'${n}' for n in range(1, 22))})"
_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
)
_NO_TWIN: Final[list[object]] = [[], [], [], [], None]
COMMITTED = Histogram(
    "mingzheng_ledger_batch_records", "Records of a commit", buckets=[4**n for n in range(6)]
)
APPENDED = Histogram(
    "mingzheng_ledger_append_seconds",
    "From a record's arrival to durable, of the first record of each commit",
)


class _Superseded(Exception):
    """Another sequencer has taken over."""


@dataclass
class _Term:
    """One leadership: the session that holds the lock, its fencing number, and what it knows."""

    log: Log
    epoch: int
    state: State


class Sequencer:
    """Appends to one log. Every service process may hold one; the database lets one of them write."""

    def __init__(
        self, settings: LedgerSettings, *, keys: LogKeys, roots: tuple[Verifier, ...], clock: Clock
    ) -> None:
        self.settings = settings
        self.origin = settings.origin
        self.signing = keys
        self.roots = roots
        self._clock = clock
        self._queue: deque[Waiting] = deque()
        self._taken: list[Waiting] = []
        self._untold: list[tuple[Batch, bytes]] = []
        self._arrived = asyncio.Event()
        self._checks: deque[asyncio.Task[list[Waiting]]] = deque()
        self._ready = asyncio.Event()
        self._drained = asyncio.Event()
        self._term: _Term | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._watchers: dict[UUID, list[asyncio.Future[None]]] = {}
        self._checker = Checker()
        self._guarded_at = float("-inf")
        self._loop: asyncio.AbstractEventLoop

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return self._term is not None

    @property
    def keys(self) -> KeyLog:
        """The keys as the log has them now. Raises Refusal LEDGER_NO_LEADER where this process does not lead."""
        if self._term is None:
            raise no_leader()
        return self._term.state.keys

    async def start(self) -> None:
        """Begin to lead, or to stand by while another leads. Raises LedgerDamaged rather than lead a bad log."""
        self._loop = asyncio.get_running_loop()
        self._settled = self._loop.create_future()
        self._task = asyncio.create_task(self._run(), name="sequencer")
        await self._settled

    async def stop(self) -> None:
        """Finish the batch that is being committed, refuse the rest, give up the lock."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._checker.close()

    async def append(self, note: bytes) -> Receipt:
        """Append one record note; returns once it is durable. The record's id is its idempotency key.

        Raises Refusal: LEDGER_RECORD_TOO_LARGE, LEDGER_RECORD_INVALID, LEDGER_SIGNATURE_INVALID,
        LEDGER_ID_REUSED (the id is taken by other bytes), LEDGER_STREAM_GAP (the record does not follow
        the last one of its stream), LEDGER_NO_LEADER (repeat it here or elsewhere: it is harmless).
        """
        sent = Sent(1)
        self._enqueue(parse(note), sent, 0)
        await sent.all
        outcome = sent.outcomes[0]
        if not isinstance(outcome, Receipt):
            raise outcome or no_leader()
        return outcome

    async def append_all(self, notes: Sequence[bytes]) -> list[Outcome]:
        """Append notes in order; each gets its own receipt or refusal."""
        if self._term is None:
            raise no_leader()
        sent = Sent(len(notes))
        for at, note in enumerate(notes):
            try:
                self._enqueue(parse(note), sent, at)
            except Refusal as refusal:
                sent.settle(at, refusal)
        if notes:
            await sent.all
        return [outcome or no_leader() for outcome in sent.outcomes]

    async def sequenced(self, record_id: UUID, seconds: float) -> None:
        """Wait until this process commits the record, at most `seconds`. The caller looks it up afterwards."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.setdefault(record_id, []).append(watcher)
        try:
            await asyncio.wait([watcher], timeout=seconds)
        finally:
            left = [other for other in self._watchers.pop(record_id, []) if other is not watcher]
            if left:
                self._watchers[record_id] = left

    def _enqueue(self, record: Record, sent: Sent, at: int) -> None:
        if self._term is None or len(self._queue) >= _MAX_WAITING:
            raise no_leader()
        self._queue.append(Waiting(record, sent, at, since=self._loop.time()))
        if not self._arrived.is_set():
            self._arrived.set()

    async def _run(self) -> None:
        """Lead while the session lasts, take the lock again when it does not, stand by while another leads."""
        pause = 0.0
        try:
            while True:
                await asyncio.sleep(pause)
                try:
                    await self._lead()
                    pause = 1.0
                except _LOST as error:
                    # Only a first loss keeps the callers waiting: the records are looked up a moment later.
                    pause = 0.05 if self._term is not None else 1.0
                    log.warning("couldn't keep the ledger's session: %s", type(error).__name__)
                except _Superseded:
                    log.warning("couldn't commit: another sequencer leads the ledger")
                    pause = 1.0
                except LedgerDamaged as error:
                    log.critical("%s", error)
                    raise
                except Exception:
                    if self._settled is not None and not self._settled.done():
                        raise
                    log.exception("couldn't commit a batch; reading the ledger again")
                    pause = 1.0
                self._term = None
                # Nobody knows whether these are in the log: the next term looks them up by their ids.
                self._queue.extendleft(one for one in reversed(self._taken) if not one.is_answered)
                self._taken.clear()
                if pause >= 1.0:
                    self._refuse_waiting()
                self._settle(None)
        except BaseException as error:
            self._settle(error)
            raise
        finally:
            self._term = None
            self._refuse_waiting()

    def _settle(self, error: BaseException | None) -> None:
        if self._settled is None or self._settled.done():
            return
        if error is None:
            self._settled.set_result(None)
        else:
            self._settled.set_exception(error)

    def _refuse_waiting(self) -> None:
        for waiting in (*self._taken, *self._queue):
            waiting.answer(no_leader())
        self._taken.clear()
        self._queue.clear()

    async def _lead(self) -> None:
        """Take the lock and serve until the session ends. Returns at once if another session holds the lock."""
        silence = {"idle_session_timeout": f"{self.settings.lost_after_s:.0f}s"}
        conn = await asyncpg.connect(
            **self.settings.connect, command_timeout=_COMMAND_S, server_settings=silence
        )
        try:
            await require_durable(conn, self.settings)
            # On this session and no other: the lock must die with the connection that commits.
            if not await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self.origin):
                return
            self._term = _Term(*await load(conn, self.settings, self.signing, self.roots))
            self._settle(None)
            await self._serve(self._term)
        finally:
            conn.terminate()

    async def _serve(self, term: _Term) -> None:
        """Commit whatever has been checked, batch after batch, while the signatures of the next are checked."""
        checking = asyncio.create_task(self._check(term))
        checking.add_done_callback(lambda _: self._ready.set())
        try:
            while True:
                if not self._checks or not self._checks[0].done():
                    self._tell()
                while not self._checks:
                    if checking.done():
                        checking.result()
                    self._drained.set()
                    self._ready.clear()
                    await self._wait(term)
                batch = await self._checks[0]
                self._checks.popleft()
                while self._checks and self._checks[0].done() and len(batch) <= MAX_BATCH - _CHECKED_AT_ONCE:
                    batch += self._checks.popleft().result()
                await self._finish(self._commit(term, batch))
        finally:
            self._tell()
            for task in (checking, *self._checks):
                task.cancel()
            await asyncio.gather(checking, *self._checks, return_exceptions=True)
            self._checks.clear()

    async def _wait(self, term: _Term) -> None:
        """Wait for work, and let the server know meanwhile that this session is alive: else it ends it."""
        while not self._ready.is_set():
            try:
                await asyncio.wait_for(self._ready.wait(), self.settings.lost_after_s / 3)
            except TimeoutError:
                await term.log.conn.execute("SELECT")

    async def _check(self, term: _Term) -> None:
        """Have signatures checked, some questions ahead. What follows a record about keys waits for it."""
        free = asyncio.Semaphore(3 * CHILDREN)  # while a child answers one question, its next lie ready
        while True:
            await free.acquire()
            while not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            taken = self._take()
            task = asyncio.create_task(self._verified(term, taken))
            task.add_done_callback(lambda _: free.release())
            self._drained.clear()
            self._checks.append(task)
            self._ready.set()
            if taken[-1].record.about_keys:
                await self._drained.wait()

    async def _finish(self, commit: Coroutine[Any, Any, None]) -> None:
        """Run `commit` to its end, also when we are told to stop: half a commit has no receipts."""
        task = asyncio.create_task(commit)
        try:
            await asyncio.sleep(0)  # the batch is sent: while the database works, those of the last are told
            self._tell()
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.gather(task, return_exceptions=True)
            raise

    def _take(self) -> list[Waiting]:
        """What is checked at once. A record about keys is the last: those after it are judged by what it says."""
        taken: list[Waiting] = []
        while self._queue and len(taken) < _CHECKED_AT_ONCE:
            taken.append(self._queue.popleft())
            if taken[-1].record.about_keys:
                break
        self._taken += taken
        if len(self._taken) > 4 * MAX_BATCH:
            self._taken = [one for one in self._taken if not one.is_answered]
        return taken

    async def _verified(self, term: _Term, batch: list[Waiting]) -> list[Waiting]:
        """Those whose signatures are right, by the keys valid for their streams; the others are refused."""
        claimed = claims_of(term.state.keys, batch)
        verdicts = await self._checker.check([claim for _, claims in claimed for claim in claims])
        return upheld(claimed, verdicts)

    async def _commit(self, term: _Term, rest: list[Waiting]) -> None:
        """Place and commit one batch, and answer everyone in it."""
        while rest:
            await self._learn_ends(term, rest)
            batch, repeats = place(term.state, rest, us=micros_of(self._clock()))
            if batch.placed:
                await self._grow_twin(term, batch)
                try:
                    note = await self._store(term, batch)
                except asyncpg.UniqueViolationError:
                    # A record id that another stream used: whoever is in the log is answered from the log.
                    left = await self._answer_repeats(term, batch.placed, new_welcome=True)
                    if len(left) == len(batch.placed):
                        raise
                    term.state.ends.clear()
                    rest = left + repeats
                    continue
                self._advance(term.state, batch, note)
            # Last, because a record that came twice in one batch is in the log only now.
            await self._answer_repeats(term, repeats)
            return

    async def _learn_ends(self, term: _Term, batch: list[Waiting]) -> None:
        """Know the last record of every stream in `batch`: from memory, else in one query."""
        ends = term.state.ends
        unknown = {w.record.stream for w in batch if w.record.stream not in ends}
        if unknown:
            found = await term.log.stream_ends(list(unknown))
            ends.update(dict.fromkeys(unknown, (-1, NO_HASH)))
            ends.update({row.stream: (row.seq, sha256(row.note).digest()) for row in found})

    async def _grow_twin(self, term: _Term, batch: Batch) -> None:
        """The twin with `batch` in it; with all that came before, if this batch brings the twin's first key."""
        if not self.settings.twin or not batch.keys.twin_keys:
            return
        if term.state.twin is not None:
            batch.twin = term.state.twin.next()
        else:
            batch.twin = await caught_up(Twin(term.log.conn, term.log.log_id), term.state.size)
        batch.twin.grow(batch.entries)

    async def _store(self, term: _Term, batch: Batch) -> bytes:
        """Commit the batch in one call; returns the checkpoint note that went in with it."""
        state, tree = term.state, batch.edge.tree
        signing = self.signing.sign(Checkpoint(self.origin, tree.size, tree.root()), batch.keys.log_keys)
        if batch.twin is None:
            note, twin = await signing, _NO_TWIN
        else:
            theirs = Checkpoint(twin_origin(self.origin), tree.size, batch.twin.edge.tree.root())
            both = asyncio.gather(signing, self.signing.sign(theirs, batch.keys.twin_keys))
            note, twin_note = await both
            twin = [*batch.twin.columns(), twin_note]
        head = (term.log.log_id, term.epoch, state.size, state.prev, batch.us)
        try:
            await term.log.conn.fetchval(_COMMIT, *head, *batch.columns(), note, *twin)
        except asyncpg.SerializationError as error:
            raise _Superseded from error
        return note

    def _advance(self, state: State, batch: Batch, note: bytes) -> None:
        """COMMIT has returned: only now is any of it true, and only from now on may anyone hear of it."""
        COMMITTED.observe(len(batch.placed))
        APPENDED.observe(asyncio.get_running_loop().time() - batch.placed[0].since)
        state.size, state.prev, state.last_us = batch.edge.tree.size, batch.prev, batch.us
        state.edge, state.keys, state.twin = batch.edge, batch.keys, batch.twin
        for stream, end in batch.ends.items():
            state.ends[stream] = end
            state.ends.move_to_end(stream)
        while len(state.ends) > _REMEMBERED_STREAMS:
            state.ends.popitem(last=False)
        self._untold.append((batch, note))
        self._remember(note)

    def _tell(self) -> None:
        """Answer those whose batches are durable."""
        for batch, note in self._untold:
            for one, receipt in batch.receipts(note):
                one.answer(receipt)
                if self._watchers:
                    self._notify(receipt.record_id)
        self._untold.clear()

    def _notify(self, record_id: UUID) -> None:
        for watcher in self._watchers.pop(record_id, ()):
            if not watcher.done():
                watcher.set_result(None)

    def _remember(self, note: bytes) -> None:
        """Keep the published checkpoint in the guard file, at most once a second."""
        now = asyncio.get_running_loop().time()
        if self.settings.guard is not None and now - self._guarded_at >= 1:
            self._guarded_at = now
            try:
                keep_guard(self.settings.guard, note)
            except OSError as error:
                # The batch is durable, and its senders must hear so. The older checkpoint still guards, only less.
                log.critical("couldn't keep the published checkpoint: %s", error.strerror)

    async def _answer_repeats(
        self, term: _Term, repeats: list[Waiting], *, new_welcome: bool = False
    ) -> list[Waiting]:
        """Answer those already in the log with their first receipt. Returns the unknown ones if they are welcome."""
        if not repeats:
            return []
        found = await term.log.by_record([one.record.id for one in repeats])
        unknown = []
        for one in repeats:
            row = found.get(one.record.id)
            if row is None and new_welcome:
                unknown.append(one)
            elif row is None:
                one.answer(one.doubt or gap(one.record, term.state.ends[one.record.stream][0]))
            elif row.note != one.record.raw:
                one.answer(reused(one.record))
            else:
                one.answer(await receipt_of(term.log, row))
        return unknown
