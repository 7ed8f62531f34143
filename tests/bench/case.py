"""What a case costs from the push of its capture to its paid decision: CPU of all processes of the platform.

    each case    the story of `./mz demo`, played against `./mz up` by the build's own driver; its client is not counted
    steps        the CPU between two lines of the story, so that what the law of a later build added is told apart

The CPU that the platform uses while nothing happens is taken off. Bar beside an older commit (`--against`): 0.6 of its
CPU for the steps that both have. The first case only warms up.

`--only decision` measures a decision in this process instead, in a small agency and in a large one; without `--only`
both are measured. An older commit knows the cost alone.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import httpx
import uvloop

from tests.bench._bars import Bar, judge
from tests.bench._meters import cpu_of, family
from tests.bench._running import free_port
from tests.scratch import scratch

FIRST: Final = "GA/T 1400 注册"
LAST: Final = "签名回执"
ADDED: Final = ("签收告知提示", "责令")
"""The beginnings of steps that only the law of a later build asks for."""
IDLE_S: Final = 10.0
READY_S: Final = 120.0


async def ready(url: str, up: subprocess.Popen[bytes]) -> None:
    """Once the installation answers that it is ready. Raises SystemExit if it ends or takes too long."""
    end = perf_counter() + READY_S
    async with httpx.AsyncClient() as http:
        while perf_counter() < end and up.poll() is None:
            try:
                if (await http.get(f"{url}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit("couldn't start the installation")


class Platform:
    """A running installation whose CPU can be read. `idle` is what it uses a second while nothing happens."""

    def __init__(self, folder: Path, port: int, pid: int) -> None:
        self._folder, self._port, self._pid = folder, port, pid
        self.idle = 0.0

    def cpu(self) -> float:
        return cpu_of(family([self._pid]))

    async def rest(self) -> None:
        """Measure `idle`."""
        await asyncio.sleep(1)
        began, before = perf_counter(), self.cpu()
        await asyncio.sleep(IDLE_S)
        self.idle = (self.cpu() - before) / (perf_counter() - began)

    async def case(self) -> dict[str, float]:
        """Play one case; seconds of CPU for each of its steps, by the line that ended the step."""
        command = [sys.executable, "-m", "mz", "demo", "--data-dir", str(self._folder), "--json"]
        story = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert story.stdout is not None
        steps: dict[str, float] = {}
        before, at, is_between = 0.0, 0.0, False
        async for line in story.stdout:
            now, cpu, text = perf_counter(), self.cpu(), str(json.loads(line).get("text", ""))
            if is_between:
                steps[step_of(text)] = cpu - before - self.idle * (now - at)
            before, at = cpu, now
            is_between = (is_between or text.startswith(FIRST)) and not text.startswith(LAST)
        if await story.wait():
            raise SystemExit("the story did not come to its end")
        return steps


def step_of(text: str) -> str:
    """What the story said, without what differs from one case to the next."""
    return "".join(letter for letter in text if not letter.isascii())


async def main(options: argparse.Namespace) -> int:
    bars: list[Bar] = []
    if options.only != "decision":
        bars += await cost(options.cases)
    if options.only != "cost":
        decisions = importlib.import_module("tests.bench._decisions")
        sizes = {"devices": options.devices, "cases": options.crowd, "decided": options.cases}
        bars += await decisions.at_two_sizes(**sizes)
    return judge(bars)


async def cost(cases: int) -> list[Bar]:
    """CPU of the platform for a case, step by step: the median of `cases` cases."""
    with scratch() as home:
        folder, port = home / "d", free_port()
        up = subprocess.Popen(
            [sys.executable, "-m", "mz", "up", "--data-dir", str(folder), "--port", str(port)],
            stdout=subprocess.DEVNULL,
        )
        try:
            await ready(f"http://127.0.0.1:{port}", up)
            platform = Platform(folder, port, up.pid)
            await platform.case()
            await platform.rest()
            played = [await platform.case() for _ in range(cases)]
        finally:
            up.terminate()
            up.wait()
    costs: defaultdict[str, list[float]] = defaultdict(list)
    for case in played:
        for step, seconds in case.items():
            costs[step].append(1000 * seconds)
    for step, took in costs.items():
        print(f"{median(took):8.0f} ms  {step}{'  (new)' if step.startswith(ADDED) else ''}")
    both = sum(median(took) for step, took in costs.items() if not step.startswith(ADDED))
    added = sum(median(took) for step, took in costs.items() if step.startswith(ADDED))
    bars = [
        Bar("CPU of a case, ms, for the steps that both builds have", both, of_old=0.6),
        Bar("CPU at rest, % of a core", 100 * platform.idle),
    ]
    if added:
        bars.append(Bar("CPU of a case, ms, for the steps that later law added", added))
    return bars


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench case", description=__doc__)
    parser.add_argument("--cases", type=int, default=5, help="how many are counted")
    parser.add_argument("--only", choices=["cost", "decision"], help="measure one of the two")
    parser.add_argument("--devices", type=int, default=100_000, help="published devices of the large agency")
    parser.add_argument("--crowd", type=int, default=50_000, help="cases of the large agency")
    sys.exit(uvloop.run(main(parser.parse_args())))
