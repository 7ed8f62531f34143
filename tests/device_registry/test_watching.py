"""What is watched while a device is in service: its guards each night, and the days of its certificates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from common.values.calendar import legal_day
from common.values.clock import BEIJING
from common.values.law import APL_41, METROLOGY_9, PJ_2_4
from tests.device_registry.stories import ACTIVE, CAMERA, in_service, published, record_types, take
from tests.evidence.camera import captures
from tests.evidence.test_review import registered
from tests.given import IN_SERVICE
from tests.snapshots import PEOPLE
from tests.world import World


async def state_of(world: World, device: str) -> str:
    return str((await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()["state"])


async def oversight_items(world: World) -> list[dict[str, Any]]:
    page = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()
    items: list[dict[str, Any]] = page["items"]
    return items


def of_a_law_that_ends(last: date) -> dict[str, Any]:
    """What a registration says of a function whose one basis is in force until `last`."""
    functions = CAMERA.registration(metrology="MANDATORY")["functions"]
    functions[0]["bases"][0]["until_on"] = str(last)
    return {"functions": functions}


@pytest.mark.slow
@pytest.mark.begins(PEOPLE)
@pytest.mark.law(APL_41)
async def test_NJ_22_1_a_device_in_use_that_fails_a_guard_is_suspended_by_night_and_opens_OV_1(
    world: World,
) -> None:
    in_force_until = legal_day(world.clock()) + timedelta(days=30)
    changes = {name: {"device_code": f"3101040000119000009{n}"} for n, name in enumerate(UNSOUND, 1)}
    changes["repealed"] |= of_a_law_that_ends(in_force_until)
    devices = {name: await published(world, **changes[name]) for name in UNSOUND}
    world.clock.advance(days=30)
    for device in devices.values():
        assert (await take(world, device, "activation")).status_code == 201
    await world.settle()
    today = str(legal_day(world.clock()))
    await take(world, devices["sign"], "signage", from_on=today, until_on=today)
    await take(world, devices["standard"], "standard-conformities", result="FAIL", from_on=today)
    await take(world, devices["verification"], "verifications", result="FAIL", certificate_no="JL-F")
    assert {await state_of(world, device) for device in devices.values()} == {"ACTIVE"}

    world.clock.advance(days=1)
    await world.settle()

    assert {name: await state_of(world, device) for name, device in devices.items()} == UNSOUND
    await take(world, devices["sound"], "suspension")
    await world.settle()
    items = await oversight_items(world)
    taken_out = {f"device/{devices[name]}" for name, state in UNSOUND.items() if state == "SUSPENDED"}
    assert {item["object"] for item in items} == taken_out
    assert {(item["type"], item["agency_id"]) for item in items} == {("OV-1", world.agencies[0])}


UNSOUND = {
    "sign": "SUSPENDED",
    "standard": "SUSPENDED",
    "verification": "SUSPENDED",
    "repealed": "SUSPENDED",
    "sound": "ACTIVE",
}


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(METROLOGY_9)
async def test_an_agency_is_warned_60_30_and_7_days_before_a_certificate_ends(world: World) -> None:
    device = await in_service(world)
    reader = world.person("DEVICE_ADMIN")
    left = []
    for day in (10, 25, 26):
        world.clock.to(datetime(2025, 4, day, 8, 0, tzinfo=BEIJING))
        await world.settle()
        page = (await reader.get("/v1/verification-expiries")).json()
        left.append([item["days_left"] for item in page["items"]])

    assert left == [[22], [7], [6]]
    assert (await record_types(world, device)).count("device.verification_expiring") == 2
    await take(
        world,
        device,
        "verifications",
        certificate_no="JL-N",
        verified_on="2025-04-26",
        valid_until="2026-04-25",
    )
    assert (await reader.get("/v1/verification-expiries")).json()["items"] == []


@pytest.mark.begins(IN_SERVICE)
@pytest.mark.law(PJ_2_4, METROLOGY_9)
async def test_PJ_2_4_at_24_00_of_its_last_verified_day_a_device_is_suspended_and_its_captures_refused(
    world: World,
) -> None:
    camera = await registered(world)
    public = (await world.anonymous.get(f"/v1/public/devices/{camera.id}")).json()
    midnight = datetime.combine(
        date.fromisoformat(public["verification_valid_until"]) + timedelta(days=1), time(), tzinfo=BEIJING
    )
    world.clock.to(midnight + timedelta(minutes=1))
    for serial, at in ((1, midnight - timedelta(seconds=1)), (2, midnight)):
        await camera.push(camera.vehicle(serial=serial, shade=60 * serial, PassTime=f"{at:%Y%m%d%H%M%S}"))

    await world.settle()

    in_time, too_late = await captures(world)
    assert (in_time["captured_at"], too_late["captured_at"]) == (midnight - timedelta(seconds=1), midnight)
    assert (in_time["state"], in_time["check_codes"]) == ("TECH_PASSED", [])
    assert (too_late["state"], "E-DEV-03" in too_late["check_codes"]) == ("TECH_FAILED", True)
    async with world.database("device-registry") as db:
        period = await db.fetchrow(
            "SELECT * FROM device_periods WHERE device_id = $1 ORDER BY n DESC", camera.id
        )
    assert (period["state"], period["reason"]) == ("SUSPENDED", "VERIFICATION_EXPIRED")
    assert period["effective_from"] == midnight
    assert [item["object"] for item in await oversight_items(world)] == [f"device/{camera.id}"]
