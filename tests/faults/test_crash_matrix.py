"""The crash matrix of docs/LEDGER.md: everything that can stop, stopped at every step of a batch.

    sent ─▶ in the transaction ─▶ executed ─▶ COMMIT ─▶ PostgreSQL's answer ─▶ the caller's answer
         ▲                     ▲            ▲        ▲                      ▲
       SENT                 LOCKED       EXECUTED  COMMITTING             COMMITTED / ANSWERED

Whatever happens, the caller repeats until it has its receipts, as a relay does; afterwards every receipt ever given
holds, the log is gapless, and an audit finds nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from common.calls.http import Peers
from mz.operate.fsck import Result, check_ledger
from tests.faults.journal import Journal, disorder
from tests.faults.records import notes
from tests.faults.services import Home, Process, until
from tests.faults.wire import Message, Wire

pytestmark = pytest.mark.slow


@dataclass
class Bench:
    """One evidence process between two wires, a caller, and its memory."""

    home: Home
    process: Process
    database: Wire
    calls: Wire
    peers: Peers
    journal: Journal = field(default_factory=Journal)


@pytest.fixture(scope="module")
async def bench(home: Home) -> AsyncIterator[Bench]:
    """An evidence process that leads; the caller reaches it, and it PostgreSQL, through wires."""
    async with Wire(home.socket, postgres=True).listening() as database:
        name = home.installation.database("evidence")
        url = f"postgresql://ledger_seq@127.0.0.1:{database.port}/{name}?sslmode=disable"
        process = home.process("evidence", ledger_url=url)
        process.start()
        await process.ready()
        async with Wire(process.port, postgres=False).listening() as calls:
            peers = home.peers("case", f"http://127.0.0.1:{calls.port}")
            yield Bench(home, process, database, calls, peers)
            await peers.close()
        process.kill()


def about_the_batch(message: Message, way: str, kind: str) -> bool:
    return (message.way, message.kind) == (way, kind) and "commit_batch" in message.about


@contextlib.asynccontextmanager
async def sent(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """Placed and signed; PostgreSQL has not seen it."""
    yield bench.database.hold(lambda m: about_the_batch(m, "up", "B")).reached.wait
    bench.database.release()


@contextlib.asynccontextmanager
async def locked(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """Inside the transaction: entries are inserted, the checkpoint waits for a lock."""
    conn = await bench.home.admin()
    transaction = conn.transaction()
    await transaction.start()
    await conn.execute("LOCK TABLE ledger.checkpoint IN SHARE MODE")

    async def reached() -> None:
        await until(lambda: waiting(bench, "Lock"))

    yield reached
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await transaction.rollback()
        await conn.close()


@contextlib.asynccontextmanager
async def executed(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """All of it done, and the message that commits it not yet sent."""
    yield bench.database.hold(lambda m: about_the_batch(m, "up", "S")).reached.wait
    bench.database.release()


@contextlib.asynccontextmanager
async def committing(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """In COMMIT: written to the log of PostgreSQL, waiting for a standby that does not exist."""
    await alter(bench, "SET synchronous_standby_names = 'nobody'")

    async def reached() -> None:
        await until(lambda: waiting(bench, "IPC"))

    yield reached
    await alter(bench, "RESET synchronous_standby_names")


@contextlib.asynccontextmanager
async def committed(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """Durable; PostgreSQL's answer is on its way."""
    yield bench.database.hold(lambda m: about_the_batch(m, "down", "Z")).reached.wait
    bench.database.release()


@contextlib.asynccontextmanager
async def answered(bench: Bench) -> AsyncIterator[Callable[[], Coroutine[Any, Any, object]]]:
    """Durable and known to the sequencer; the caller's answer is on its way."""
    yield bench.calls.hold(lambda m: m.way == "down").reached.wait
    bench.calls.release()


STEPS = {
    "sent": sent,
    "locked": locked,
    "executed": executed,
    "committing": committing,
    "committed": committed,
    "answered": answered,
}


async def waiting(bench: Bench, kind: str) -> bool:
    conn = await bench.home.admin()
    try:
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ledger_seq' AND wait_event_type = $1"
        if kind == "IPC":
            query += " AND wait_event = 'SyncRep'"
        return bool(await conn.fetchval(query, kind))
    finally:
        await conn.close()


async def alter(bench: Bench, what: str) -> None:
    """ALTER SYSTEM, once there is a PostgreSQL to hear it: it may just be recovering."""
    async with asyncio.timeout(30):
        while True:
            try:
                conn = await bench.home.admin()
                await conn.execute(f"ALTER SYSTEM {what}")
                await conn.execute("SELECT pg_reload_conf()")
                await conn.close()
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)


async def sequencer_killed(bench: Bench) -> None:
    """SIGKILL of the evidence process; what was on the wire is lost with it."""
    bench.process.kill()
    bench.database.cut()
    bench.process.start()


async def sequencer_killed_and_its_last_word_heard(bench: Bench) -> None:
    """SIGKILL of the evidence process; what it had sent still arrives."""
    bench.process.kill()
    bench.database.release()
    bench.process.start()


async def sequencer_frozen(bench: Bench) -> None:
    """SIGSTOP, everything it waits for happens meanwhile, SIGCONT."""
    bench.process.send(signal.SIGSTOP)
    bench.database.release()
    bench.calls.release()
    await asyncio.sleep(0.2)
    bench.process.send(signal.SIGCONT)


async def connection_cut(bench: Bench) -> None:
    """The session is lost between the two, and the caller's call with it: nobody knows the outcome."""
    bench.database.cut()
    bench.calls.cut()


async def backend_killed(bench: Bench) -> None:
    """SIGKILL of the PostgreSQL process that serves the sequencer: PostgreSQL recovers from its log."""
    conn = await bench.home.admin()
    pids = await conn.fetch("SELECT pid FROM pg_stat_activity WHERE usename = 'ledger_seq'")
    for row in pids:
        os.kill(row["pid"], signal.SIGKILL)
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await conn.close()


async def postmaster_killed(bench: Bench) -> None:
    """SIGKILL of PostgreSQL itself, and a new one."""
    pid = bench.home.postgres.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(bench.home.postgres.start)


async def backend_frozen(bench: Bench) -> None:
    """SIGSTOP and SIGCONT of the PostgreSQL process that serves the sequencer."""
    conn = await bench.home.admin()
    pids = [
        r["pid"] for r in await conn.fetch("SELECT pid FROM pg_stat_activity WHERE usename = 'ledger_seq'")
    ]
    await conn.close()
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)
        await asyncio.sleep(0.1)


FAULTS = (
    sequencer_killed,
    sequencer_frozen,
    connection_cut,
    backend_killed,
    backend_frozen,
    postmaster_killed,
)
ON_THE_WAY = {"sent", "executed"}
"""Where the sequencer has sent something that PostgreSQL may still hear after its death."""


@pytest.mark.parametrize("step", STEPS)
async def test_whatever_stops_at_this_step_no_receipt_is_broken(bench: Bench, step: str) -> None:
    heard = (sequencer_killed_and_its_last_word_heard,) if step in ON_THE_WAY else ()
    for fault in (*FAULTS, *heard):
        async with STEPS[step](bench) as reached:
            caller = asyncio.create_task(bench.journal.append(bench.peers, notes(bench.home)))
            there = asyncio.ensure_future(reached())
            await asyncio.wait([caller, there], timeout=30, return_when=asyncio.FIRST_COMPLETED)
            assert there.done(), "the step was not reached"
            assert not caller.done(), "acknowledged too early"
            await fault(bench)
        indexes = await asyncio.wait_for(caller, 60)
        assert indexes == list(range(indexes[0], indexes[0] + 3)), fault.__name__

    conn = await bench.home.admin()
    assert await bench.journal.losses(conn) == []
    assert await disorder(conn) == []
    await conn.close()
    result = Result()
    await check_ledger(bench.home.installation, result, lambda *_: None)
    assert result.clean, result.findings
