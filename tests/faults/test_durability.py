"""The control of all the others: on a server that acknowledges before it writes, the same checker finds the loss."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.postgres import clone
from mz.postgres.machine import processes_in
from tests.faults.journal import Journal, disorder
from tests.faults.records import notes
from tests.faults.services import Home, Process

pytestmark = pytest.mark.slow

FORGETFUL = ("synchronous_commit = off", "wal_writer_delay = '10s'")


@pytest.fixture
async def forgetful(home: Home, tmp_path: Path) -> AsyncIterator[Home]:
    """A copy of the ledger on the same server, which now commits without writing."""
    folder = tmp_path / "D"
    shutil.copytree(home.folder, folder)
    (folder / "checkpoint").unlink(missing_ok=True)
    await clone(home.server, "evidence", "evidence_forgetful")
    await configure(home, [f"SET {setting}" for setting in FORGETFUL])
    databases = {"evidence": "evidence_forgetful"}
    yield Home(folder, home.postgres, Installation(DataDir(folder), home.server, databases=databases))
    await configure(home, [f"RESET {setting.split()[0]}" for setting in FORGETFUL])
    conn = await home.server.connect()
    await conn.execute("DROP DATABASE evidence_forgetful WITH (FORCE)")
    await conn.close()


async def configure(home: Home, changes: list[str]) -> None:
    conn = await home.server.connect()
    for change in changes:
        await conn.execute(f"ALTER SYSTEM {change}")
    await conn.execute("SELECT pg_reload_conf()")
    await conn.close()


async def everything_of_postgres_killed(home: Home) -> None:
    """SIGKILL of PostgreSQL with all its processes, before any of them writes what it still holds."""
    conn = await home.server.connect()
    writers = "'walwriter', 'checkpointer', 'background writer'"
    rows = await conn.fetch(f"SELECT pid FROM pg_stat_activity WHERE backend_type IN ({writers})")
    pids = {row["pid"] for row in rows} | set(processes_in(home.postgres.data))
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, number)
    conn.terminate()
    await asyncio.to_thread(home.postgres.start)


async def test_a_production_process_refuses_such_a_server_in_one_line(forgetful: Home) -> None:
    process = forgetful.process("evidence")
    process.start()
    assert process.child is not None
    status = await asyncio.to_thread(process.child.wait, 60)

    assert status == 1
    lines = [line for line in process.said.splitlines() if "couldn't start evidence" in line]
    assert len(lines) == 1
    assert "synchronous_commit is off; a receipt must survive a power cut" in lines[0]
    assert "Traceback" not in process.said


async def test_without_durable_commits_acknowledged_records_are_lost_and_the_checker_says_so(
    forgetful: Home, tmp_path: Path
) -> None:
    process = await leading(forgetful, tmp_path / "guard")
    calls, journal = forgetful.peers("case", process.url), Journal()
    conn = await forgetful.admin()
    await conn.execute("CHECKPOINT")
    await conn.close()

    acknowledged = await journal.append(calls, notes(forgetful))
    await everything_of_postgres_killed(forgetful)
    process.kill()
    await calls.close()

    conn = await forgetful.admin()
    losses = await journal.losses(conn)
    assert len(losses) == len(acknowledged)
    assert await disorder(conn) == []
    await conn.close()
    # Nobody would have noticed but for the guard: what is left is a sound, shorter log.
    again = forgetful.process("evidence", mode="test", guard=tmp_path / "guard")
    again.start()
    assert again.child is not None
    assert await asyncio.to_thread(again.child.wait, 60) == 1
    assert "couldn't lead the ledger" in again.said


async def test_with_durable_commits_the_same_blow_loses_nothing(home: Home, tmp_path: Path) -> None:
    process = home.process("evidence", guard=tmp_path / "guard")
    process.start()
    await process.ready()
    calls, journal = home.peers("case", process.url), Journal()

    acknowledged = await journal.append(calls, notes(home))
    await everything_of_postgres_killed(home)

    conn = await home.admin()
    assert await journal.losses(conn) == []
    await conn.close()
    assert await journal.append(calls, notes(home)) == [acknowledged[-1] + n for n in (1, 2, 3)]
    await calls.close()
    process.kill()


async def leading(home: Home, guard: Path) -> Process:
    process = home.process("evidence", mode="test", guard=guard)
    process.start()
    await process.ready()
    return process
