"""The one writer of the ledger: takes signed records, gives each its place, and says so when it is durable.

    append ──▶ queue ──▶ batch ──verify──▶ place ──▶ ledger.commit_batch ──COMMIT──▶ receipts
                           ▲                                  │
                           └── what arrived meanwhile ────────┘       no timer: load makes the batches

One session holds the advisory lock and commits; a lost session is a lost lock. Whoever takes the lock
raises the epoch, and the database refuses a batch of an older one. What a leader knows is in its `Term`: when
the outcome of a commit is unknown the term is thrown away, the lock taken again (the old session is then
provably over), and the records are looked up, never sent blindly again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from common.clock import Clock
from common.crypto import Verifier
from common.errors import Refusal
from evidence.ledger.batch import (
    MAX_BATCH,
    Outcome,
    Receipt,
    Sent,
    Waiting,
    claims_of,
    no_leader,
    parse,
    upheld,
)
from evidence.ledger.checker import CHILDREN, Checker
from evidence.ledger.entry import Record
from evidence.ledger.keys import KeyLog
from evidence.ledger.recovery import LedgerDamaged, LedgerSettings, load, require_durable
from evidence.ledger.signing import LogKeys
from evidence.ledger.term import Superseded, Term

log = logging.getLogger(__name__)

_CHECKED_AT_ONCE: Final = 96
_MAX_WAITING: Final = 16_384
_COMMAND_S: Final = 30
_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
)


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
        self._arrived = asyncio.Event()
        self._checks: deque[asyncio.Task[list[Waiting]]] = deque()
        self._ready = asyncio.Event()
        self._drained = asyncio.Event()
        self._term: Term | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._watchers: dict[UUID, list[asyncio.Future[None]]] = {}
        self._checker = Checker()
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
                except Superseded:
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
            loaded = await load(conn, self.settings, signing=self.signing, roots=self.roots)
            self._term = Term(*loaded, settings=self.settings, clock=self._clock)
            self._settle(None)
            await self._serve(self._term)
        finally:
            conn.terminate()

    async def _serve(self, term: Term) -> None:
        """Commit whatever has been checked, batch after batch, while the signatures of the next are checked."""
        checking = asyncio.create_task(self._check(term))
        checking.add_done_callback(lambda _: self._ready.set())
        try:
            while True:
                if not self._checks or not self._checks[0].done():
                    self._tell(term)
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
                await self._finish(term, batch)
        finally:
            self._tell(term)
            for task in (checking, *self._checks):
                task.cancel()
            await asyncio.gather(checking, *self._checks, return_exceptions=True)
            self._checks.clear()

    async def _wait(self, term: Term) -> None:
        """Wait for work, and let the server know meanwhile that this session is alive: else it ends it."""
        while not self._ready.is_set():
            try:
                await asyncio.wait_for(self._ready.wait(), self.settings.lost_after_s / 3)
            except TimeoutError:
                await term.log.conn.execute("SELECT")

    async def _check(self, term: Term) -> None:
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

    async def _finish(self, term: Term, batch: list[Waiting]) -> None:
        """Commit `batch` to the end, also when we are told to stop: half a commit has no receipts."""
        task = asyncio.create_task(term.commit(batch))
        try:
            await asyncio.sleep(0)  # the batch is sent: while the database works, those of the last are told
            self._tell(term)
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

    async def _verified(self, term: Term, batch: list[Waiting]) -> list[Waiting]:
        """Those whose signatures are right, by the keys valid for their streams; the others are refused."""
        claimed = claims_of(term.state.keys, batch)
        verdicts = await self._checker.check([claim for _, claims in claimed for claim in claims])
        return upheld(claimed, verdicts)

    def _tell(self, term: Term) -> None:
        """Answer those whose batches are durable."""
        for batch, note in term.untold:
            for one, receipt in batch.receipts(note):
                one.answer(receipt)
                if self._watchers:
                    self._notify(receipt.record_id)
        term.untold.clear()

    def _notify(self, record_id: UUID) -> None:
        for watcher in self._watchers.pop(record_id, ()):
            if not watcher.done():
                watcher.set_result(None)
