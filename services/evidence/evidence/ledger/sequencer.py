"""The one writer of the ledger: it takes signed records, gives each an index, and answers when they are durable.

    append ──▶ queue ──ask──▶ checks ──place──▶ the open batch ──commit──▶ ledger.commit_batch ──▶ receipts
                                                     ▲                          │
                                                     └─ records of meanwhile ───┘
                                                              no timer: load makes the batches

One session holds the advisory lock and commits, so a lost session is a lost lock. The session that takes the lock
raises the epoch, and the database refuses a batch of an older epoch. The leader's state is in its `Term`. If the
outcome of a commit is unknown, the sequencer drops the term, takes the lock again (which proves that the old session
is over), and looks the records up; it never commits them again blindly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg

from common.values.errors import Refusal
from evidence.ledger.admission import CHECKED_AT_ONCE, Checks
from evidence.ledger.batch import CLOCK_BEHIND, MAX_BATCH, Outcome, Receipt, Sent, Waiting, no_leader, parse
from evidence.ledger.recovery import LedgerDamaged, LedgerSettings, load, require_durable
from evidence.ledger.signing import LogKeys
from evidence.ledger.term import Superseded, Term
from evidence.ledger.workers import Checker
from ledger.clock import Clock
from ledger.keys import KeyLog
from ledger.notes import Verifier

log = logging.getLogger(__name__)

_COMMAND_S: Final = 30
_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    # asyncpg raises it when it has read that the server ended the session, and not yet that the connection is closed:
    # so in a process that had no time for longer than the server waits.
    asyncpg.InternalClientError,
)


class Sequencer:
    """Appends to one log. Every service process may hold a sequencer; the database lets one of them write."""

    def __init__(
        self,
        settings: LedgerSettings,
        *,
        keys: LogKeys,
        roots: tuple[Verifier, ...],
        clock: Clock,
        checker: Checker | None = None,
    ) -> None:
        """A `checker` that is given may serve several sequencers, so `stop` does not close it."""
        self.settings = settings
        self.origin = settings.origin
        self.signing = keys
        self.roots = roots
        self._clock = clock
        self._checker, self._owns_checker = checker or Checker(), checker is None
        self._checks = Checks(self._checker)
        self._term: Term | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._watchers: dict[UUID, list[asyncio.Future[None]]] = {}

    @property
    def leads(self) -> bool:
        """Whether this process writes the log."""
        return self._term is not None

    @property
    def keys(self) -> KeyLog:
        """The keys that are valid now. Raises Refusal LEDGER_NO_LEADER if this process does not lead."""
        if self._term is None:
            raise no_leader()
        return self._term.state.end.keys

    async def start(self) -> None:
        """Lead, or stand by while another process leads. Raises LedgerDamaged rather than lead a damaged log."""
        self._settled = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name="sequencer")
        await self._settled

    async def stop(self) -> None:
        """Finish the running commit, refuse the other records, release the lock."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._owns_checker:
            self._checker.close()

    async def append(self, note: bytes) -> Receipt:
        """Append one record note; returns when it is durable. The record's id is its idempotency key.

        Raises Refusal: LEDGER_RECORD_TOO_LARGE, LEDGER_RECORD_INVALID, LEDGER_SIGNATURE_INVALID,
        LEDGER_ID_REUSED (the ledger has other bytes under this id), LEDGER_STREAM_GAP (the record does not follow
        the last one of its stream), LEDGER_NO_LEADER (repeat the call here or elsewhere; a repeat is harmless).
        """
        record = parse(note)
        if self._term is None or self._checks.is_full:
            raise no_leader()
        sent = Sent(1)
        self._checks.add(Waiting(record, sent, since=monotonic()))
        await sent.all
        outcome = sent.outcomes[0]
        if not isinstance(outcome, Receipt):
            raise outcome or no_leader()
        return outcome

    async def append_all(self, notes: Sequence[bytes]) -> list[Outcome]:
        """Append notes in order; each gets its own receipt or refusal.

        Raises Refusal LEDGER_NO_LEADER or LEDGER_CLOCK_BEHIND if none of them was judged.
        """
        sent, now = Sent(len(notes)), monotonic()
        readings = await self._checks.read(notes)
        if self._term is None or self._checks.is_full:
            raise no_leader()
        for at, (note, reading) in enumerate(zip(notes, readings, strict=True)):
            try:
                record, signed = reading or (parse(note), None)
            except Refusal as refusal:
                sent.settle(at, refusal)
            else:
                self._checks.add(Waiting(record, sent, at, signed=signed, since=now))
        if notes:
            await sent.all
        outcomes = [outcome or no_leader() for outcome in sent.outcomes]
        refusals = [each for each in outcomes if isinstance(each, Refusal) and each.code == CLOCK_BEHIND]
        if refusals and len(refusals) == len(outcomes):
            raise refusals[0]  # so that the sender gets 503 with Retry-After
        return outcomes

    async def sequenced(self, record_id: UUID, seconds: float) -> None:
        """Wait until this process commits the record, at most `seconds`. The caller looks it up afterwards."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.setdefault(record_id, []).append(watcher)
        try:
            await asyncio.wait([watcher], timeout=seconds)
        finally:
            others = [other for other in self._watchers.pop(record_id, []) if other is not watcher]
            if others:
                self._watchers[record_id] = others

    async def _run(self) -> None:
        """Lead while the session lasts, take the lock again when it is lost, stand by while another process leads."""
        pause = 0.0
        try:
            while True:
                await asyncio.sleep(pause)
                try:
                    await self._lead()
                    pause = 1.0
                except _LOST as error:
                    # After the first loss the callers keep waiting, because a new term looks their records up at once.
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
                if pause >= 1.0:
                    self._checks.refuse_all(no_leader())
                self._settle(None)
        except BaseException as error:
            self._settle(error)
            raise
        finally:
            self._term = None
            self._checks.refuse_all(no_leader())

    def _settle(self, error: BaseException | None) -> None:
        if self._settled is None or self._settled.done():
            return
        if error is None:
            self._settled.set_result(None)
        else:
            self._settled.set_exception(error)

    async def _lead(self) -> None:
        """Take the lock and serve until the session ends. Returns at once if another session holds the lock."""
        silence = {"idle_session_timeout": f"{self.settings.lost_after_s:.0f}s"}
        conn = await asyncpg.connect(
            **self.settings.connect, command_timeout=_COMMAND_S, server_settings=silence
        )
        try:
            await require_durable(conn, self.settings)
            # Lock on this session and no other: the lock must end with the connection that commits.
            if not await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self.origin):
                return
            loaded = await load(conn, self.settings, signing=self.signing, roots=self.roots)
            self._term = Term(*loaded, settings=self.settings, clock=self._clock)
            self._settle(None)
            await self._serve(self._term)
        finally:
            conn.terminate()

    async def _serve(self, term: Term) -> None:
        """Commit batch after batch. Records that were checked meanwhile go to the next batch."""
        self._checks.begin(lambda: term.state.end.keys)
        try:
            while True:
                self._place(term)
                if term.open.given:
                    await self._commit(term)
                    continue
                self._tell(term)
                self._checks.all_committed()
                await self._wait(term)
        finally:
            self._tell(term)
            # It is unknown whether the other records are in the log: the next term looks them up by their ids.
            self._checks.end()

    def _place(self, term: Term) -> None:
        """Place the checked records, in order of arrival."""
        while self._checks.has_checked and len(term.open.given) <= MAX_BATCH - CHECKED_AT_ONCE:
            term.place(self._checks.take())

    async def _commit(self, term: Term) -> None:
        """Commit the open batch to the end, even if cancelled meanwhile: an unfinished commit has no receipts."""
        ready = self._checks.ready
        task = asyncio.create_task(term.commit())
        task.add_done_callback(lambda _: ready.set())
        try:
            await asyncio.sleep(
                0
            )  # sends the batch; while the database works, answer the senders of the last one
            self._tell(term)
            while not task.done():
                self._place(term)
                ready.clear()
                await ready.wait()
        except BaseException:
            await asyncio.gather(task, return_exceptions=True)
            raise
        task.result()

    async def _wait(self, term: Term) -> None:
        """Wait for work. Query meanwhile, because the server ends a session that is silent for too long."""
        while not self._checks.has_checked:
            self._checks.ready.clear()
            try:
                async with asyncio.timeout(self.settings.lost_after_s / 3):
                    await self._checks.ready.wait()
            except TimeoutError:
                await term.log.conn.execute("SELECT")

    def _tell(self, term: Term) -> None:
        """Answer the senders of durable batches."""
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
