"""What the law obliges a party to set up itself: the same guards, a login of its own, inspections (NJ 9(2))."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.values.ids import PartyId
from common.values.law import NJ_9, NJ_11
from mz.demo.camera import CAMERAS
from tests.device_registry.stories import published, record_types, register, registration, take
from tests.world import World

DUTY = {
    "owner_type": "REGULATED_PARTY",
    "installer_type": "REGULATED_PARTY",
    "funding_source": "PARTY",
    "obligation_basis": "《中华人民共和国大气污染防治法》第二十四条",
    "kind": "REGULATED_PARTY_DEVICE",
}
FAILED = {"result": "FAIL", "findings": "探头被遮挡。", "rectify_by": "2099-01-31"}


async def of_a_party(world: World, party: str, **changes: Any) -> str:
    """A draft of the first agency that `party` runs."""
    device = await register(world, **DUTY | changes)
    path = f"/v1/devices/{device}/operator"
    named = await world.person("DEVICE_ADMIN").post(path, json={"party_id": party})
    assert (named.status_code, named.json()["operator_id"]) == (201, party)
    return device


async def inspect(world: World, device: str, role: str = "DEVICE_ADMIN", **changes: Any) -> Any:
    order = {"inspected_on": f"{world.clock().date()}", "result": "PASS", "findings": "运行正常。"} | changes
    return await world.person(role).post(f"/v1/devices/{device}/inspections", json=order)


@pytest.mark.law(NJ_9)
async def test_NJ_9_5_a_partys_own_device_rests_on_a_duty_of_the_law_and_has_the_same_guards(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    refused = [
        await admin.post("/v1/devices", json=registration(**DUTY | {"obligation_basis": basis}))
        for basis in ("", "合同约定", "《中华人民共和国大气污染防治法》")
    ]

    device = await published(world, without="signage", **DUTY)
    unsigned = await take(world, device, "publication")
    await take(world, device, "signage")
    signed = await take(world, device, "publication")
    early = await take(world, device, "activation")

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (422, "DEV_OBLIGATION_MISSING")
    }
    assert [each["code"] for each in unsigned.json()["violations"]] == ["DEV_SIGNAGE_MISSING"]
    assert (signed.status_code, signed.json()["owner_type"]) == (201, "REGULATED_PARTY")
    assert [each["code"] for each in early.json()["violations"]] == ["DEV_PUBLICATION_LEAD_TIME"]


@pytest.mark.law(NJ_9)
async def test_NJ_9_5_the_party_logs_in_and_sees_its_own_devices_and_no_other(world: World) -> None:
    party = world.person("PARTY")
    own = await of_a_party(world, party.id)
    other = await of_a_party(world, PartyId.new(world.clock()), device_code=CAMERAS[0].code)
    agencys = await register(world, device_code=CAMERAS[1].code)

    listed = (await party.get("/v1/devices")).json()["items"]
    read = await party.get(f"/v1/devices/{own}")
    inspections = await party.get(f"/v1/devices/{own}/inspections")
    hidden = [
        await party.get(f"/v1/devices/{device}{path}")
        for device in (other, agencys)
        for path in ("", "/inspections", "/application", "/contracts")
    ]
    alien = await party.post(f"/v1/devices/{other}/inspections/1/answer", json={"answer": "已处理。"})
    acts = [await party.post(f"/v1/devices/{own}/{act}", json={}) for act in ("submission", "activation")]
    await of_a_party_again(world, own, PartyId.new(world.clock()))
    gone = await party.get(f"/v1/devices/{own}")

    assert [each["id"] for each in listed] == [own]
    assert (read.status_code, read.json()["operator_id"], inspections.status_code) == (200, party.id, 200)
    assert {answer.status_code for answer in hidden} == {404}
    assert alien.status_code == 404
    assert {answer.status_code for answer in acts} == {403}
    assert gone.status_code == 404


async def of_a_party_again(world: World, device: str, party: str) -> None:
    path = f"/v1/devices/{device}/operator"
    assert (await world.person("DEVICE_ADMIN").post(path, json={"party_id": party})).status_code == 201


@pytest.mark.law(NJ_9, NJ_11)
async def test_NJ_9_5_the_agency_inspects_and_the_party_answers_once(world: World) -> None:
    party = world.person("PARTY")
    device = await of_a_party(world, party.id)
    agencys = await register(world, device_code=CAMERAS[0].code)

    passed = await inspect(world, device)
    failed = await inspect(world, device, **FAILED)
    endless = await inspect(world, device, **FAILED | {"rectify_by": None})
    past = await inspect(world, device, **FAILED | {"rectify_by": "2025-01-01"})
    future = await inspect(world, device, inspected_on="2099-01-01")
    needless = await inspect(world, agencys)
    by_nobody = await inspect(world, device, role="CASE_OFFICER")
    answer = f"/v1/devices/{device}/inspections/2/answer"
    answers = await asyncio.gather(*(party.post(answer, json={"answer": "已清除遮挡。"}) for _ in range(6)))
    unknown = await party.post(answer.replace("/2/", "/9/"), json={"answer": "无。"})
    by_agency = await world.person("DEVICE_ADMIN").post(answer, json={"answer": "无。"})
    shown = (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}/inspections")).json()[
        "inspections"
    ]

    assert [(each.status_code, each.json()["n"]) for each in (passed, failed)] == [(201, 1), (201, 2)]
    assert {(each.status_code, each.json()["code"]) for each in (endless, past)} == {
        (422, "DEV_INSPECTION_PERIOD")
    }
    assert (future.status_code, future.json()["code"]) == (422, "DEV_PAPER_PERIOD")
    assert (needless.status_code, needless.json()["code"]) == (409, "DEV_NOT_OF_A_PARTY")
    assert (by_nobody.status_code, by_agency.status_code) == (403, 403)
    assert sorted(each.status_code for each in answers) == [201] + [409] * 5
    assert (unknown.status_code, unknown.json()["code"]) == (404, "DEV_INSPECTION_UNKNOWN")
    assert [(each["n"], each["result"], each["answer"]) for each in shown] == [
        (1, "PASS", None),
        (2, "FAIL", "已清除遮挡。"),
    ]
    assert (await record_types(world, device))[1:] == [
        "device.operator_named",
        "device.inspected",
        "device.inspected",
        "device.inspection_answered",
    ]
