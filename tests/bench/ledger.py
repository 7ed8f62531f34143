"""The sequencer against plain single-row INSERTs, on one durable PostgreSQL, in interleaved rounds.

    ledger   512 coroutines append signed records to the sequencer in its process; it verifies every signature
    insert   16 connections insert the same rows into a table of the same columns and keys, a commit each

The inserts verify, hash, chain and sign nothing: they are what an application without a ledger would do.

The last line is the summary; exit 1 where the ledger is slower than the inserts.
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
CONNECTIONS = 16
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "server_version")


async def main(rounds: int = ROUNDS) -> int:
    """Run the rounds and print them; 0 if the median ratio reaches the bar."""
    with tempfile.TemporaryDirectory(prefix="mz-bench-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
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
    print(f"PostgreSQL {' '.join(shown)}; Python {platform.python_version()}, {os.cpu_count()} cores")
    await admin.execute("CREATE TABLE plain (LIKE ledger.entry INCLUDING ALL)")
    pool = await asyncpg.create_pool(
        host=server.host, port=server.port, user="postgres", database="evidence",
        min_size=CONNECTIONS, max_size=CONNECTIONS,
    )  # fmt: skip
    ratios, ledger_rates, insert_rates = [], [], []
    # The first round warms both sides up and does not count.
    for number in range(rounds + 1):
        streams = [Stream().take(EACH) for _ in range(COROUTINES)]
        inserted = await insert_round(pool, number, streams)
        fsyncs = await _fsyncs(admin)
        appended, cpu = await ledger_round(ledger, streams)
        fsyncs = await _fsyncs(admin) - fsyncs
        if number:
            ratios.append(appended / inserted)
            ledger_rates.append(appended)
            insert_rates.append(inserted)
            print(
                f"round {number}: ledger {appended:6.0f}/s ({cpu:.0f} us CPU, {fsyncs:.1f} WAL fsyncs per 1,000)"
                f"  insert {inserted:6.0f}/s  ratio {ratios[-1]:.2f}",
                flush=True,
            )
    entries = await admin.fetchval("SELECT count(*) FROM ledger.entry")
    await pool.close()
    await admin.close()
    await ledger.sequencer.stop()
    ratio = median(ratios)
    print(
        f"ledger: median ratio {ratio:.2f} (bar {BAR}), {median(ledger_rates):.0f} verified appends/s against"
        f" {median(insert_rates):.0f} inserts/s, {rounds} rounds of {COROUTINES * EACH}, {entries} entries"
    )
    return 0 if ratio >= BAR else 1


async def ledger_round(ledger: Ledger, streams: list[list[bytes]]) -> tuple[float, float]:
    """Records per second, and CPU microseconds of this process per record."""

    async def caller(notes: list[bytes]) -> None:
        for note in notes:
            await ledger.sequencer.append(note)

    began, spent = perf_counter(), process_time()
    await asyncio.gather(*(caller(notes) for notes in streams))
    count = COROUTINES * EACH
    return count / (perf_counter() - began), (process_time() - spent) / count * 1e6


async def insert_round(pool: asyncpg.Pool, number: int, streams: list[list[bytes]]) -> float:
    """Rows per second: each a commit of its own, spread over the connections."""
    first = number * COROUTINES * EACH
    rows = []
    for at, record in enumerate(parse_record(note) for notes in streams for note in notes):
        entry = make_entry(first + at, micros_of(START), record.prev, record.raw)
        rows.append((1, first + at, record.body["id"], record.hash, record.stream, record.seq, entry))

    async def caller(mine: list[tuple[object, ...]]) -> None:
        async with pool.acquire() as conn:
            for row in mine:
                await conn.execute("INSERT INTO plain VALUES ($1, $2, $3, $4, $5, $6, $7)", *row)

    began = perf_counter()
    await asyncio.gather(*(caller(rows[at::CONNECTIONS]) for at in range(CONNECTIONS)))
    return len(rows) / (perf_counter() - began)


async def _fsyncs(admin: asyncpg.Connection) -> float:
    """WAL fsyncs so far, per thousand records of a round."""
    await admin.execute("SELECT pg_stat_force_next_flush()")
    return float(await admin.fetchval("SELECT wal_sync FROM pg_stat_wal")) * 1000 / (COROUTINES * EACH)


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
