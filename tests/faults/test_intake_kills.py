"""Cameras push without end while a process of the intake is killed: nothing acknowledged is lost, and they go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from common.values.clock import OffsetClock
from mz.demo.client import Demo, connect
from mz.operate.datadir import DataDir
from tests.bench._cameras import Pusher, in_service, numbered, picture
from tests.bench._meters import family
from tests.faults.process import System, running
from tests.faults.test_kill import administrator, all_sequenced

pytestmark = pytest.mark.slow

CAMERAS = 4


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system with cameras in service."""
    with running(tmp_path_factory.mktemp("intake") / "D") as made:
        asyncio.run(_accounts(made))
        yield made


async def _accounts(system: System) -> None:
    d = DataDir(system.folder)
    async with connect(system.base_url) as http:
        pushers = await in_service(Demo(d, system.base_url, http), system.base_url, CAMERAS)
    accounts = [(pusher.code, pusher.account, pusher.password) for pusher in pushers]
    _accounts_of(system).write_text(json.dumps(accounts))


def _accounts_of(system: System) -> Path:
    return system.folder.parent / "accounts.json"


@pytest.mark.parametrize("victim", ["decoder", "postgres", "gateway"])
async def test_a_push_that_was_acknowledged_is_there_after_a_kill(system: System, victim: str) -> None:
    clock = OffsetClock(DataDir(system.folder).clock)
    accounts = json.loads(_accounts_of(system).read_text())
    pushers = [Pusher(system.base_url, clock, *account) for account in accounts]
    stop, statuses = asyncio.Event(), set[int]()
    workers = [asyncio.create_task(pushing(pusher, stop, statuses)) for pusher in pushers]
    await asyncio.wait_for(acknowledged(pushers, 40), 120)

    if victim == "decoder":
        kill_decoders(system)
    else:
        system.kill(victim)
        await asyncio.sleep(1)
        await asyncio.to_thread(system.up)
    await asyncio.wait_for(acknowledged(pushers, 40), 120)
    stop.set()
    await asyncio.gather(*workers)

    # Whatever was away, no camera was told that its data or our program is wrong.
    assert statuses <= {200, 503}
    records = [record for pusher in pushers for record in pusher.records]
    await asyncio.wait_for(all_sequenced(system, await administrator(system), records), 120)
    fsck = await asyncio.to_thread(system.mz, "ledger", "fsck")
    assert fsck.returncode == 0, fsck.stdout + fsck.stderr


async def pushing(pusher: Pusher, stop: asyncio.Event, statuses: set[int]) -> None:
    """Push again whatever the answer was, or when there is none."""
    while not stop.is_set():
        pictures = [numbered(picture(320, 240, 8_000)) for _ in range(2)]
        try:
            statuses.add(await pusher.attempt(pusher.capture(*pictures)))
        except (OSError, asyncio.IncompleteReadError, httpx.TransportError):
            await asyncio.sleep(0.1)
        else:
            await asyncio.sleep(0.01)


async def acknowledged(pushers: list[Pusher], count: int) -> None:
    """Wait until so many further captures were acknowledged."""
    goal = sum(len(pusher.records) for pusher in pushers) + count
    while sum(len(pusher.records) for pusher in pushers) < goal:
        await asyncio.sleep(0.05)


def kill_decoders(system: System) -> None:
    """SIGKILL to each process that decodes pictures."""
    gateway = json.loads(system.ports_file.read_text())["gateway"]["pid"]
    victims = []
    for pid in family([gateway]):
        with suppress(OSError):
            if b"intake/decoding.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                victims.append(pid)
    assert len(victims) == 2
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
