"""Two processes of each service on one database: both answer, one leads the ledger, one does the jobs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator

import httpx
import pytest

from mz.services import SERVICES
from tests.faults.process import System, running
from tests.faults.test_processes import accounts_of, again, load, nothing_is_lost

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two of every service, with cameras in service."""
    with running(tmp_path_factory.mktemp("twice") / "D", "--processes", "--replicas", "2") as made:
        asyncio.run(accounts_of(made))
        yield made


async def test_the_second_process_goes_on_when_the_first_is_killed(system: System) -> None:
    ports = json.loads(system.ports_file.read_text())
    assert {f"{name}-2" for name in SERVICES} <= set(ports)
    async with load(system) as made:
        for name in ("gateway", "evidence", "device-registry"):
            before, acknowledged = system.pid(name), made.answers["push 200"]
            os.kill(before, signal.SIGKILL)
            await again(system, name, before)
            async with asyncio.timeout(60):
                while made.answers["push 200"] < acknowledged + 5:
                    await asyncio.sleep(0.1)

    assert not [each for each in made.failures if each[-3:] in ("500", "400", "401", "404", "409")], (
        made.answers
    )
    await nothing_is_lost(system, made)


async def test_each_of_two_gateways_answers_whoever_signed_in_at_the_other(system: System) -> None:
    person = json.loads((system.folder / "demo.json").read_text())["people"][0]
    answers = []
    for _ in range(8):
        # A connection of its own goes to whichever process takes it.
        async with httpx.AsyncClient(base_url=system.base_url, trust_env=False, timeout=30) as http:
            granted = await http.post(
                "/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=(person["client_id"], person["client_secret"]),
            )
        async with httpx.AsyncClient(base_url=system.base_url, trust_env=False, timeout=30) as http:
            headers = {"authorization": f"Bearer {granted.json()['access_token']}"}
            answers.append((await http.get("/v1/me", headers=headers)).status_code)

    assert answers == [200] * 8
