"""More captures of the demo's vehicle, pushed and accepted like the first one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from mz.demo.picture import vehicle
from mz.demo.story import Watching, capture_is_reviewed
from tests.given import a_scene
from tests.world import World


async def seen_again(world: World, watching: Watching, at: datetime, *, plate: str | None = None) -> str:
    """Another capture by the same camera, taken half a minute before `at` and accepted; its id."""
    auth = httpx.DigestAuth(watching.account, watching.password)
    headers = {"user-identify": watching.code}
    message = vehicle(watching.code, at)
    if plate is not None:
        message["MotorVehicleListObject"]["MotorVehicleObject"][0]["PlateNo"] = plate
    pushed = await world.http.post("/VIID/MotorVehicles", json=message, headers=headers, auth=auth)
    assert pushed.status_code == 200, pushed.text
    await world.settle()
    page = await world.person("EVIDENCE_REVIEWER").get("/v1/captures?state=TECH_PASSED&limit=200")
    evidence_id = str(page.json()["items"][0]["id"])
    await capture_is_reviewed(a_scene(world), evidence_id)
    await world.settle()
    return evidence_id


async def seen_after(world: World, watching: Watching, *, plate: str | None = None, minutes: int) -> str:
    """The same vehicle again after that time, which passes now."""
    world.clock.advance(minutes=minutes)
    return await seen_again(world, watching, world.clock() - timedelta(seconds=5), plate=plate)


async def cases_of(world: World) -> list[dict[str, Any]]:
    """Every case of the first agency, the oldest first."""
    page = await world.person("CASE_OFFICER").get("/v1/cases?limit=200")
    lines: list[dict[str, Any]] = page.json()["items"]
    return lines
