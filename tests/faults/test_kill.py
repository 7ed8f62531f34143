"""kill -9 under load loses nothing that was acknowledged."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mz.demo.camera import Camera
from tests.faults.process import System, running

pytestmark = pytest.mark.slow

WORKERS = 8


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system with the demo's people."""
    with running(tmp_path_factory.mktemp("kill") / "D") as made:
        yield made


@pytest.mark.parametrize("victim", ["gateway", "postgres"])
async def test_what_was_acknowledged_is_there_after_a_kill(system: System, victim: str) -> None:
    token = await administrator(system)
    journal: list[str] = []
    stop = asyncio.Event()
    workers = [asyncio.create_task(registering(system, token, journal, stop)) for _ in range(WORKERS)]
    await asyncio.wait_for(enough(journal, 40), 60)

    system.kill(victim)
    stop.set()
    await asyncio.gather(*workers)
    await asyncio.to_thread(system.up)

    await asyncio.wait_for(all_sequenced(system, await administrator(system), journal), 60)
    fsck = await asyncio.to_thread(system.mz, "ledger", "fsck")
    assert fsck.returncode == 0, fsck.stdout + fsck.stderr


async def enough(journal: list[str], count: int) -> None:
    goal = len(journal) + count
    while len(journal) < goal:
        await asyncio.sleep(0.05)


async def administrator(system: System) -> str:
    """A token of the first device administrator, from a system that may just be coming back."""
    person = next(p for p in _people(system) if "DEVICE_ADMIN" in p["roles"])
    async with httpx.AsyncClient(base_url=system.base_url, trust_env=False, timeout=30) as http:
        answer = await http.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(person["client_id"], person["client_secret"]),
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def _people(system: System) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = json.loads((system.folder / "demo.json").read_text())["people"]
    return people


async def registering(system: System, token: str, journal: list[str], stop: asyncio.Event) -> None:
    """Register devices without end; note the record of every 2xx, and of nothing else."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=system.base_url, trust_env=False, timeout=10, headers=headers
    ) as http:
        while not stop.is_set():
            code = f"3101010000119{uuid.uuid4().int % 10**7:07d}"
            order = Camera(code, "人民路测试点", "121.492300", "31.227500").registration()
            try:
                answer = await http.post(
                    "/v1/devices", json=order, headers={"idempotency-key": uuid.uuid4().hex}
                )
            except httpx.TransportError:
                continue
            if answer.status_code == 201:
                journal.extend(answer.headers["mingzheng-record"].split(", "))


async def all_sequenced(system: System, token: str, journal: list[str]) -> None:
    """Wait until the ledger holds every record of the journal."""
    headers = {"authorization": f"Bearer {token}"}
    missing = list(journal)
    async with httpx.AsyncClient(
        base_url=system.base_url, trust_env=False, timeout=10, headers=headers
    ) as http:
        while missing:
            answers = [await http.get(f"/v1/ledger/records/{record}") for record in missing]
            missing = [r for r, a in zip(missing, answers, strict=True) if a.status_code != 200]
            await asyncio.sleep(0.2 if missing else 0)
