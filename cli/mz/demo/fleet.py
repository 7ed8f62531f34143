"""Many cameras for `./mz simulate`: registered through the API as people do it, and the accounts that speak for them.

They are INSTALLED and go no further, because service takes a publication of 30 days. So their captures are stored and
fail their checks, as the law demands.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from common.values.clock import OffsetClock
from mz.demo.camera import STEPS, Camera, spread
from mz.demo.client import Demo
from mz.demo.stage import Refused
from mz.operate.datadir import write

HOST_CODE: Final = "31010100005031000001"
AT_ONCE: Final = 8
_AGENCY: Final = 0
_PREFIX: Final = "31010100001191"
_TO_INSTALLED: Final = {
    "DRAFT": ("submission", "legal-review", "technical-review", "approval", "installation"),
    "UNDER_REVIEW": ("legal-review", "technical-review", "approval", "installation"),
    "APPROVED": ("installation",),
}


@dataclass(frozen=True)
class Simulated:
    """A camera of the simulation: its device, and the account with which it speaks, "" where a platform does."""

    id: str
    code: str
    account: str = ""
    password: str = ""


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)


async def devices(demo: Demo, count: int) -> list[Simulated]:
    """`count` cameras, registered and installed where they are not yet."""
    codes = [f"{_PREFIX}{n:06d}" for n in range(1, count + 1)]
    known = await _registered(demo)
    made: dict[str, str] = {
        code: device["id"] for code, device in known.items() if device["state"] not in _TO_INSTALLED
    }
    missing = [code for code in codes if code not in made]
    if missing:
        say(f"登记并安装 {len(missing)} 台设备… (registering {len(missing)} cameras; later runs find them)")

    async def install(code: str) -> None:
        made[code] = await _installed(demo, code, known.get(code))
        if len(made) % 100 == 0:
            say(f"  … 已有 {len(made)} 台 ({len(made)} cameras)")

    await each(missing, install)
    return [Simulated(made[code], code) for code in codes]


async def with_accounts(demo: Demo, cameras: Sequence[Simulated]) -> list[Simulated]:
    """Each camera with an account of its own, kept in D/demo.json, because a password is shown once."""
    kept: dict[str, dict[str, str]] = demo.document.setdefault("simulated", {})

    async def issue(camera: Simulated) -> None:
        issued = await _call(demo, "DEVICE_ADMIN", f"/v1/devices/{camera.id}/push-accounts", {"digest": True})
        kept[camera.code] = {"account": issued["account"], "password": issued["password"]}

    await each([camera for camera in cameras if camera.code not in kept], issue)
    write(demo.d.demo, demo.document)
    return [Simulated(camera.id, camera.code, **kept[camera.code]) for camera in cameras]


async def platform_account(demo: Demo, cameras: Sequence[Simulated], media_host: str) -> httpx.DigestAuth:
    """A fresh account of one platform that speaks for all `cameras`, with pictures at `media_host`."""
    order = {"digest": True, "host_code": HOST_CODE, "media_hosts": [media_host]}
    issued = await _call(demo, "DEVICE_ADMIN", f"/v1/devices/{cameras[0].id}/push-accounts", order)
    ids = [camera.id for camera in cameras[1:]]
    for begin in range(0, len(ids), 1_000):
        more = {"device_ids": ids[begin : begin + 1_000]}
        await _call(demo, "DEVICE_ADMIN", f"/v1/push-accounts/{issued['account']}/devices", more)
    return httpx.DigestAuth(issued["account"], issued["password"])


async def each(
    things: Sequence[Any], act: Callable[[Any], Awaitable[None]], *, at_once: int = AT_ONCE
) -> None:
    """Do `act` to each of `things`, a few at a time. The first error ends it."""
    waiting = iter(things)

    async def work() -> None:
        for thing in waiting:
            await act(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())


async def _registered(demo: Demo) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = await _call(demo, "DEVICE_ADMIN", f"/v1/devices?limit=200{cursor}")
        known |= {device["device_code"]: device for device in page["items"] if device["device_code"]}
        if not page.get("next_cursor"):
            return known
        cursor = f"&cursor={page['next_cursor']}"


async def _installed(demo: Demo, code: str, device: dict[str, Any] | None) -> str:
    n = int(code[-6:])
    camera = Camera(code, f"模拟点位 {n} 号", *spread(n))
    if device is None:
        device = await _call(demo, "DEVICE_ADMIN", "/v1/devices", camera.registration())
    today = legal_day(OffsetClock(demo.d.clock)())
    for step in _TO_INSTALLED.get(device["state"], ()):
        try:
            await _call(demo, STEPS[step], f"/v1/devices/{device['id']}/{step}", camera.order(step, today))
        except Refused as refused:
            # This review was on record already when the last run was cut short.
            if not (step.endswith("-review") and " 409" in str(refused)):
                raise
    return str(device["id"])


async def _call(demo: Demo, role: str, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to GET or POST `path` by `role`; waits while the gateway says so. Raises Refused."""
    until = time.monotonic() + 120
    while True:
        answer = await demo.call(demo.person(role, _AGENCY), "GET" if order is None else "POST", path, order)
        if answer.status_code not in (429, 503) or time.monotonic() > until:
            break
        await asyncio.sleep(float(answer.headers.get("retry-after", "1")))
    if not answer.is_success:
        raise Refused(f"{path} answers {answer.status_code}: {answer.text[:400]}")
    document: dict[str, Any] = answer.json()
    return document


async def read(demo: Demo, role: str, path: str) -> dict[str, Any]:
    """The answer to GET `path` by `role`. Raises Refused."""
    return await _call(demo, role, path)
