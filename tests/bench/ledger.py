"""The sequencer against plain single-row INSERTs, on one durable PostgreSQL, in interleaved rounds.

    ledger   512 coroutines append signed records to the sequencer in its process; it verifies every signature
    pooled   512 coroutines insert the same rows into a table of the same columns and keys through 16
             asyncpg connections, a row and a commit each: what the same callers would do without a ledger
    bare     the same inserts from 16 coroutines that own a connection each

The inserts verify, hash, chain and sign nothing, and are given their rows ready made. The ledger is faster
than `pooled`, which is judged: exit 1 where it is not. It does not reach `bare`, the stricter reading, on
two otherwise idle cores: there its median ratio is 0.8 to 1.0, on asyncio's loop as on uvloop, which
`./mz up` has (`./mz bench ledger --uvloop` runs all sides on it). Half of what a record costs is the check
of its signature. A busy machine shifts the ratio in favour of the ledger. The last line gives both readings.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import asyncpg
import uvloop

from common.migrate import upgrade
from common.postgres import EmbeddedPostgres, Server, prepare
from evidence.ledger.entry import make_entry, micros_of, parse_record
from tests.evidence.ledger.given import START, Ledger, Stream

BAR = 1.0
ROUNDS = 5
COROUTINES = 512
EACH = 16
COUNT = COROUTINES * EACH
CONNECTIONS = 16
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "server_version")
INSERT = "INSERT INTO plain VALUES ($1, $2, $3, $4, $5, $6, $7)"
Rows = list[tuple[Any, ...]]


async def main(rounds: int = ROUNDS) -> int:
    """Run the rounds and print them; 0 if the median ratio reaches the bar."""
    with tempfile.TemporaryDirectory(prefix="mz-bench-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)  # as root the server runs as `nobody`, who must get there
        postgres = EmbeddedPostgres(Path(home) / "pg")
        try:
            return await measure(postgres.start(), rounds)
        finally:
            postgres.stop()


async def measure(server: Server, rounds: int) -> int:
    await prepare(server, ["evidence"])
    await upgrade(server.url("own_evidence", "evidence"), "evidence")
    ledger = Ledger(server, "evidence", durable=True)
    await ledger.begin()
    admin = await ledger.admin()
    shown = [f"{name}={await admin.fetchval('SELECT current_setting($1)', name)}" for name in SETTINGS]
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    print(f"PostgreSQL {' '.join(shown)}; Python {platform.python_version()}, {loop}, {os.cpu_count()} cores")
    await admin.execute("CREATE TABLE plain (LIKE ledger.entry INCLUDING ALL)")
    options = {"host": server.host, "port": server.port, "user": "postgres", "database": "evidence"}
    rates = []
    async with asyncpg.create_pool(**options, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        for number in range(rounds + 1):
            pooled = await pooled_round(pool, rows_of(2 * number))
            bare = await bare_round(pool, rows_of(2 * number + 1))
            appended, cpu = await ledger_round(ledger)
            if number == 0:
                continue  # the first round warms all sides up
            rates.append((appended, pooled, bare))
            print(
                f"round {number}: ledger {appended:6.0f}/s ({cpu:.0f} us CPU)  pooled {pooled:6.0f}/s"
                f"  ratio {appended / pooled:.2f}   bare {bare:6.0f}/s  ratio {appended / bare:.2f}",
                flush=True,
            )
    commits, entries = await admin.fetchrow(
        "SELECT (SELECT count(*) FROM ledger.checkpoint), size FROM ledger.log"
    )
    await admin.close()
    await ledger.sequencer.stop()
    to_pooled, to_bare = (median(rate[0] / rate[side] for rate in rates) for side in (1, 2))
    print(
        f"ledger: {median(rate[0] for rate in rates):.0f} verified appends/s, {rounds} rounds of {COUNT},"
        f" {commits / entries * 1000:.1f} commits per 1,000 records; bar {BAR}, median ratio to single-row inserts"
        f" of 512 callers through 16 connections {to_pooled:.2f}: {verdict(to_pooled)} (judged);"
        f" of 16 callers with a connection each {to_bare:.2f}: {verdict(to_bare)} (not judged)"
    )
    return 0 if to_pooled >= BAR else 1


def verdict(ratio: float) -> str:
    return "reached" if ratio >= BAR else "NOT reached"


def rows_of(number: int) -> Rows:
    """Rows as the ledger would store them, for one round of inserts."""
    rows, first = [], number * COUNT
    for at in range(COUNT):
        record = parse_record(Stream().next())
        entry = make_entry(first + at, micros_of(START), record.prev, record.raw)
        rows.append((1, first + at, record.id_text, record.hash, record.stream, record.seq, entry))
    return rows


async def ledger_round(ledger: Ledger) -> tuple[float, float]:
    """Records per second, and CPU microseconds of this process per record."""
    streams = [Stream().take(EACH) for _ in range(COROUTINES)]

    async def caller(notes: list[bytes]) -> None:
        for note in notes:
            await ledger.sequencer.append(note)

    began, spent = perf_counter(), process_time()
    await asyncio.gather(*(caller(notes) for notes in streams))
    return COUNT / (perf_counter() - began), (process_time() - spent) / COUNT * 1e6


async def pooled_round(pool: Any, rows: Rows) -> float:
    """Rows per second: the same callers, sharing the connections."""

    async def caller(mine: Rows) -> None:
        for row in mine:
            await pool.execute(INSERT, *row)

    began = perf_counter()
    await asyncio.gather(*(caller(rows[at::COROUTINES]) for at in range(COROUTINES)))
    return COUNT / (perf_counter() - began)


async def bare_round(pool: Any, rows: Rows) -> float:
    """Rows per second from as many callers as connections."""

    async def caller(mine: Rows) -> None:
        async with pool.acquire() as conn:
            for row in mine:
                await conn.execute(INSERT, *row)

    began = perf_counter()
    await asyncio.gather(*(caller(rows[at::CONNECTIONS]) for at in range(CONNECTIONS)))
    return COUNT / (perf_counter() - began)


if __name__ == "__main__":
    sys.exit(uvloop.run(main()) if "--uvloop" in sys.argv[1:] else asyncio.run(main()))
