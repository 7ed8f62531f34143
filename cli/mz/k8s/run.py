"""`./mz k8s run`: plays an overlay's manifests as processes of this machine, kills them, and looks for what was lost.

    render ─ PostgreSQL, roles and databases as the manifests name them ─ OVERLAY-opening: migrations, the first opening
    ─ every pod until ready ─ cases from camera to archive, while pods are killed or deleted ─ what runs at night ─ fsck

It knows nothing of the services but the manifests. A client repeats what was not answered, with the same key.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from common.values.clock import OffsetClock
from common.values.datafiles import load_calendar
from common.web.democlock import advance
from mz import ROOT
from mz.demo.client import Demo
from mz.demo.play import DemoStage, next_camera
from mz.demo.stage import Scene, Step
from mz.demo.story import play
from mz.k8s.cluster import Cluster
from mz.k8s.tools import parsed, render
from mz.k8s.values import PLATFORM, Values, gathered, roles_and_databases
from mz.operate import fsck, running
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.up import STORY_BEGINS
from mz.postgres import EmbeddedPostgres, reachable_home

DATABASE_PORT: Final = 5439
READY_WITHIN_S: Final = 240.0
_RETRIED: Final = frozenset({429, 502, 503, 504})
_PATIENCE_S: Final = 120.0


class Patient(httpx.AsyncBaseTransport):
    """Sends a request again until it is answered; a POST of ours bears its Idempotency-Key."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self.repeated = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        deadline = monotonic() + _PATIENCE_S
        while True:
            again = httpx.Request(request.method, request.url, headers=request.headers, content=content)
            again.extensions = request.extensions
            try:
                response = await self._inner.handle_async_request(again)
                await response.aread()
                # The process that took the first request may have been killed: its turn ends with its connection.
                is_running = response.status_code == 409 and b"IDEMPOTENCY_RUNNING" in response.content
                if not is_running and response.status_code not in _RETRIED or monotonic() > deadline:
                    return response
            except httpx.TransportError:
                if monotonic() > deadline:
                    raise
            self.repeated += 1
            await asyncio.sleep(0.5)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Outcome:
    """What a run did, and what it found."""

    cases: int = 0
    records: list[str] = field(default_factory=list)
    killed: int = 0
    deleted: int = 0
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return self.cases > 0 and not self.lost and not self.findings


def main(options: argparse.Namespace) -> int:
    """Run; 0 where nothing was lost."""
    if os.geteuid() != 0:
        print(
            "mz: 须以 root 运行: 各进程要换用清单中的数字用户 (needs root, to become the manifests' users)",
            file=sys.stderr,
        )
        return 2
    d = DataDir(options.data_dir.absolute() if options.data_dir else ROOT / ".mingzheng-k8s")
    outcome = asyncio.run(
        run(d, options.overlay.absolute(), minutes=options.minutes, seed=options.seed, say=_say)
    )
    for name, size in sorted(outcome.memory.items()):
        print(f"    {name:24} {size / 2**20:6.0f} MiB")
    print(
        f"案件 {outcome.cases},记录 {len(outcome.records)},强杀 {outcome.killed},正常终止 {outcome.deleted},"
        f"重发 {outcome.repeated};丢失 {len(outcome.lost)},fsck 发现 {len(outcome.findings)}"
        " (cases, records, killed, deleted, requests repeated; lost, findings)"
    )
    print(*outcome.lost[:10], *outcome.findings[:10], sep="\n")
    return 0 if outcome.is_sound else 1


async def run(
    d: DataDir, overlay: Path, *, minutes: float, seed: int = 1, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Play `overlay` on the data folder `d` for so long, and look afterwards."""
    manifests, first = (
        parsed(render(one)) for one in (overlay, overlay.with_name(f"{overlay.name}-opening"))
    )
    turn = running.take(d)
    if turn is None:
        raise RuntimeError(f"{d.root} is in use")
    d.make()
    if not d.clock.exists():
        advance(d.clock, STORY_BEGINS)
    postgres = EmbeddedPostgres(reachable_home(d.root / "pg"), tcp_port=DATABASE_PORT)
    installation = Installation(d, await asyncio.to_thread(postgres.start))
    try:
        say("数据库与密钥 · database and secrets")
        passwords = await roles_and_databases(installation, manifests)
        path = d.root / "k8s" / "values.json"
        path.parent.mkdir(mode=0o711, exist_ok=True)
        gathered(installation, passwords, DATABASE_PORT).written(path)
        say("迁移与首次开设 · the jobs: migrations, the first opening")
        values = Values.read(path)
        await _open(Cluster(first, values, d.root / "k8s"))
        shutil.copyfile(values.claims[f"{PLATFORM}/people"] / d.demo.name, d.demo)
        cluster = Cluster(manifests, values, d.root / "k8s")
        await cluster.open()
        try:
            say("启动各进程 · pods")
            await cluster.start(READY_WITHIN_S)
            say(f"{len(cluster.serving)} 个进程就绪,开始演示与强杀 · pods are ready")
            outcome = await _load(d, cluster, minutes, random.Random(seed), say)
            outcome.memory = {pod.name: pod.memory for pod in cluster.serving}
            say("夜间任务 · what runs at night")
            await cluster.finish("CronJob")
        finally:
            await cluster.end()
        say("fsck")
        result = await fsck.check(installation)
        outcome.findings = [str(finding) for finding in result.findings]
        return outcome
    finally:
        await asyncio.to_thread(postgres.stop)
        turn.release()


async def _open(cluster: Cluster) -> None:
    await cluster.open()
    try:
        await cluster.finish("Job")
    finally:
        await cluster.end()


async def _load(
    d: DataDir, cluster: Cluster, minutes: float, chance: random.Random, say: Callable[[str], None]
) -> Outcome:
    """Cases until the time is over, the first one in peace; then every record of theirs must be in the ledger."""
    outcome, transport = Outcome(), Patient()
    base_url = cluster.url(f"{PLATFORM}/gateway", 8000)
    async with httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False, transport=transport) as http:
        stage = DemoStage(Demo(d, base_url, http), http)

        async def tell(step: Step) -> None:
            outcome.records += step.records

        async def case() -> None:
            await play(Scene(stage, tell), next_camera(stage.demo), d.bank())
            outcome.cases += 1
            say(f"  案件 {outcome.cases} · a case from camera to archive")

        await case()
        until = monotonic() + minutes * 60
        await _while(_disturb(cluster, chance, outcome), until, case, OffsetClock(d.clock))
        async with asyncio.timeout(READY_WITHIN_S):
            while not all(pod.is_ready for pod in cluster.serving):
                await asyncio.sleep(0.5)
        for record in outcome.records:
            answer = await http.get(f"/v1/ledger/records/{record}", headers={"prefer": "wait=10"})
            if not answer.is_success:
                outcome.lost.append(f"{record}: {answer.status_code}")
        outcome.repeated = transport.repeated
    return outcome


async def _while(
    disturbing: Awaitable[None], until: float, case: Callable[[], Awaitable[None]], clock: OffsetClock
) -> None:
    """Case after case beside `disturbing` until the time is over; then the last case is finished in peace."""
    last_day = load_calendar().published_until
    trouble = asyncio.ensure_future(disturbing)
    try:
        while monotonic() < until:
            # A case moves the clock by 75 days at most, and the working days must be known.
            if (last_day - clock().date()).days < 90:
                await asyncio.sleep(1)
                continue
            working = asyncio.ensure_future(case())
            await asyncio.wait(
                [working, trouble], timeout=until - monotonic(), return_when=asyncio.FIRST_COMPLETED
            )
            if monotonic() >= until:
                trouble.cancel()
            await working
            if trouble.done() and not trouble.cancelled():
                await trouble
    finally:
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)


async def _disturb(cluster: Cluster, chance: random.Random, outcome: Outcome) -> None:
    """Kill a pod, or delete one, every few seconds; not the last ready one of its workload for longer than it takes."""
    while True:
        await asyncio.sleep(chance.uniform(2, 6))
        pod = chance.choice([pod for pod in cluster.serving if pod.runs and not pod.is_ending])
        if chance.random() < 0.7:
            pod.is_ready = False
            pod.kill()
            outcome.killed += 1
        else:
            outcome.deleted += 1
            with contextlib.suppress(ProcessLookupError):
                await cluster.delete(pod)


def _say(message: str) -> None:
    print(f"mz: {message}", flush=True)
