"""Arranges a device through the API, step by step, as its people would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from mz.demo.camera import STEPS, Camera
from tests.snapshots import PEOPLE, Place
from tests.world import World

CAMERA = Camera("31010400001190000001", "衡山路进东平路北约5米", "121.445721", "31.210443", "徐汇区")

PUBLISHED: Final = "device published"
ACTIVE: Final = "device active"
TO_PUBLISHED = tuple(step for step in STEPS if step != "activation")
"""From DRAFT to PUBLISHED. `activation` follows when the lead time is over."""


def registration(**changes: Any) -> dict[str, Any]:
    return CAMERA.registration(metrology="MANDATORY") | changes


async def register(world: World, **changes: Any) -> str:
    """A DRAFT device of the first agency."""
    answer = await world.person("DEVICE_ADMIN").post("/v1/devices", json=registration(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def take(world: World, device: str, step: str, **changes: Any) -> httpx.Response:
    """One step by the person whose step it is; a certificate lasts sixty days."""
    today = legal_day(world.clock())
    own: dict[str, Any] = {
        "submission": {"sharing": "附近设备方向相反,拍不到本侧人行道。"},
        "verifications": {"valid_until": f"{today + timedelta(days=60)}"},
        "suspension": {"reason": "ORDERED", "note": "核查期间暂停使用。"},
        "resumption": {"note": "原因已消除。"},
    }
    person = world.person(STEPS.get(step, "AGENCY_HEAD"))
    order = CAMERA.order(step, today) | own.get(step, {}) | changes
    return await person.post(f"/v1/devices/{device}/{step}", json=order)


async def published(world: World, *, without: str = "", **changes: Any) -> str:
    """A device as far as PUBLISHED; `without` leaves one step out, and ends before the publication."""
    if PUBLISHED in world.ready and not without and not changes:
        return str(world.ready.pop(PUBLISHED))
    device = await register(world, **changes)
    for step in TO_PUBLISHED:
        if step == without or (without and step == "publication"):
            continue
        answer = await take(world, device, step)
        assert answer.status_code == 201, (step, answer.text)
    return device


async def in_service(world: World, **changes: Any) -> str:
    """An ACTIVE device, its lead time waited for."""
    if ACTIVE in world.ready and not changes:
        return str(world.ready.pop(ACTIVE))
    device = await published(world, **changes)
    world.clock.advance(days=30)
    answer = await take(world, device, "activation")
    assert answer.status_code == 201, answer.text
    return device


async def record_types(world: World, device: str) -> list[str]:
    """The types of the records of `device`, in order."""
    return await world.record_types("device-registry", f"device/{device}")


async def _to_a_published_device(world: World) -> None:
    world.ready[PUBLISHED] = await published(world)


async def _to_an_active_device(world: World) -> None:
    world.ready[ACTIVE] = await in_service(world)


PLACES: Final = {
    PUBLISHED: Place(PEOPLE, _to_a_published_device),
    ACTIVE: Place(PUBLISHED, _to_an_active_device),
}
