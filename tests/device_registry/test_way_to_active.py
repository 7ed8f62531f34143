"""From the draft to ACTIVE, and the statement of the registry about any instant (APL 41)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from common.values.ids import DeviceId
from device_registry.contract import DeviceRegistry
from ledger.notes import open_statement
from tests.device_registry.stories import (
    ACTIVE,
    PUBLISHED,
    TO_PUBLISHED,
    in_service,
    published,
    record_types,
    register,
    registration,
    take,
)
from tests.world import World


@pytest.mark.slow
async def test_a_device_becomes_active_step_by_step_and_each_step_is_a_record(world: World) -> None:
    device = await in_service(world)

    answer = await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")

    assert (answer.status_code, answer.json()["state"]) == (200, "ACTIVE")
    assert await record_types(world, device) == [
        "device.registered",
        "device.submitted",
        "device.legally_reviewed",
        "device.technically_reviewed",
        "device.approved",
        "device.installed",
        "device.trial_started",
        "device.acceptance_tested",
        "device.conformity_recorded",
        "device.verification_recorded",
        "device.signage_recorded",
        "device.published",
        "device.activated",
    ]


async def test_a_step_is_refused_before_its_time(world: World) -> None:
    device = await register(world)

    for step in (*TO_PUBLISHED[1:7], "publication", "activation", "suspension", "resumption"):
        answer = await take(world, device, step)
        assert (answer.status_code, answer.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED"), step


@pytest.mark.begins(ACTIVE)
async def test_the_capability_is_signed_and_right_for_any_instant(world: World) -> None:
    device = DeviceId(await in_service(world))
    activated = world.clock()
    world.clock.advance(days=60)
    registry = DeviceRegistry(world.runtimes["evidence"].peers)

    inside = await registry.capability(device, activated + timedelta(hours=1))
    before = await registry.capability(device, activated - timedelta(hours=1))
    expired = await registry.capability(device, activated + timedelta(days=45))

    key = world.runtimes["device-registry"].db.signer.verifier
    assert open_statement(inside.note_bytes, "capability", [key]) == inside.capability.statement()
    assert (inside.capability.lawful, inside.capability.allows("CM-0107")) == (True, True)
    assert before.capability.codes == ["E-DEV-01", "E-DEV-02"]  # the lead time still ran
    assert expired.capability.codes == ["E-DEV-03"]
    assert not expired.capability.allows("CM-0107")


async def test_no_statement_is_made_about_the_future(world: World) -> None:
    device = await register(world)
    later = (world.clock() + timedelta(minutes=5)).isoformat()

    answer = await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}/capability", params={"at": later})

    assert (answer.status_code, answer.json()["code"]) == (422, "CAPABILITY_IN_FUTURE")


@pytest.mark.begins(PUBLISHED)
async def test_eight_heads_at_once_activate_a_device_once(world: World) -> None:
    device = await published(world)
    world.clock.advance(days=30)

    answers = await asyncio.gather(*(take(world, device, "activation") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await record_types(world, device)).count("device.activated") == 1


async def test_another_agencys_device_does_not_exist(world: World) -> None:
    device = await register(world)
    unknown = DeviceId.new(world.clock())
    stranger = world.person("DEVICE_ADMIN", agency=1)

    for path in ("", "/capability?at=2025-03-03T01:00:00Z"):
        theirs = (await stranger.get(f"/v1/devices/{device}{path}")).json()
        nobodys = (await stranger.get(f"/v1/devices/{unknown}{path}")).json()
        assert theirs["detail"].replace(device, unknown) == nobodys["detail"]
        assert theirs["code"] == nobodys["code"] == "NOT_FOUND"
    answer = await stranger.post(f"/v1/devices/{device}/trial", json={"clock_drift_ms": 1})
    assert answer.status_code == 404


async def test_a_page_of_devices_ends_with_a_cursor(world: World) -> None:
    devices = [await register(world, device_code=f"3101040000119000000{n}") for n in range(3)]
    admin = world.person("DEVICE_ADMIN")

    first = (await admin.get("/v1/devices", params={"limit": 2})).json()
    second = (await admin.get("/v1/devices", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    broken = await admin.get("/v1/devices", params={"cursor": "!!"})

    assert {item["id"] for item in first["items"] + second["items"]} == set(devices)
    assert second["next_cursor"] is None
    assert (broken.status_code, broken.json()["code"]) == (400, "CURSOR_UNKNOWN")


@pytest.mark.begins(ACTIVE)
async def test_the_public_list_needs_no_login_and_shows_the_fields_that_the_law_names(world: World) -> None:
    await register(world, device_code="31010400001190000002")
    await in_service(world)

    answer = await world.anonymous.get("/v1/public/devices")
    stranger = await world.person("DEVICE_ADMIN", 1).get("/v1/public/devices")
    assert stranger.json() == answer.json(), "another agency sees the same public list"

    assert answer.status_code == 200
    (item,) = answer.json()["items"]
    assert item["place"] == "衡山路进东平路北约5米"
    assert (item["longitude"], item["latitude"]) == ("121.4457", "31.2104")
    assert item["state"] == "ACTIVE"
    assert item["bases"] == ["《中华人民共和国道路交通安全法》第一百一十四条"]
    assert item["verification_valid_until"] == "2025-05-02"


async def test_a_title_entered_with_its_marks_gets_no_second_pair(world: World) -> None:
    functions = registration()["functions"]
    functions[0]["bases"][0]["title"] = "《中华人民共和国道路交通安全法》"
    await in_service(world, functions=functions)

    (item,) = (await world.anonymous.get("/v1/public/devices")).json()["items"]

    assert item["bases"] == ["《中华人民共和国道路交通安全法》第一百一十四条"]


@pytest.mark.begins(ACTIVE)
async def test_one_device_of_the_public_list_can_be_asked_for_by_its_id(world: World) -> None:
    hidden = await register(world, device_code="31010400001190000002")
    shown = await in_service(world)

    (listed,) = (await world.anonymous.get("/v1/public/devices")).json()["items"]
    alone = await world.anonymous.get(f"/v1/public/devices/{shown}")
    unpublished = await world.anonymous.get(f"/v1/public/devices/{hidden}")

    assert (alone.status_code, alone.json()) == (200, listed)
    assert (unpublished.status_code, unpublished.json()["code"]) == (404, "NOT_FOUND")


async def test_a_repeated_request_is_answered_again_and_done_once(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")

    first = await admin.post("/v1/devices", json=registration(), key="the-same-key")
    second = await admin.post("/v1/devices", json=registration(), key="the-same-key")

    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert (await admin.post("/v1/devices", json=registration())).json()["code"] == "DEV_CODE_IN_USE"
