"""`./mz up --processes` under load: each process ends on SIGTERM, is killed, freezes, and nothing answered is lost.

The load is that of a proxy: four cameras that push without end and four readers, on connections that they keep and on
new ones. Every answer is counted, and every record of an acknowledged push is looked for afterwards.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import aiohttp
import httpx
import pytest

from common.values.clock import OffsetClock
from mz.demo.client import Demo, connect
from mz.operate.datadir import DataDir
from mz.operate.ledger import server_of
from mz.services import SERVICES
from tests.bench._cameras import Pusher, in_service, numbered, picture
from tests.faults.process import System, running
from tests.faults.test_kill import administrator

pytestmark = pytest.mark.slow

OUTSIDERS = ("witness", "monitor")
PROCESSES = (*SERVICES, "relay-case", *OUTSIDERS)
RECOVERS_WITHIN_S = 30.0
FROZEN_S = 5.0
STARTED_WITHIN_S = 90.0
FSCK_WITHIN_S = 300.0
IN_THE_LEDGER = "SELECT count(*) FROM ledger.entry WHERE record_id = ANY($1::uuid[])"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Every service a process, with cameras in service."""
    with running(tmp_path_factory.mktemp("apart") / "D", "--processes") as made:
        asyncio.run(accounts_of(made))
        yield made


async def accounts_of(system: System) -> None:
    """Four cameras in service; what they prove themselves with lies beside the data folder."""
    async with connect(system.base_url) as http:
        demo = Demo(DataDir(system.folder), system.base_url, http)
        pushers = await in_service(demo, system.base_url, 4)
    accounts = [(pusher.code, pusher.account, pusher.password) for pusher in pushers]
    _file_of(system).write_text(json.dumps(accounts))


def _file_of(system: System) -> Path:
    return system.folder.parent / "accounts.json"


@dataclass
class Load:
    """What four cameras and four readers were answered. `done_at` is when a push was acknowledged last."""

    system: System
    pushers: list[Pusher]
    answers: Counter[str] = field(default_factory=Counter)
    done_at: float = field(default_factory=monotonic)

    @property
    def failures(self) -> dict[str, int]:
        return {answer: count for answer, count in self.answers.items() if not answer.endswith(" 200")}

    async def push(self, pusher: Pusher) -> None:
        while True:
            pictures = [numbered(picture(320, 240, 8_000)) for _ in range(2)]
            try:
                status = await pusher.attempt(pusher.capture(*pictures))
            except (OSError, asyncio.IncompleteReadError) as error:
                self.answers[f"push {type(error).__name__}"] += 1
            else:
                self.answers[f"push {status}"] += 1
                if status == 200:
                    self.done_at = monotonic()
            await asyncio.sleep(0.05)

    async def read(self, *, keeps: bool) -> None:
        token, until = "", 0.0
        connector = aiohttp.TCPConnector(force_close=not keeps)
        async with aiohttp.ClientSession(self.system.base_url, connector=connector) as http:
            while True:
                if monotonic() > until:
                    try:
                        token, until = await administrator(self.system), monotonic() + 120
                    except httpx.HTTPError as error:
                        self.answers[f"token {type(error).__name__}"] += 1
                        await asyncio.sleep(0.05)
                        continue
                headers = {"authorization": f"Bearer {token}"}
                for path in ("/v1/devices?limit=5", "/v1/cases?limit=5", "/v1/me"):
                    try:
                        async with http.get(path, headers=headers) as answer:
                            await answer.read()
                            wanted = 403 if path.startswith("/v1/cases") else 200
                            status = 200 if answer.status == wanted else answer.status
                            self.answers[f"{path} {status}"] += 1
                    except aiohttp.ClientError as error:
                        self.answers[f"{path} {type(error).__name__}"] += 1
                await asyncio.sleep(0.05)


@asynccontextmanager
async def load(system: System) -> AsyncIterator[Load]:
    """The load, until the end of the block."""
    clock = OffsetClock(DataDir(system.folder).clock)
    accounts = json.loads(_file_of(system).read_text())
    made = Load(system, [Pusher(system.base_url, clock, *account) for account in accounts])
    working = [asyncio.create_task(made.push(pusher)) for pusher in made.pushers]
    working += [asyncio.create_task(made.read(keeps=n % 2 == 0)) for n in range(4)]
    await asyncio.sleep(2)
    try:
        yield made
        for task in working:
            assert not task.done(), task
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


async def again(system: System, name: str, before: int) -> None:
    """Wait until `name` is another process than `before`, and the whole answers."""
    async with asyncio.timeout(STARTED_WITHIN_S), httpx.AsyncClient(trust_env=False, timeout=30) as http:
        while system.pid(name) == before:
            await asyncio.sleep(0.1)
        port = json.loads(system.ports_file.read_text())[name]["port"]
        path = "/readyz" if name not in ("witness", "monitor") else "/metrics"
        while True:
            try:
                answer = await http.get(f"http://127.0.0.1:{port}{path}")
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code in (200, 404):
                return
            await asyncio.sleep(0.1)


async def nothing_is_lost(system: System, load: Load) -> None:
    """Every record of an acknowledged push is in the ledger, once, and every row follows from the ledger."""
    records = {record for pusher in load.pushers for record in pusher.records}
    assert records
    assert len(records) == sum(len(pusher.records) for pusher in load.pushers)
    with server_of(DataDir(system.folder)) as server:
        connection = await server.connect("evidence")
        try:
            async with asyncio.timeout(120):
                while (there := await connection.fetchval(IN_THE_LEDGER, records)) < len(records):
                    await asyncio.sleep(0.2)
        finally:
            await connection.close()
    assert there == len(records)
    fsck = await asyncio.to_thread(system.mz, "ledger", "fsck", timeout=FSCK_WITHIN_S)
    assert fsck.returncode == 0, fsck.stdout + fsck.stderr


async def test_each_process_ends_and_starts_again_under_load_without_one_failed_request(
    system: System,
) -> None:
    async with load(system) as made:
        for name in PROCESSES:
            before = system.pid(name)
            os.kill(before, signal.SIGTERM)
            await again(system, name, before)

    assert made.failures == {}, made.answers
    assert sum(made.answers.values()) > 500
    said = (system.folder / "log").read_text()
    assert [name for name in PROCESSES if name not in OUTSIDERS and f"{name} 已结束(0)" not in said] == []
    await nothing_is_lost(system, made)


async def test_each_process_freezes_for_five_seconds_and_is_killed_and_back_within_thirty(
    system: System,
) -> None:
    took = {}
    async with load(system) as made:
        for name in PROCESSES:
            pid = system.pid(name)
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(FROZEN_S)
            finally:
                os.kill(pid, signal.SIGCONT)
            took[f"{name} frozen"] = await pushes_again(made, monotonic())

            began = monotonic()
            os.kill(pid, signal.SIGKILL)
            await again(system, name, pid)
            await pushes_again(made, monotonic())
            took[f"{name} killed"] = monotonic() - began

    print({name: round(seconds, 1) for name, seconds in took.items()}, dict(made.answers))
    assert max(took.values()) <= RECOVERS_WITHIN_S, took
    # A caller whose request was in such a process gets no answer or 503, and never a wrong one.
    assert not [each for each in made.failures if each[-3:] in ("500", "400", "401", "404", "409")], (
        made.answers
    )
    await nothing_is_lost(system, made)


async def pushes_again(made: Load, began: float) -> float:
    """Wait until a push was acknowledged after `began`; seconds since then. Raises TimeoutError after half a minute."""
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        while made.done_at < began:
            await asyncio.sleep(0.05)
    return monotonic() - began
