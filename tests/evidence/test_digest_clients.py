"""HTTP clients that nobody here wrote, over a real socket: each keeps its nonce as RFC 7616 §3.4 lets it."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest

from tests.evidence.camera import Device, camera_in_service, row_counts, served, status
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = [pytest.mark.begins(IN_SERVICE), pytest.mark.slow]

KEEPALIVE, PUSH = "/VIID/System/Keepalive", "/VIID/MotorVehicles"
ALIVE = b'{"KeepaliveObject":{}}'
ROUND = 50
"""Requests between two roll-overs of the nonce, of which there are three in 200 requests."""


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def test_httpx_aiohttp_and_curl_reuse_nonces_over_200_requests_and_three_roll_overs(
    world: World, camera: Device, tmp_path: Path
) -> None:
    answers: dict[str, list[int]] = {"httpx": [], "aiohttp": [], "curl": []}
    async with served(world) as url:
        digest = httpx.DigestAuth(camera.account, camera.password)
        middleware = aiohttp.DigestAuthMiddleware(camera.account, camera.password)
        async with (
            httpx.AsyncClient(base_url=url, auth=digest, trust_env=False) as first,
            aiohttp.ClientSession(url, middlewares=[middleware]) as second,
        ):
            for _ in range(4):
                for _ in range(ROUND):
                    answers["httpx"].append((await first.post(KEEPALIVE, content=ALIVE)).status_code)
                    async with second.post(KEEPALIVE, data=ALIVE) as answer:
                        answers["aiohttp"].append(answer.status)
                answers["curl"] += await _curl(camera, url, tmp_path)
                world.clock.advance(minutes=6)

    async with world.database("evidence") as connection:
        failures = await connection.fetchval("SELECT count(*) FROM viid_failures")
        challenges = await connection.fetchval("SELECT count(*) FROM viid_nonces")
    assert answers == dict.fromkeys(answers, [200] * 4 * ROUND)
    assert failures == 0
    # httpx and aiohttp need one challenge a round; curl asks for a fresh one for each address of its command.
    assert challenges <= 4 * (ROUND + 2 * 2)


async def test_fifty_strangers_with_fifty_megabytes_are_challenged_and_cost_no_memory(
    world: World, camera: Device
) -> None:
    before = await row_counts(world)
    async with served(world) as url:
        await _stranger(url, 1 << 20)
        idle = _resident()
        answers = await asyncio.gather(*(_stranger(url, 50 << 20) for _ in range(50)))
        grown = _resident() / idle

    assert answers == [401] * 50
    assert grown <= 1.2
    assert await row_counts(world) == before
    assert status(await camera.push()) == (200, 0)


async def _curl(camera: Device, url: str, folder: Path) -> list[int]:
    """The status of each answer to one run of curl over one connection."""
    command = shutil.which("curl")
    assert command, "this test needs curl (Debian: apt-get install curl)"
    who = ("--digest", "-u", f"{camera.account}:{camera.password}", "--noproxy", "*", "-sS")
    each = ("-o", str(folder / "answer"), "-w", "%{http_code}\n", f"{url}{KEEPALIVE}")
    process = await asyncio.create_subprocess_exec(
        command, *who, "-d", ALIVE.decode(), *(each * ROUND), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert "ResponseStatusObject" in json.loads((folder / "answer").read_text())
    return [int(line) for line in out.decode().split()]


async def _stranger(url: str, size: int) -> int:
    """A push of `size` bytes without any proof, sent to its end; the status of the answer."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = f"POST {PUSH} HTTP/1.1\r\nhost: {place.netloc}\r\ncontent-length: {size}\r\n\r\n"
    writer.write(head.encode())
    chunk = bytes(256 << 10)
    for _ in range(size // len(chunk)):
        writer.write(chunk)
        await writer.drain()
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


def _resident() -> int:
    """The memory of this process in kB, the server and the strangers included."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
