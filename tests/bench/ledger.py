"""The ledger against single-row INSERTs from 16 asyncpg connections, on one durable PostgreSQL, in interleaved rounds.

    inserts   16 coroutines, each with a connection of its own, insert ready-made rows into a table of the ledger's
              columns and keys, a row and a commit each; they verify, hash, chain and sign nothing
    appends   512 coroutines append signed records to the sequencer in this process
    relays    five services, each with its own keys and tokens, POST batches of 256 records to the API in a
              process of its own (uvicorn), through the client of production
    one       one caller, one record at a time, against one connection that inserts

The ledger verifies every signature. Making the signed records lies outside of what is measured. CPU is that of
all processes: callers, service, checkers, PostgreSQL with its children. Syncs of the write-ahead log are
counted by PostgreSQL. Each median has its bar; the command exits 1 below one of them.
`--quick` runs 2 rounds; `--asyncio` leaves uvloop, which production has, to neither side; `--sync-ms 1` makes
every sync of the write-ahead log take a millisecond longer, for both sides, as on a disk that really writes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import httpx
import uvloop

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.door.migrate import upgrade
from common.values.ids import record_id
from common.web.serve import settle
from common.web.settings import RECORD_KEY, TOKEN_KEY, record_key_name
from ledger.entry import make_entry, micros_of, parse_record
from ledger.keyfiles import RecordSigner
from ledger.notes import encode_batch
from mz.operate.assembly import Installation
from mz.postgres import EmbeddedPostgres, Server, clone, prepare
from mz.services import SERVICES
from tests.bench._bars import Bar, judge
from tests.bench._meters import Meter
from tests.bench._service import DATABASE, installed
from tests.bench._slow_disk import SlowDisk
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import LOG, SM2_LOG, START, Stream
from tests.scratch import scratch

ROUNDS: Final = 5
CALLERS, EACH = 512, 24
CONNECTIONS: Final = 16
TEMPLATE: Final = "evidence_empty"
BATCH, BATCHES = 256, 12
ALONE: Final = 200
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "server_version")
INSERT = "INSERT INTO plain VALUES ($1, $2, $3, $4, $5, $6, $7)"
Rows = list[tuple[Any, ...]]


@dataclass
class Round:
    """Rates in records per second, CPU in µs per record, latencies in ms, syncs of the log per 1,000 records."""

    rate: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    ms: dict[str, float] = field(default_factory=dict)
    syncs: dict[str, float] = field(default_factory=dict)

    def take(self, side: str, count: int, meter: Meter) -> None:
        self.rate[side], self.cpu[side] = count / meter.seconds, meter.cpu / count * 1e6

    def __str__(self) -> str:
        sides = (
            f"{side} {rate:6.0f}/s {self.cpu[side]:4.0f} µs CPU {self.syncs[side]:4.1f} syncs"
            for side, rate in self.rate.items()
        )
        alone = "  ".join(f"{name} {value:.2f} ms" for name, value in self.ms.items())
        return "   ".join(sides) + "   one: " + alone


async def main(options: argparse.Namespace) -> int:
    """Run the rounds and print them; 0 if every bar is met."""
    settle()  # as in every process that serves
    with scratch() as home:
        place, ms = home / "pg", options.sync_ms
        postgres = SlowDisk(place, ms) if ms else EmbeddedPostgres(place)
        server = postgres.start()
        assert postgres.pid is not None
        async with bench(server, home / "d", postgres.pid) as made:
            return await measure(made, 2 if options.quick else ROUNDS)


@dataclass
class Bench:
    """The two sides, ready."""

    ledger: Ledger
    admin: Any
    connections: list[Any]
    relays: list[Relay]
    pids: tuple[int, ...]
    rows: int = 0

    def meter(self) -> Meter:
        return Meter(os.getpid(), *self.pids)


@asynccontextmanager
async def bench(server: Server, home: Path, postmaster: int) -> AsyncIterator[Bench]:
    await prepare(server, ["evidence"])
    await upgrade(server.url("own_evidence", "evidence"), "evidence")
    for database in (DATABASE, TEMPLATE):
        await clone(server, "evidence", database)
    installation = installed(home, server)
    installation.d.make()
    enrolling = installation.sequencer()
    await enrolling.start()
    await installation.open_ledger(enrolling)
    await enrolling.stop()
    ledger = Ledger(server, "evidence", durable=True)
    await ledger.begin()
    admin = await ledger.admin()
    await admin.execute("CREATE TABLE plain (LIKE ledger.entry INCLUDING ALL)")
    connections = [await ledger.admin() for _ in range(CONNECTIONS)]
    url, service = await serving(home, server)
    relays = [Relay(name, url, installation) for name in SERVICES]
    try:
        yield Bench(ledger, admin, connections, relays, (postmaster, service.pid))
    finally:
        for relay in relays:
            await relay.peers.close()
        service.terminate()
        service.wait()
        await ledger.sequencer.stop()
        for connection in (admin, *connections):
            await connection.close()


async def serving(home: Path, server: Server) -> tuple[str, subprocess.Popen[bytes]]:
    """The address and process of the ledger's API, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [str(home), server.host, str(server.port), str(port)]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench._service", *arguments])
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        while process.poll() is None:
            try:
                await client.get(f"{url}/livez")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return url, process
    raise SystemExit("couldn't start the service")


class Relay:
    """One service that sends what it has signed: its own keys and tokens, the client that services use."""

    def __init__(self, service: str, url: str, installation: Installation) -> None:
        d = installation.d
        name = record_key_name(service, d.city_domain)
        self.signer = RecordSigner.load(name, d.keys / service / RECORD_KEY)
        self.noun = SERVICES[service].streams[0]
        self.peers = Peers(service, TokenKey.load(d.keys / service / TOKEN_KEY), {"evidence": url})

    def batch(self, objects: int = BATCH // 4) -> bytes:
        """Four records of each of so many new objects."""
        streams = [Stream(f"{self.noun}x_{record_id(START).hex}", self.signer) for _ in range(objects)]
        return encode_batch([note for stream in streams for note in stream.take(4)])

    async def send(self, batches: list[bytes]) -> None:
        for body in batches:
            answer = await self.peers.post(
                "evidence", "/v1/ledger/record-batches", content=body, media_type="application/octet-stream"
            )
            if not all("index" in result for result in answer["results"]):
                raise SystemExit("couldn't append a batch: a record was refused")


async def measure(made: Bench, rounds: int) -> int:
    shown = [f"{name}={await made.admin.fetchval('SELECT current_setting($1)', name)}" for name in SETTINGS]
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    print(f"PostgreSQL {' '.join(shown)}; Python {platform.python_version()}, {loop}, {os.cpu_count()} cores")
    done = []
    for number in range(rounds + 1):
        one = await play(made)
        if number:  # the first round warms all sides up
            done.append(one)
            print(f"round {number}: {one}", flush=True)
    bars = bars_of(done)
    await with_twin(made)
    return judge(bars)


def bars_of(done: list[Round]) -> list[Bar]:
    def of(ratio: Callable[[Round], float]) -> float:
        return median(map(ratio, done))

    return [
        Bar("512 callers: rate to INSERTs", of(lambda r: r.rate["appends"] / r.rate["inserts"]), 1.5, True),
        Bar("relays over HTTP: rate to INSERTs", of(lambda r: r.rate["relays"] / r.rate["inserts"]), 3, True),
        Bar("one caller: p50 to one INSERT connection's", of(lambda r: r.ms["append"] / r.ms["insert"]), 4),
        Bar("512 callers: WAL syncs per 1,000 records", of(lambda r: r.syncs["appends"]), 5),
        Bar("relays: WAL syncs per 1,000 records", of(lambda r: r.syncs["relays"]), 5),
        Bar("512 callers: CPU to an INSERT's", of(lambda r: r.cpu["appends"] / r.cpu["inserts"]), 0.8),
        Bar("relays: CPU to an INSERT's", of(lambda r: r.cpu["relays"] / r.cpu["inserts"]), 0.8),
    ]


async def play(made: Bench) -> Round:
    one = Round()
    # In a thread: a sequencer whose loop stands still for many seconds loses its session.
    rows, streams, batches = await asyncio.to_thread(material, made)
    gc.collect()
    gc.freeze()  # what the rounds are made of is not looked through again and again, on neither side
    begun = await syncs(made)
    with made.meter() as meter:
        await inserts(made.connections, rows)
    one.take("inserts", len(rows), meter)
    before = await syncs(made)
    with made.meter() as meter:
        await asyncio.gather(*(appends(made.ledger, notes) for notes in streams))
    one.take("appends", len(rows), meter)
    between = await syncs(made)
    with made.meter() as meter:
        await asyncio.gather(*(relay.send(mine) for relay, mine in zip(made.relays, batches, strict=True)))
    count = len(made.relays) * BATCHES * BATCH
    one.take("relays", count, meter)
    after = await syncs(made)
    one.syncs = {
        "inserts": (before - begun) / len(rows) * 1e3,
        "appends": (between - before) / len(rows) * 1e3,
        "relays": (after - between) / count * 1e3,
    }
    await alone(made, one)
    gc.unfreeze()
    return one


async def with_twin(made: Bench) -> None:
    """What 512 callers see where the log has its SM3 twin: printed, not judged."""
    await clone(made.ledger.server, TEMPLATE, "evidence_twin")
    ledger = Ledger(made.ledger.server, "evidence_twin", durable=True, keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()
    _, streams, _ = await asyncio.to_thread(material, made)
    with made.meter() as meter:
        await asyncio.gather(*(appends(ledger, notes) for notes in streams))
    await ledger.sequencer.stop()
    count = CALLERS * EACH
    print(
        f"with the SM3 twin: {count / meter.seconds:.0f}/s, {meter.cpu / count * 1e6:.0f} µs CPU (not judged)"
    )


async def syncs(made: Bench) -> int:
    """Syncs of the write-ahead log so far. A backend reports at most once a second, and when it has work."""
    await asyncio.sleep(1.1)
    await asyncio.gather(*(connection.execute("SELECT 1") for connection in made.connections))
    await made.ledger.sequencer.append(Stream().next())
    await made.relays[0].send([made.relays[0].batch(1)])
    return int(await made.admin.fetchval("SELECT wal_sync FROM pg_stat_wal"))


def material(made: Bench) -> tuple[Rows, list[list[bytes]], list[list[bytes]]]:
    """The signed records of one round, for each side."""
    rows = made_rows(made, CALLERS * EACH)
    streams = [Stream().take(EACH) for _ in range(CALLERS)]
    return rows, streams, [[relay.batch() for _ in range(BATCHES)] for relay in made.relays]


def made_rows(made: Bench, count: int) -> Rows:
    """Rows as the ledger would store them."""
    rows = []
    for _ in range(count):
        record = parse_record(Stream().next())
        entry = make_entry(made.rows, micros_of(START), record.prev, record.raw)
        rows.append((1, made.rows, record.id_text, record.hash, record.stream, record.seq, entry))
        made.rows += 1
    return rows


async def inserts(connections: list[Any], rows: Rows) -> None:
    async def caller(connection: Any, mine: Rows) -> None:
        for row in mine:
            await connection.execute(INSERT, *row)

    await asyncio.gather(*(caller(conn, rows[at :: len(connections)]) for at, conn in enumerate(connections)))


async def appends(ledger: Ledger, notes: list[bytes]) -> None:
    for note in notes:
        await ledger.sequencer.append(note)


async def alone(made: Bench, one: Round) -> None:
    rows, notes = made_rows(made, ALONE), Stream().take(ALONE)
    took: dict[str, list[float]] = {"append": [], "insert": []}
    for row, note in zip(rows, notes, strict=True):
        began = perf_counter()
        await made.connections[0].execute(INSERT, *row)
        between = perf_counter()
        await made.ledger.sequencer.append(note)
        took["insert"].append(between - began)
        took["append"].append(perf_counter() - between)
    one.ms = {name: median(times) * 1e3 for name, times in took.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench ledger")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--asyncio", action="store_true")
    parser.add_argument("--sync-ms", type=float, default=0)
    chosen = parser.parse_args()
    sys.exit(asyncio.run(main(chosen)) if chosen.asyncio else uvloop.run(main(chosen)))
