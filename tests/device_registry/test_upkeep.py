"""Maintained in time, heard without a break, on time: or out of use (NJ 11; D-T11, D-T12)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from common.values.calendar import legal_day, start_of
from common.values.law import NJ_8, NJ_11
from device_registry.watching.listening import note_signals
from evidence.contract import Hearings
from tests.device_registry.stories import ACTIVE, in_service, published, record_types, take
from tests.device_registry.test_watching import oversight_items, state_of
from tests.evidence.camera import Device, captures
from tests.evidence.test_review import registered
from tests.given import IN_SERVICE
from tests.world import World

PARTY = {
    "owner_type": "REGULATED_PARTY",
    "funding_source": "PARTY",
    "obligation_basis": "《道路交通安全法》第一百一十四条",
}


async def act(
    world: World,
    device: str,
    path: str,
    order: dict[str, Any],
    *,
    by: str = "DEVICE_OPERATOR",
    agency: int = 0,
) -> httpx.Response:
    return await world.person(by, agency).post(f"/v1/devices/{device}/{path}", json=order)


async def plan(world: World, device: str, **changes: Any) -> httpx.Response:
    order = {"interval_d": 20, "duties": "清洁镜头,核对时钟,试拍。"} | changes
    return await act(world, device, "maintenance-plan", order, by="DEVICE_ADMIN")


async def maintain(world: World, device: str, *parts: str, by: str = "AGENCY") -> httpx.Response:
    """A whole maintenance; the answer to its end."""
    begun = await act(world, device, "maintenance", {"cause": "ROUTINE", "note": "例行维护。", "by": by})
    assert begun.status_code == 201, begun.text
    return await act(world, device, "maintenance/completion", {"parts": list(parts), "work": "已清洁。"})


async def upkeep(world: World, device: str) -> dict[str, Any]:
    view: dict[str, Any] = (
        await world.person("DEVICE_OPERATOR").get(f"/v1/devices/{device}/maintenance")
    ).json()
    return view


async def nights(world: World, count: int) -> None:
    """So many nights pass, each with its check."""
    world.clock.advance(days=count)
    await world.settle()


@pytest.mark.slow
@pytest.mark.begins(ACTIVE)
@pytest.mark.law(NJ_11)
async def test_NJ_11_1_a_device_whose_maintenance_is_overdue_beyond_the_grace_is_suspended(
    world: World,
) -> None:
    device = await in_service(world)
    long = {"certificate_no": "JL-LONG", "valid_until": f"{legal_day(world.clock()) + timedelta(days=300)}"}
    assert (await take(world, device, "verifications", **long)).status_code == 201
    assert [due["interval_d"] for due in (await upkeep(world, device))["due"]] == [365]
    planned = await plan(world, device)
    [due] = planned.json()["due"]
    assert (due["by"], due["interval_d"]) == ("AGENCY", 20)
    await nights(world, 50)
    in_grace = await state_of(world, device)

    await nights(world, 1)

    assert (in_grace, await state_of(world, device)) == ("ACTIVE", "SUSPENDED")
    async with world.database("device-registry") as db:
        period = await db.fetchrow(
            "SELECT * FROM device_periods WHERE device_id = $1 ORDER BY n DESC", device
        )
    assert (period["reason"], period["effective_from"]) == (
        "MAINTENANCE_OVERDUE",
        datetime.fromisoformat(due["overdue_from"]),
    )
    assert [item["object"] for item in await oversight_items(world)] == [f"device/{device}"]
    refused = await take(world, device, "resumption")
    assert [v["code"] for v in refused.json()["violations"]] == ["DEV_MAINTENANCE_OVERDUE"]
    assert (await maintain(world, device, "LENS")).json()["state"] == "SUSPENDED"
    assert (await take(world, device, "resumption")).status_code == 201


@pytest.mark.slow
@pytest.mark.begins(ACTIVE)
async def test_an_obligated_party_maintains_the_device_that_the_law_had_it_set_up(world: World) -> None:
    own = await in_service(world)
    refused = await plan(world, own, by="REGULATED_PARTY")
    device = await published(
        world, device_code="31010400001190000099", kind="REGULATED_PARTY_DEVICE", **PARTY
    )
    world.clock.advance(days=30)
    assert (await take(world, device, "activation")).status_code == 201
    await take(world, device, "verifications", certificate_no="JL-L", valid_until="2026-01-31")
    assert (await plan(world, device, by="REGULATED_PARTY")).status_code == 201
    await nights(world, 20)
    assert (await maintain(world, device)).status_code == 201

    await nights(world, 31)

    # The agency maintained it, the party did not.
    assert (refused.status_code, refused.json()["code"]) == (422, "DEV_UPKEEPER")
    assert await state_of(world, device) == "SUSPENDED"


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(NJ_11)
async def test_after_work_on_a_part_that_measures_a_device_comes_back_with_a_new_verification_alone(
    world: World,
) -> None:
    device = await in_service(world)
    world.clock.advance(hours=1)
    begun = await act(world, device, "maintenance", {"cause": "REPAIR", "note": "更换雷达。"})
    completion = {"parts": ["SENSOR"], "work": "更换测速雷达。"}

    refused = await act(world, device, "maintenance/completion", completion)
    await take(world, device, "verifications", certificate_no="JL-AFTER")
    ended = await act(world, device, "maintenance/completion", completion)

    assert begun.json()["state"] == "MAINTENANCE"
    assert [v["code"] for v in refused.json()["violations"]] == ["DEV_REVERIFICATION_MISSING"]
    assert (ended.status_code, ended.json()["state"]) == (201, "ACTIVE")


@pytest.mark.begins(ACTIVE)
async def test_a_maintenance_begins_once_and_ends_once_and_only_by_an_operator_of_the_agency(
    world: World,
) -> None:
    device = await in_service(world)
    order = {"cause": "ROUTINE", "note": "例行。"}
    ending = {"parts": [], "work": "完成。"}

    stranger = await act(world, device, "maintenance", order, agency=1)
    without = await act(world, device, "maintenance", order, by="DEVICE_ADMIN")
    begun = await asyncio.gather(*(act(world, device, "maintenance", order) for _ in range(8)))
    ended = await asyncio.gather(*(act(world, device, "maintenance/completion", ending) for _ in range(8)))

    assert (stranger.status_code, without.status_code) == (404, 403)
    assert sorted(a.status_code for a in begun) == sorted(a.status_code for a in ended) == [201] + [409] * 7
    assert await state_of(world, device) == "ACTIVE"


async def beat(camera: Device) -> None:
    answer = await camera.proved("/VIID/System/Keepalive", b'{"KeepaliveObject":{}}')
    assert answer.status_code == 200, answer.text


async def passes(world: World, seconds: float) -> None:
    """Time passes, and every service does its work."""
    world.clock.advance(seconds=seconds)
    await world.settle()


@pytest.mark.slow
@pytest.mark.begins(IN_SERVICE)
@pytest.mark.law(NJ_11)
async def test_NJ_11_2_missed_heartbeats_open_a_fault_whose_captures_are_refused_until_it_is_over(
    world: World,
) -> None:
    camera = await registered(world)
    await passes(world, 1)
    await beat(camera)
    heard_at = world.clock()
    await passes(world, 150)
    quiet = (await upkeep(world, camera.id))["faults"]
    await passes(world, 40)
    [fault] = (await upkeep(world, camera.id))["faults"]
    began = datetime.fromisoformat(fault["began_at"])
    world.clock.advance(seconds=90)
    await camera.push(camera.vehicle(serial=1, shade=40))
    await beat(camera)
    await passes(world, 1)
    still = (await upkeep(world, camera.id))["faults"]
    for _ in range(2):
        world.clock.advance(seconds=50)
        await beat(camera)
    await passes(world, 1)
    [over] = (await upkeep(world, camera.id))["faults"]
    world.clock.advance(minutes=3)
    await camera.push(camera.vehicle(serial=2, shade=80))
    await world.settle()

    assert quiet == []
    assert (fault["cause"], fault["closed_at"]) == ("HEARTBEAT_MISSED", None)
    assert timedelta(seconds=59) < began - heard_at < timedelta(seconds=65)
    assert still == [fault], "one beat of a line that comes and goes ends nothing"
    assert over["closed_at"] is not None
    during, after = await captures(world)
    assert (during["state"], during["device_failures"]) == ("TECH_FAILED", ["E-DEV-05"])
    assert after["state"] == "TECH_PASSED", after["check_codes"]
    assert 0 < (await upkeep(world, camera.id))["uptime_per_mille"] < 1000


@pytest.mark.begins(IN_SERVICE)
async def test_a_stopped_device_that_fell_silent_is_not_touched_every_ten_seconds(world: World) -> None:
    camera = await registered(world)
    await passes(world, 1)
    await beat(camera)
    await passes(world, 1)
    world.clock.advance(seconds=400)
    runtime = world.runtimes["device-registry"]
    async with world.database("device-registry") as db:
        # A fixture: a device that is stopped, as the clean-up leaves it.
        await db.execute(
            "ALTER TABLE devices DISABLE TRIGGER ALL; UPDATE devices SET state = 'STOPPED';"
            " ALTER TABLE devices ENABLE TRIGGER ALL"
        )
        async with db.transaction():
            await db.execute("SELECT * FROM devices WHERE id = $1 FOR UPDATE", camera.id)

            async with asyncio.timeout(3):  # whoever locks the device waits here for ever
                await note_signals(runtime)

    assert [d.device_id async for d in Hearings(runtime.peers).silent()] == [camera.id]
    assert (await upkeep(world, camera.id))["faults"] == []


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(NJ_8, NJ_11)
async def test_NJ_11_2_the_clock_is_recorded_and_beyond_its_limit_the_device_is_suspended(
    world: World,
) -> None:
    device = await in_service(world)
    limit = world.runtimes["device-registry"].profile.evidence.max_clock_drift_s * 1000

    within = await act(world, device, "clock-checks", {"drift_ms": -limit})
    beyond = await act(world, device, "clock-checks", {"drift_ms": limit + 1})

    assert (within.json()["state"], within.json()["clock_drift_ms"]) == ("ACTIVE", -limit)
    assert (beyond.json()["state"], beyond.json()["clock_drift_ms"]) == ("SUSPENDED", limit + 1)
    assert (await record_types(world, device))[-2:] == ["device.clock_measured", "device.suspended"]


@pytest.mark.slow
@pytest.mark.begins(ACTIVE)
async def test_a_reported_fault_reaches_back_and_is_opened_and_closed_once(world: World) -> None:
    device = await in_service(world)
    world.clock.advance(days=2)
    began = start_of(legal_day(world.clock()) - timedelta(days=1))
    order = {"began_at": began.isoformat(), "description": "镜头偏移。"}

    opened = await asyncio.gather(*(act(world, device, "faults", order) for _ in range(8)))
    undone = (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}/corrections")).json()["intervals"]
    closing = {"remedy": "已校正。"}
    closed = await asyncio.gather(*(act(world, device, "faults/1/closure", closing) for _ in range(8)))
    stranger = await act(world, device, "faults", order, agency=1)
    without = await act(world, device, "faults", order, by="EVIDENCE_REVIEWER")

    assert sorted(a.status_code for a in opened) == sorted(a.status_code for a in closed) == [201] + [409] * 7
    assert [(interval["guard"], interval["codes"]) for interval in undone] == [("FAULT", ["E-DEV-05"])]
    assert undone[0]["invalid_from"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
    assert (stranger.status_code, without.status_code) == (404, 403)
