"""Out of service, at once and as far back as the fault began (D-T12 … D-T14; APL 41; PJ §2.4)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.law import PJ_2
from device_registry.jobs import recheck_guards
from tests.device_registry.stories import ACTIVE, in_service, published, record_types, take
from tests.device_registry.test_watching import state_of
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


async def test_a_device_that_cannot_be_suspended_holds_up_no_other_and_the_night_is_not_repeated(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = await in_service(world)
    second = await published(world, device_code="31010400001190000088")
    world.clock.advance(days=30)
    assert (await take(world, second, "activation")).status_code == 201
    async with world.database("device-registry") as db:
        await db.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a fault of the test'; END $$;"
            "CREATE TRIGGER fail BEFORE INSERT ON device_periods FOR EACH ROW"
            f" WHEN (NEW.device_id = '{first}') EXECUTE FUNCTION fail()"
        )
    world.clock.advance(days=70)

    runtime = world.runtimes["device-registry"]
    await recheck_guards(runtime)

    held = [await state_of(world, device) for device in (first, second)]
    assert held == ["ACTIVE", "SUSPENDED"]
    assert [r.getMessage() for r in caplog.records if "couldn't check" in r.getMessage()] == [
        f"couldn't check {first}: DBAPIError"
    ]
    caplog.clear()
    await recheck_guards(runtime)
    assert not caplog.records


@pytest.mark.law(PJ_2)
async def test_a_confirmed_finding_keeps_a_device_out_of_use_that_was_not_in_use_yet(world: World) -> None:
    """A finding stops a device in use; one on its way is not published and not activated any more."""
    device = await published(world, device_code="31010400001190000088")
    on_trial = await published(world, device_code="31010400001190000089", without="publication")
    for each in (device, on_trial):
        order = {"category": "CU-1", "text": "经核查,该设备没有法律或者行政法规依据,不应当启用。"}
        raised = await world.person("DEVICE_ADMIN").post(f"/v1/devices/{each}/findings", json=order)
        for role, act in (("DEVICE_ADMIN", "proposal"), ("AGENCY_HEAD", "decision")):
            reason = {"outcome": "CONFIRM", "reason": order["text"]}
            path = f"/v1/findings/{raised.json()['finding_id']}/{act}"
            assert (await world.person(role).post(path, json=reason)).status_code == 201
    world.clock.advance(days=30)

    activation, publication = (
        await take(world, device, "activation"),
        await take(world, on_trial, "publication"),
    )

    assert [(each.status_code, each.json()["code"]) for each in (activation, publication)] == [
        (409, "CLN_NOT_RECTIFIED"),
        (409, "CLN_NOT_RECTIFIED"),
    ]


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
