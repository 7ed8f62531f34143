"""A partner's signed comparisons before a whole installation, against a bare handler, in interleaved rounds.

    calls    a live system asks about one plate at a time: `./mz up` in one process, the trial register in another.
             The answer leaves when its record is in the ledger, filtered and signed
    bare     FastAPI in a process of its own verifies the same signature with the same code and commits one row
    alone    one connection, one call at a time: p50 and p99
    rows     a file of plates, from its completion to DONE, against a loop that joins the same rows with the same
             answers of the register and commits each row by itself

Connections are kept, requests are signed before their round. CPU is that of all processes of a side, PostgreSQL among
them. `--quick` runs two rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import asyncpg
import uvloop

from mz.demo.camera import Camera
from mz.demo.client import Demo, connect
from mz.demo.play import DemoStage
from mz.demo.stage import Scene, Step
from mz.demo.story import camera_becomes_lawful, capture_is_pushed, capture_is_reviewed
from mz.operate import running
from mz.operate.datadir import DataDir
from mz.postgres import EmbeddedPostgres
from outsiders.register import rows_about
from tests.bench._bars import Bar, judge
from tests.bench._meters import Meter
from tests.bench._partner import BASIS, Caller, Partner, spent
from tests.scratch import scratch

ROUNDS: Final = 5
CALLERS, CALLS, ALONE, ROWS = 32, 320, 60, 5_000
_INSERT: Final = "INSERT INTO joined (subject, answer) VALUES ($1, $2)"


@dataclass
class Round:
    """Rates in calls or rows per second, CPU in ms per call or row, latencies of one caller in ms."""

    rate: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    p50: dict[str, float] = field(default_factory=dict)
    p99: dict[str, float] = field(default_factory=dict)

    def take(self, side: str, count: int, meter: Meter) -> None:
        self.rate[side], self.cpu[side] = count / meter.seconds, meter.cpu / count * 1e3

    def wait(self, side: str, took: list[float]) -> None:
        cuts = quantiles(took, n=100)
        self.p50[side], self.p99[side] = median(took) * 1e3, cuts[98] * 1e3

    def __str__(self) -> str:
        rates = "  ".join(f"{side} {rate:.0f}/s {self.cpu[side]:.2f} ms" for side, rate in self.rate.items())
        waits = "  ".join(f"{side} p50 {ms:.1f} p99 {self.p99[side]:.1f} ms" for side, ms in self.p50.items())
        return f"{rates}   alone: {waits}"


@dataclass
class Bench:
    """Both sides, ready."""

    partner: Partner
    base_url: str
    bare_url: str
    plain: asyncpg.Connection
    pids: dict[str, tuple[int, ...]]
    files: int = 0


async def main(options: argparse.Namespace) -> int:
    """Run the rounds and print them; 0 if every bar is met."""
    with scratch() as home:
        async with bench(home) as made:
            rounds = []
            for number in range((2 if options.quick else ROUNDS) + 1):
                one = await play(made)
                if number:  # the first round warms all sides up
                    rounds.append(one)
                    print(f"round {number}: {one}", flush=True)
    return judge(bars_of(rounds))


def bars_of(rounds: list[Round]) -> list[Bar]:
    def of(figure: Callable[[Round], float]) -> float:
        return median(map(figure, rounds))

    told = [
        Bar(f"{name}, ms of {side}", of(lambda r, f=part, s=side: getattr(r, f)[s]))  # type: ignore[misc]
        for side in ("calls", "bare")
        for name, part in (("one caller p50", "p50"), ("one caller p99", "p99"), ("CPU a call", "cpu"))
    ]
    return [
        Bar("calls: rate to the bare handler", of(lambda r: r.rate["calls"] / r.rate["bare"]), 0.2, True),
        Bar("rows of a file: rate to the loop", of(lambda r: r.rate["rows"] / r.rate["loop"]), 0.4, True),
        *told,
    ]


@asynccontextmanager
async def bench(home: Path) -> AsyncIterator[Bench]:
    d = DataDir(home / "d")
    up = subprocess.Popen(
        [sys.executable, "-m", "mz", "up", "--data-dir", str(d.root), "--port", str(_free_port())]
    )
    postgres = EmbeddedPostgres(home / "bare")
    server = await asyncio.to_thread(postgres.start)
    bare: subprocess.Popen[bytes] | None = None
    try:
        base_url = await _ready(d, up)
        async with connect(base_url) as http:
            demo = Demo(d, base_url, http)
            partner = await Partner.connected(demo, await a_case(demo))
            plain = await server.connect()
            await plain.execute("CREATE TABLE joined (subject text NOT NULL, answer text NOT NULL)")
            port = _free_port()
            arguments = [
                server.url("postgres", "postgres"),
                base_url,
                json.dumps(partner.jwk),
                str(port),
            ]
            bare = subprocess.Popen([sys.executable, "-m", "tests.bench._bare", *arguments])
            bare_url = await _answering(f"http://127.0.0.1:{port}", bare)
            assert postgres.pid is not None
            pids = {"calls": (up.pid,), "bare": (bare.pid, postgres.pid), "loop": (os.getpid(), postgres.pid)}
            yield Bench(partner, base_url, bare_url, plain, pids)
            await plain.close()
    finally:
        for child in (bare, up):
            if child is not None:
                child.terminate()
                child.wait()
        await asyncio.to_thread(postgres.stop)


async def _ready(d: DataDir, up: subprocess.Popen[bytes]) -> str:
    """The address of the installation once it is ready."""
    while up.poll() is None:
        if (process := running.facts(d)) is not None:
            return str(process["base_url"])
        await asyncio.sleep(0.2)
    raise SystemExit("couldn't start the installation")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _answering(url: str, process: subprocess.Popen[bytes]) -> str:
    """`url` once the process listens there."""
    while process.poll() is None:
        try:
            (await Caller.to(url)).close()
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return url
    raise SystemExit("couldn't start the bare handler")


async def a_case(demo: Demo) -> str:
    """An open case of the first agency: one capture that was reviewed."""

    async def silent(step: Step) -> None:
        pass

    scene = Scene(DemoStage(demo, demo.http), silent)
    camera = Camera("31010100001190190001", "人民路示范段1号", "121.492300", "31.227500")
    watching = await camera_becomes_lawful(scene, camera)
    await capture_is_reviewed(scene, await capture_is_pushed(scene, watching))

    async def opened() -> str | None:
        page = await scene.read("CASE_OFFICER", "/v1/cases?limit=1")
        return page["items"][0]["id"] if page["items"] else None

    return str(await scene.until(opened, "a case"))


async def play(made: Bench) -> Round:
    one = Round()
    token = await made.partner.token()
    for side, url in (("bare", made.bare_url), ("calls", made.base_url)):
        callers = [await Caller.to(url) for _ in range(CALLERS)]
        requests = await asyncio.to_thread(made.partner.requests, token, CALLS)
        with Meter(*made.pids[side]) as meter:
            await spent(callers, requests)
        one.take(side, CALLS, meter)
        one.wait(side, await spent(callers[:1], made.partner.requests(token, ALONE)))
        for caller in callers:
            caller.close()
    await files(made, one)
    return one


async def files(made: Bench, one: Round) -> None:
    """A file of plates against a loop over the same rows."""
    made.files += 1
    plates = [f"苏A1{n % 40 + 10:04}" for n in range(ROWS)]
    content = "".join(f"{plate}\r\n" for plate in ["subject", *plates, f"苏A{made.files:05}"]).encode()
    with Meter(*made.pids["loop"]) as meter:
        for plate in plates:
            await made.plain.execute(_INSERT, plate, json.dumps(rows_about(plate)))
    one.take("loop", ROWS, meter)
    path = await queued(made.partner, content, ROWS + 1)
    with Meter(*made.pids["calls"]) as meter:
        while (await _read(made.partner, path))["state"] in ("QUEUED", "RUNNING"):
            await asyncio.sleep(0.02)
    one.take("rows", ROWS + 1, meter)
    if (state := (await _read(made.partner, path))["state"]) != "DONE":
        raise SystemExit(f"couldn't compare the file: {state}")


async def queued(partner: Partner, content: bytes, rows: int) -> str:
    """The address of a file that was announced, sent and completed by the exchange officer."""
    digest = hashlib.sha256(content)
    order: dict[str, Any] = {
        "kind": "PLATE_OWNER",
        "purpose": "IDENTIFY_PARTY",
        "case_id": partner.case_id,
        "basis": BASIS,
        "subject_kind": "PLATE",
        "media_type": "text/csv",
        "rows": rows,
        "sha256": digest.hexdigest(),
    }
    demo, officer = partner.demo, partner.demo.person("EXCHANGE_OFFICER")
    answer = await demo.call(officer, "POST", "/v1/comparison-batches", order)
    answer.raise_for_status()
    path = f"/v1/comparison-batches/{answer.json()['comparison_id']}"
    headers = {"content-type": "application/octet-stream"}
    headers["content-digest"] = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    answer = await demo.call(officer, "PUT", f"{path}/parts/1", headers=headers, content=content)
    answer.raise_for_status()
    answer = await demo.call(officer, "POST", f"{path}/completion", {})
    answer.raise_for_status()
    return path


async def _read(partner: Partner, path: str) -> dict[str, Any]:
    answer = await partner.demo.call(partner.demo.person("EXCHANGE_OFFICER"), "GET", path)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench exchange")
    parser.add_argument("--quick", action="store_true")
    sys.exit(uvloop.run(main(parser.parse_args())))
