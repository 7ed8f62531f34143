"""The README's two commands: curl registers a camera and pushes a capture."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.evidence.camera import Device, camera_in_service, captures, served
from tests.evidence.intake.given import push
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with served(world) as url:
        yield url


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def curl(*arguments: str) -> tuple[int, dict[str, object]]:
    """Status and JSON of the last answer that curl got."""
    command = shutil.which("curl")
    assert command, "this test runs the README's commands: install curl (Debian: apt-get install curl)"
    process = await asyncio.create_subprocess_exec(
        command, "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    body, _, code = out.decode().rpartition("\n")
    return int(code), json.loads(body)["ResponseStatusObject"]


async def test_curl_registers_a_camera_and_pushes_a_capture(
    world: World, camera: Device, address: str, tmp_path: Path
) -> None:
    body = tmp_path / "push.json"
    body.write_bytes(push(camera.vehicle()))
    kind = ("-H", "Content-Type: application/VIID+JSON")
    who = ("--digest", "-u", f"{camera.account}:{camera.password}")
    hello = json.dumps({"RegisterObject": {"DeviceID": camera.code}})

    registered = await curl(*who, *kind, "-d", hello, f"{address}/VIID/System/Register")
    named = ("-H", f"User-Identify: {camera.code}")
    pushed = await curl(*who, *named, *kind, "--data-binary", f"@{body}", f"{address}/VIID/MotorVehicles")
    unproved = await curl(*named, *kind, "--data-binary", f"@{body}", f"{address}/VIID/MotorVehicles")
    again = await curl(*who, *kind, *named, "--data-binary", f"@{body}", f"{address}/VIID/MotorVehicles")
    wrong = await curl(
        "--digest", "-u", f"{camera.account}:wrong", "-d", hello, f"{address}/VIID/System/Register"
    )

    assert (registered[0], registered[1]["StatusCode"], registered[1]["Id"]) == (200, 0, camera.code)
    assert (pushed[0], pushed[1]["StatusCode"]) == (200, 0)
    assert (unproved[0], unproved[1]["StatusCode"]) == (401, 4)
    assert (again[0], again[1]["StatusCode"]) == (200, 0)
    assert (wrong[0], wrong[1]["StatusCode"]) == (401, 4)
    assert [row["duplicate_count"] for row in await captures(world)] == [2]
    await world.settle()
    assert (await captures(world))[0]["state"] == "TECH_PASSED"
