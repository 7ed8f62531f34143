"""Out of service, at once and as far back as the fault began (D-T12 … D-T14; APL 41; PJ §2.4)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from common.values.clock import BEIJING
from tests.device_registry.stories import ACTIVE, in_service, record_types, take
from tests.world import World

pytestmark = pytest.mark.begins(ACTIVE)


async def capability(world: World, device: str, at: datetime) -> dict[str, object]:
    answer = await world.person("DEVICE_ADMIN").get(
        f"/v1/devices/{device}/capability", params={"at": at.isoformat()}
    )
    assert answer.status_code == 200, answer.text
    stated: dict[str, object] = answer.json()["capability"]
    return stated


async def test_eight_suspensions_at_once_suspend_the_device_once(world: World) -> None:
    device = await in_service(world)

    answers = await asyncio.gather(*(take(world, device, "suspension") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await record_types(world, device)).count("device.suspended") == 1


async def test_a_suspension_reaches_back_to_the_fault_and_a_resumption_does_not_heal_it(world: World) -> None:
    device = await in_service(world)
    world.clock.advance(days=5)
    began = world.clock() - timedelta(days=2)

    suspended = await take(world, device, "suspension", reason="FAULT", effective_from=began.isoformat())
    world.clock.advance(days=1)
    resumed = await take(world, device, "resumption")

    assert (suspended.status_code, suspended.json()["state"]) == (201, "SUSPENDED")
    assert (resumed.status_code, resumed.json()["state"]) == (201, "ACTIVE")
    assert (await capability(world, device, began - timedelta(hours=1)))["lawful"] is True
    assert (await capability(world, device, began))["codes"] == ["E-DEV-01", "E-DEV-05"]
    assert (await capability(world, device, world.clock()))["lawful"] is True


async def test_a_suspension_before_the_service_is_refused(world: World) -> None:
    device = await in_service(world)
    before = (world.clock() - timedelta(days=1)).isoformat()

    answer = await take(world, device, "suspension", effective_from=before)

    assert (answer.status_code, answer.json()["code"]) == (422, "DEV_SUSPENSION_PERIOD")
    assert answer.json()["article"] == "APL 41"


async def test_the_night_after_its_certificate_ran_out_a_device_is_suspended_from_midnight(
    world: World,
) -> None:
    device = await in_service(world)
    await world.settle()
    world.clock.to(datetime(2025, 5, 4, 8, 0, tzinfo=BEIJING))

    await world.settle()

    async with world.database("device-registry") as db:
        period = await db.fetchrow(
            "SELECT * FROM device_periods WHERE device_id = $1 ORDER BY n DESC LIMIT 1", device
        )
    assert (period["state"], period["reason"]) == ("SUSPENDED", "VERIFICATION_EXPIRED")
    assert period["effective_from"] == datetime(2025, 5, 3, tzinfo=BEIJING)
    assert (await capability(world, device, datetime(2025, 5, 2, 23, 59, tzinfo=BEIJING)))["lawful"] is True


async def test_a_device_with_an_expired_certificate_does_not_resume(world: World) -> None:
    device = await in_service(world)
    await take(world, device, "suspension")
    world.clock.to(datetime(2025, 5, 4, 8, 0, tzinfo=BEIJING))

    expired = await take(world, device, "resumption")
    await take(world, device, "verifications")
    renewed = await take(world, device, "resumption")

    assert [violation["code"] for violation in expired.json()["violations"]] == ["DEV_VERIFICATION_EXPIRED"]
    assert renewed.status_code == 201


async def test_only_the_supervisor_lifts_a_suspension_by_the_supervisor(world: World) -> None:
    device = await in_service(world)
    supervisor = world.person("SUPERVISOR")
    order = {"reason": "ORDERED", "note": "核查。"}

    suspended = await supervisor.post(f"/v1/devices/{device}/suspension", json=order)
    by_head = await take(world, device, "resumption")
    by_supervisor = await supervisor.post(f"/v1/devices/{device}/resumption", json={"note": "核查完毕。"})

    assert suspended.status_code == 201
    assert by_head.json()["code"] == "DEV_SUSPENDED_BY_ANOTHER"
    assert by_supervisor.status_code == 201
