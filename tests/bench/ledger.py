"""The sequencer against plain single-row INSERTs, on one durable PostgreSQL, in interleaved rounds.

    ledger   512 coroutines append signed records to the sequencer in its process; it verifies every signature
    insert   the same rows into a table of the same columns and keys, a row and a commit each, from 16
             coroutines that own an asyncpg connection each

The inserts verify, hash, chain and sign nothing, and are given their rows ready made. Both sides run on
asyncio's own loop; `./mz bench ledger --uvloop` runs both on the loop that `./mz up` has. The last line is
the summary; exit 1 where the ledger is slower than the inserts.
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
    ratios, rates = [], []
    async with asyncpg.create_pool(**options, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        for number in range(rounds + 1):
            inserted = await insert_round(pool, rows_of(number))
            appended, cpu = await ledger_round(ledger)
            if number == 0:
                continue  # the first round warms all sides up
            ratios.append(appended / inserted)
            rates.append((appended, inserted))
            print(
                f"round {number}: ledger {appended:6.0f}/s ({cpu:.0f} us CPU)  insert {inserted:6.0f}/s"
                f"  ratio {ratios[-1]:.2f}",
                flush=True,
            )
    commits, entries = await admin.fetchrow(
        "SELECT (SELECT count(*) FROM ledger.checkpoint), size FROM ledger.log"
    )
    await admin.close()
    await ledger.sequencer.stop()
    ratio = median(ratios)
    print(
        f"ledger: median ratio {ratio:.2f} (bar {BAR}), {median(a for a, _ in rates):.0f} verified appends/s"
        f" against {median(i for _, i in rates):.0f} single-row inserts/s, {rounds} rounds of {COUNT},"
        f" {commits / entries * 1000:.1f} commits per 1,000 records"
    )
    return 0 if ratio >= BAR else 1


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


async def insert_round(pool: Any, rows: Rows) -> float:
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
