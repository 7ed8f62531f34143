"""A device ends by two persons, with a plan for its data, and for good (D-T18; NJ 17)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.values.ids import DeviceId, OfficerId
from common.values.law import NJ_17
from gateway.identity.domain.officers import Role
from gateway.identity.jobs import assign_role
from tests.device_registry.stories import ACTIVE, in_service, record_types, take
from tests.given import ACCEPTED, ARCHIVED
from tests.world import Client, World

pytestmark = pytest.mark.begins(ACTIVE)

PLAN = {
    "cause": "DISMANTLED",
    "disposition": "原始数据移交执法证据库,未结案件的数据保存至案件归档。",
    "kept_by": "执法证据管理中心",
}


async def propose(person: Client, device: str, **changes: Any) -> httpx.Response:
    return await person.post(f"/v1/devices/{device}/retirement", json=PLAN | changes)


async def approve(person: Client, device: str) -> httpx.Response:
    return await person.post(f"/v1/devices/{device}/retirement/approval", json={})


@pytest.mark.law(NJ_17)
async def test_a_device_is_retired_by_two_persons_with_a_plan_for_its_data(world: World) -> None:
    head = world.person("AGENCY_HEAD")
    await assign_role(world.runtimes["gateway"].db, OfficerId(head.id), Role("DEVICE_ADMIN"))
    device = await in_service(world)
    admin = world.person("DEVICE_ADMIN")

    early = await approve(head, device)
    planless = await propose(admin, device, disposition="")
    own = await propose(head, device)
    alone = await approve(head, device)
    proposed = await propose(admin, device)
    at_once = await asyncio.gather(*(approve(head, device) for _ in range(8)))

    assert (early.status_code, early.json()["code"]) == (409, "DEV_RETIREMENT_NOT_PROPOSED")
    assert planless.status_code == 422
    assert (own.status_code, own.json()["state"]) == (201, "ACTIVE")
    assert (alone.status_code, alone.json()["code"]) == (403, "DEV_DUTY_SEPARATION")
    assert (proposed.status_code, proposed.json()["state"]) == (201, "ACTIVE")
    assert sorted(answer.status_code for answer in at_once) == [201] + [409] * 7
    assert (await record_types(world, device))[-3:] == [
        "device.retirement_proposed",
        "device.retirement_proposed",
        "device.retired",
    ]


async def test_a_retired_device_is_on_the_public_list_with_its_end_and_does_nothing_more(
    world: World,
) -> None:
    device, before = await in_service(world), world.clock()
    world.clock.advance(days=1)
    await propose(world.person("DEVICE_ADMIN"), device)
    retired = await approve(world.person("AGENCY_HEAD"), device)

    later = {
        step: (await take(world, device, step)).json().get("code")
        for step in ("submission", "installation", "signage", "activation", "suspension", "resumption")
    }
    again = await propose(world.person("DEVICE_ADMIN"), device)
    [listed] = (await world.anonymous.get("/v1/public/devices")).json()["items"]
    capability = f"/v1/devices/{device}/capability"
    in_use = await world.person("DEVICE_ADMIN").get(capability, params={"at": before.isoformat()})
    now = await world.person("DEVICE_ADMIN").get(capability, params={"at": world.clock().isoformat()})

    assert (retired.status_code, retired.json()["state"]) == (201, "RETIRED")
    assert set(later.values()) == {"DEV_TRANSITION_NOT_ALLOWED"}, later
    assert (again.status_code, again.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED")
    assert (listed["state"], listed["ended_at"] is not None) == ("RETIRED", True)
    assert in_use.json()["capability"]["lawful"] is True
    assert now.json()["capability"]["codes"] == ["E-DEV-01"]


async def test_only_the_agencys_admin_proposes_and_only_its_head_approves(world: World) -> None:
    device = await in_service(world)
    unknown = DeviceId.new(world.clock())

    refused = [
        (await propose(world.person("AGENCY_HEAD"), device)).status_code,
        (await approve(world.person("DEVICE_ADMIN"), device)).status_code,
        (await propose(world.person("DEVICE_ADMIN", 1), device)).status_code,
        (await approve(world.person("AGENCY_HEAD", 1), device)).status_code,
        (await propose(world.person("DEVICE_ADMIN"), unknown)).status_code,
    ]

    assert refused == [403, 403, 404, 404, 404]


@pytest.mark.law(NJ_17)
@pytest.mark.begins(ACCEPTED)
async def test_a_device_whose_raw_data_an_open_case_needs_is_not_retired(world: World) -> None:
    await world.settle()
    async with world.database("evidence") as connection:
        device = await connection.fetchval("SELECT device_id FROM captures")
    admin, holds = world.person("DEVICE_ADMIN"), f"/v1/devices/{device}/raw-data-holds"
    other = world.person("DEVICE_ADMIN", 1)

    held = await admin.get(holds)
    await propose(admin, device)
    refused = await approve(world.person("AGENCY_HEAD"), device)
    asked = await admin.get(f"/v1/device-holds/{device}")

    assert held.json() == {"device_id": device, "captures": 1, "cases": 1, "may_be_retired": False}
    assert (refused.status_code, refused.json()["code"]) == (409, "DEV_RAW_DATA_HELD")
    assert ((await other.get(holds)).status_code, asked.status_code) == (404, 403)
    assert (await record_types(world, device))[-1] == "device.retirement_proposed"


@pytest.mark.law(NJ_17)
@pytest.mark.begins(ACCEPTED)
async def test_no_device_is_retired_while_a_case_that_was_opened_is_unread(world: World) -> None:
    await world.settle()
    async with world.database("evidence") as connection:
        device = await connection.fetchval("SELECT device_id FROM captures")
        await connection.execute("DELETE FROM holds")
        await connection.execute("UPDATE cursors SET position = -1 WHERE name = 'holds'")
    await propose(world.person("DEVICE_ADMIN"), device)

    refused = await approve(world.person("AGENCY_HEAD"), device)
    await world.settle()
    held = await approve(world.person("AGENCY_HEAD"), device)

    assert (refused.status_code, refused.json()["code"]) == (503, "LEDGER_BEHIND")
    assert (held.status_code, held.json()["code"]) == (409, "DEV_RAW_DATA_HELD")


@pytest.mark.law(NJ_17)
@pytest.mark.begins(ARCHIVED)
async def test_a_device_whose_cases_are_in_the_archive_is_retired(world: World) -> None:
    async with world.database("evidence") as connection:
        device = await connection.fetchval("SELECT device_id FROM captures")
    admin = world.person("DEVICE_ADMIN")

    held = await admin.get(f"/v1/devices/{device}/raw-data-holds")
    await propose(admin, device)
    retired = await approve(world.person("AGENCY_HEAD"), device)

    assert (held.json()["cases"], held.json()["may_be_retired"]) == (0, True)
    assert (retired.status_code, retired.json()["state"]) == (201, "RETIRED")
