"""What idle streams of an inbox cost: memory, descriptors and CPU of the server, by how many another process opens.

    none      the installation at rest, after the first streams have come and gone: a first use loads what stays
    N         as many streams as `--streams` says, open and silent but for their heartbeats

`--streams 500,2000` opens first 500, then 2,000. The installation is `./mz up` in one process. Bar: 75 kB a stream,
so that 2,000 take at most 150 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import uvloop

from common.calls.tokens import TokenKey, mint
from gateway.identity.runtime import ISSUER_KEY
from mz.demo.client import Demo, connect
from mz.operate import running
from mz.operate.datadir import DataDir
from tests.bench._bars import Bar, judge
from tests.bench._meters import Meter
from tests.bench._running import free_port, ready, resident
from tests.scratch import scratch

A_DEVICE: Final = 3
SETTLE_S: Final = 5.0


@dataclass(frozen=True)
class Standing:
    """The server at one moment: megabytes, open descriptors, CPU as a share of one core."""

    streams: int
    megabytes: float
    descriptors: int
    cpu: float

    def __str__(self) -> str:
        return (
            f"{self.streams} streams: {self.megabytes:.0f} MB, {self.descriptors} descriptors,"
            f" {100 * self.cpu:.1f} % of a core"
        )


async def measured(streams: int, pids: tuple[int, ...], seconds: float) -> Standing:
    """The processes `pids` over `seconds` in which nothing happens."""
    await asyncio.sleep(SETTLE_S)
    with Meter(*pids) as meter:
        await asyncio.sleep(seconds)
    descriptors = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    return Standing(streams, sum(map(resident, pids)), descriptors, meter.cpu / meter.seconds)


async def tokens_of(demo: Demo, count: int) -> list[str]:
    """Access tokens of the party, three a session, as three streams of a phone."""
    token = await demo.token(demo.person("PARTY"))
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    key = TokenKey.load(demo.d.keys / "gateway" / ISSUER_KEY)
    return [mint(key, "at+jwt", claims | {"sid": f"phone-{n // A_DEVICE}"}) for n in range(count)]


@asynccontextmanager
async def holding(base_url: str, tokens: list[str]) -> AsyncIterator[subprocess.Popen[str]]:
    """A stream for each token, held by another process until the end of the block."""
    parts = urlsplit(base_url)
    command = [sys.executable, "-m", "tests.bench._streamers", str(parts.hostname), str(parts.port)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write("\n".join(tokens) + "\n\n")
        child.stdin.flush()
        begun = monotonic()
        opened = await asyncio.to_thread(child.stdout.readline)
        took = monotonic() - begun
        print(f"  opened {opened.strip()} streams in {took:.1f} s", flush=True)
        if opened.strip() != str(len(tokens)):
            raise SystemExit(f"couldn't open {len(tokens)} streams: {opened.strip() or 'it ended'}")
        yield child
    finally:
        child.stdin.close()
        told = await asyncio.to_thread(child.stdout.read)
        print(f"  events and ended streams while they were held: {told.strip()}", flush=True)
        await asyncio.to_thread(child.wait)


async def main(options: argparse.Namespace) -> int:
    """Measure and print; 0 if the bar is met."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    counts = [int(count) for count in options.streams.split(",")]
    with scratch() as home:
        d = DataDir(home / "d")
        command = [sys.executable, "-m", "mz", "up", "--data-dir", str(d.root), "--port", str(free_port())]
        up = subprocess.Popen(command)
        try:
            base_url = await ready(lambda: running.facts(d), up)
            standings = await _standings(d, base_url, up.pid, counts, options.seconds)
        finally:
            up.terminate()
            up.wait()
    rest = standings[0]
    bars = [
        Bar(f"{each.streams} streams, kB each", 1024 * (each.megabytes - rest.megabytes) / each.streams, 75)
        for each in standings[1:]
    ]
    return judge(bars)


async def _standings(
    d: DataDir, base_url: str, pid: int, counts: list[int], seconds: float
) -> list[Standing]:
    async with connect(base_url) as http:
        demo = Demo(d, base_url, http)
        async with holding(base_url, await tokens_of(demo, 20)):
            await asyncio.sleep(1)
        standings = [await measured(0, (pid,), seconds)]
        print(standings[0], flush=True)
        for count in counts:
            async with holding(base_url, await tokens_of(demo, count)):
                standings.append(await measured(count, (pid,), seconds))
                print(standings[-1], flush=True)
        print(f"after them: {await measured(0, (pid,), seconds)}", flush=True)
    return standings


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", default="500", help="how many, separated by commas")
    parser.add_argument("--seconds", type=float, default=20, help="how long each state is watched")
    sys.exit(uvloop.run(main(parser.parse_args())))
