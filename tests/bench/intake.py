"""Pushes of cameras: two pictures of 240 kB each, everything recorded, fsync on, 8 callers that push again at once.

    pushes    captures a second of the all-in-one, over HTTP, each with its proof; beside it a handler that decodes
              base64 and both pictures in a child, writes two files with fsync and inserts one row (_bare_intake.py)
    p99       at 70 % of that rate, sent at fixed times whether or not the one before was answered
    checks    how long after the last push the last capture was checked

    --cpu        CPU of all processes for 400 captures, idle taken off: a figure for a machine that others use too
    --long       5,000 captures, and by how much the memory of the process grows meanwhile
    --heavy      one camera's p95, alone and while another account pushes a dozen pictures of 40 Mpx without end
    --strangers  50 connections that have not logged in send 50 MB each

Exit 1 below a bar. `--against 37dbcc6` compares the milliseconds a capture.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import uvloop

from mz.demo.client import Demo, connect
from mz.operate import running
from mz.operate.datadir import DataDir
from mz.postgres import EmbeddedPostgres
from tests.bench._bare_intake import OURS
from tests.bench._bars import Bar, judge
from tests.bench._cameras import Pusher, Wire, flat, in_service
from tests.bench._meters import Meter
from tests.bench._running import answering, free_port, ready, resident
from tests.scratch import scratch

ROUNDS, CALLERS, SECONDS, WARM_UP = 3, 8, 12.0, 5.0
COUNTED, QUIET_S = 400, 5
LONG, LONG_STEP = 5_000, 500
STRANGERS, STRANGE_BYTES = 50, 50 << 20
HEAVY_PICTURES, HEAVY_SIZE = 12, (8_000, 5_000)
CALM_RATE, CALM_SECONDS = 4.0, 20.0


@dataclass
class Bench:
    """An installation with cameras, and the bare handler beside it."""

    demo: Demo
    up: subprocess.Popen[bytes]
    url: str
    bare_url: str
    bare_pids: tuple[int, ...]
    pushers: list[Pusher]
    rates: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)


async def main(options: argparse.Namespace) -> int:
    with scratch() as home:
        async with bench(home) as made:
            if options.strangers:
                return judge(await strangers(made))
            if options.heavy:
                return judge(await heavy(made))
            if options.cpu:
                return judge(await cpu(made))
            if options.long:
                return judge(await long(made))
            return judge(await pushes(made, 1 if options.quick else ROUNDS))


@asynccontextmanager
async def bench(home: Path) -> AsyncIterator[Bench]:
    d = DataDir(home / "d")
    command = [sys.executable, "-m", "mz", "up", "--data-dir", str(d.root), "--port", str(free_port())]
    up = subprocess.Popen(command)
    postgres = EmbeddedPostgres(home / "bare")
    server = await asyncio.to_thread(postgres.start)
    bare: subprocess.Popen[bytes] | None = None
    try:
        files, port = home / "files", free_port()
        files.mkdir()
        database = server.url("postgres", "postgres")
        command = [sys.executable, "-m", "tests.bench._bare_intake", database, str(files), str(port)]
        bare = subprocess.Popen(command)
        bare_url = await answering(f"http://127.0.0.1:{port}", bare)
        base_url = await ready(lambda: running.facts(d), up)
        assert postgres.pid is not None
        async with connect(base_url) as http:
            demo = Demo(d, base_url, http)
            pushers = await in_service(demo, base_url, CALLERS)
            yield Bench(demo, up, base_url, bare_url, (bare.pid, postgres.pid), pushers)
    finally:
        for child in (bare, up):
            if child is not None:
                child.terminate()
                child.wait()
        await asyncio.to_thread(postgres.stop)


# ---- pushes -------------------------------------------------------------------------------------------


async def pushes(made: Bench, rounds: int) -> list[Bar]:
    await _spend(made.pushers, WARM_UP)
    sides = {"pushes": (made.up.pid,), "plain": made.bare_pids}
    if OURS.exists():
        sides["ours"] = made.bare_pids
    for number in range(rounds):
        for side, pids in sides.items():
            with Meter(*pids) as meter:
                took = await (_spend(made.pushers, SECONDS) if side == "pushes" else _bare(made, side))
            made.rates.setdefault(side, []).append(len(took) / meter.seconds)
            made.cpu.setdefault(side, []).append(meter.cpu / len(took) * 1e3)
            cuts = quantiles(took, n=100)
            print(
                f"round {number + 1}: {side} {made.rates[side][-1]:.1f}/s, CPU {made.cpu[side][-1]:.1f} ms,"
                f" p50 {median(took) * 1e3:.0f} p99 {cuts[98] * 1e3:.0f} ms",
                flush=True,
            )
            if side == "pushes":
                print(f"         all checked {await _checked(made):.1f} s later", flush=True)
    rate, ours = median(made.rates["pushes"]), made.rates.get("ours")
    p99 = quantiles(await _open_loop(made.pushers, 0.7 * rate, SECONDS), n=100)[98]
    return [
        Bar("a capture, ms", 1e3 / rate, of_old=1 / 3),
        Bar("pushes: rate to the bare handler", rate / median(made.rates["plain"]), 0.6, True),
        *([Bar("pushes: rate to the bare handler with our decoder", rate / median(ours))] if ours else []),
        Bar("captures a second", rate),
        *(Bar(f"CPU a capture, ms of {side}", median(cpu)) for side, cpu in made.cpu.items()),
        Bar("p99 at 70 % of the rate, ms", p99 * 1e3),
    ]


async def _spend(pushers: list[Pusher], seconds: float) -> list[float]:
    """Each of `pushers` pushes again when it was answered, for so long."""
    took: list[float] = []
    end = perf_counter() + seconds

    async def work(pusher: Pusher) -> None:
        while perf_counter() < end:
            took.append(await pusher.push())

    await asyncio.gather(*map(work, pushers))
    return took


async def _bare(made: Bench, side: str) -> list[float]:
    took: list[float] = []
    end = perf_counter() + SECONDS

    async def work(pusher: Pusher) -> None:
        wire = await Wire.to(made.bare_url)
        while perf_counter() < end:
            body = pusher.capture()
            began = perf_counter()
            status, _, answer = await wire.send(f"/{side}", {"content-type": "application/json"}, body)
            if status != 200:
                raise SystemExit(f"couldn't push to the bare handler: {status} {answer.decode()[:400]}")
            took.append(perf_counter() - began)
        wire.close()

    await asyncio.gather(*map(work, made.pushers))
    return took


async def _open_loop(pushers: list[Pusher], rate: float, seconds: float) -> list[float]:
    """How long each push took from the moment at which it was due, so many a second."""
    began = perf_counter()

    async def one(number: int) -> float:
        due = began + number / rate
        await asyncio.sleep(due - perf_counter())
        return await pushers[number % len(pushers)].push(since=due)

    return list(await asyncio.gather(*map(one, range(int(rate * seconds)))))


async def _checked(made: Bench) -> float:
    """Seconds until no capture waits for its check any more."""
    began, reviewer = perf_counter(), made.demo.person("EVIDENCE_REVIEWER")
    while (await made.demo.call(reviewer, "GET", "/v1/captures?state=INGESTED&limit=1")).json()["items"]:
        await asyncio.sleep(0.1)
    return perf_counter() - began


async def cpu(made: Bench) -> list[Bar]:
    """What so many captures cost while they are pushed, and until the last of them is checked and in the ledger."""
    await asyncio.gather(*(_some(pusher, QUIET_S) for pusher in made.pushers))
    await _checked(made)
    await asyncio.sleep(QUIET_S)
    with Meter(made.up.pid) as idle:
        await asyncio.sleep(QUIET_S)
    with Meter(made.up.pid) as pushing:
        await asyncio.gather(*(_some(pusher, COUNTED // len(made.pushers)) for pusher in made.pushers))
    with Meter(made.up.pid) as after:
        await _checked(made)
        await asyncio.sleep(QUIET_S)
    pushed, rest = (meter.cpu - meter.seconds * idle.cpu / idle.seconds for meter in (pushing, after))
    return [
        Bar("CPU a capture while pushing, ms", pushed / COUNTED * 1e3),
        Bar("CPU a capture until checked, ms", (pushed + rest) / COUNTED * 1e3),
        Bar("captures a second meanwhile", COUNTED / pushing.seconds),
    ]


# ---- memory and fairness ------------------------------------------------------------------------------


async def long(made: Bench) -> list[Bar]:
    """The slope of the process's memory over 5,000 captures, by least squares."""
    await _spend(made.pushers, 3 * WARM_UP)
    marks: list[tuple[int, float]] = []
    for done in range(0, LONG + 1, LONG_STEP):
        if done:
            share = LONG_STEP // len(made.pushers)
            await asyncio.gather(*(_some(pusher, share) for pusher in made.pushers))
            await _checked(made)
        marks.append((done, resident(made.up.pid)))
        print(f"{done:,} captures: {marks[-1][1]:.1f} MB", flush=True)
    x, y = sum(n for n, _ in marks) / len(marks), sum(mb for _, mb in marks) / len(marks)
    slope = sum((n - x) * (mb - y) for n, mb in marks) / sum((n - x) ** 2 for n, _ in marks)
    return [Bar("memory per 1,000 captures, % of it", slope * 1_000 / y * 100, 1.0), Bar("memory, MB", y)]


async def _some(pusher: Pusher, number: int) -> None:
    for _ in range(number):
        await pusher.push()


async def heavy(made: Bench) -> list[Bar]:
    """One camera's p95 while another account does its worst, to its p95 alone."""
    calm, rude = made.pushers[:2]
    await _spend([calm], WARM_UP)
    alone = await _open_loop([calm], CALM_RATE, CALM_SECONDS)
    pictures = [flat(*HEAVY_SIZE) for _ in range(HEAVY_PICTURES)]
    stop, pushed = asyncio.Event(), 0

    async def worst() -> None:
        nonlocal pushed
        while not stop.is_set():
            status = await rude.attempt(rude.capture(*pictures))
            if status not in (200, 503):
                raise SystemExit(f"couldn't push the heavy object: {status}")
            pushed += 1

    rudeness = asyncio.create_task(worst())
    await asyncio.sleep(1)
    beside = await _open_loop([calm], CALM_RATE, CALM_SECONDS)
    stop.set()
    await rudeness
    p95 = [quantiles(took, n=20)[18] * 1e3 for took in (alone, beside)]
    return [
        Bar("another account's p95 beside pictures of 40 Mpx", p95[1] / p95[0], 1.5),
        Bar("p95 alone, ms", p95[0]),
        Bar("p95 beside them, ms", p95[1]),
        Bar("heavy objects meanwhile", float(pushed)),
    ]


async def strangers(made: Bench) -> list[Bar]:
    """The memory of the process while strangers send 50 MB each, and what they are answered."""
    await _spend(made.pushers, WARM_UP)
    await asyncio.sleep(3)
    idle = peak = resident(made.up.pid)
    chunk, statuses = bytes(1 << 20), []

    async def one() -> None:
        wire = await Wire.to(made.url)
        head = f"POST /VIID/MotorVehicles HTTP/1.1\r\nhost: bench\r\ncontent-length: {STRANGE_BYTES}\r\n\r\n"
        wire.writer.write(head.encode())
        try:
            for _ in range(STRANGE_BYTES // len(chunk)):
                wire.writer.write(chunk)
                await wire.writer.drain()
        except OSError:
            pass  # the server has answered and closed
        statuses.append(int((await wire.reader.readline()).split()[1]))
        wire.close()

    coming = [asyncio.create_task(one()) for _ in range(STRANGERS)]
    while not all(task.done() for task in coming):
        peak = max(peak, resident(made.up.pid))
        await asyncio.sleep(0.05)
    await asyncio.gather(*coming)
    return [
        Bar("memory beside strangers, to idle", peak / idle, 1.2),
        Bar("strangers answered 401", float(statuses.count(401)), float(STRANGERS), True),
        Bar("idle, MB", idle),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench intake", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true")
    for name in ("cpu", "long", "heavy", "strangers"):
        parser.add_argument(f"--{name}", action="store_true")
    sys.exit(uvloop.run(main(parser.parse_args())))
