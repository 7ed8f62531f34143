"""One agency uses another's device instead of its own, for a purpose that a law allows (NJ 9(3); PIPL 26)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from common.values.ids import SharingId
from common.values.law import NJ_9, PIPL_26
from mz.demo.camera import CAMERAS
from tests.device_registry.inventories import send
from tests.device_registry.stories import CAMERA, TO_PUBLISHED, record_types, register, registration, take
from tests.world import Client, World

PURPOSE = {
    "level": "LAW",
    "title": "中华人民共和国道路交通安全法",
    "article": "第一百一十四条",
    "from_on": "2021-04-29",
}
SHARED = {"kind": "SHARED_CAMERA", "owner_type": "OTHER_AGENCY"}


async def theirs(world: World) -> str:
    """A device of the second agency, handed in at the place of `CAMERA`."""
    admin = world.person("DEVICE_ADMIN", 1)
    device = str(
        (await admin.post("/v1/devices", json=registration(device_code=CAMERAS[1].code))).json()["id"]
    )
    order = CAMERA.order("submission", world.clock().date())
    assert (await admin.post(f"/v1/devices/{device}/submission", json=order)).status_code == 201
    return device


async def ask(world: World, device: str, **changes: Any) -> Any:
    """The first agency asks to share `device`."""
    order = {
        "device_id": device,
        "violations": ["CM-0107"],
        "until_on": f"{world.clock().date() + timedelta(days=90)}",
        "purpose": "人行道违法停车取证",
        "basis": PURPOSE,
    }
    return await world.person("DEVICE_ADMIN").post("/v1/device-sharings", json=order | changes)


async def given(world: World, device: str) -> str:
    """The path of a sharing that the second agency gave to the first."""
    path = f"/v1/device-sharings/{(await ask(world, device)).json()['sharing_id']}"
    assert (await owner(world).post(f"{path}/grant", json={})).status_code == 201
    return path


def owner(world: World) -> Client:
    return world.person("AGENCY_HEAD", 1)


@pytest.mark.law(NJ_9)
async def test_NJ_9_6_a_device_is_shared_instead_of_a_second_one_and_every_step_is_on_record(
    world: World,
) -> None:
    source, draft = await theirs(world), await register(world)
    head, admin = world.person("AGENCY_HEAD"), world.person("DEVICE_ADMIN")

    asked = await ask(world, source, instead_of=draft)
    path = f"/v1/device-sharings/{asked.json()['sharing_id']}"
    submitted = await take(world, draft, "submission")
    unseen = (await admin.get(path)).json()
    itself = await head.post(f"{path}/grant", json={})
    wrong = await world.person("DEVICE_ADMIN", 1).post(f"{path}/grant", json={})
    grants = await asyncio.gather(*(owner(world).post(f"{path}/grant", json={}) for _ in range(6)))
    seen = (await admin.get(path)).json()
    listed = [
        [each["sharing_id"] for each in (await person.get("/v1/device-sharings")).json()["items"]]
        for person in (admin, world.person("DEVICE_ADMIN", 1))
    ]
    ended = await head.post(f"{path}/end", json={"reason": "改由自设设备取证。"})
    over = (await admin.get(path)).json()
    twice = await owner(world).post(f"{path}/end", json={"reason": "重复。"})
    again = await take(world, draft, "submission")

    assert (asked.status_code, asked.json()["state"]) == (201, "REQUESTED")
    assert (submitted.status_code, submitted.json()["code"]) == (409, "DEV_DUPLICATE_COVERAGE")
    assert (unseen["device"], unseen["in_force"]) == (None, False)
    assert (itself.status_code, wrong.status_code) == (404, 403)
    assert sorted(answer.status_code for answer in grants) == [201] + [409] * 5
    assert (seen["in_force"], seen["device"]["device_id"], seen["device"]["place"]) == (
        True,
        source,
        CAMERA.place,
    )
    assert listed == [[seen["sharing_id"]]] * 2
    assert (ended.status_code, ended.json()["state"]) == (201, "ENDED")
    assert (over["device"], over["reason"]) == (None, "改由自设设备取证。")
    assert (twice.status_code, twice.json()["code"]) == (409, "DEV_SHARING_STATE")
    assert again.status_code == 201
    kinds = await world.record_types("device-registry", f"sharing/{seen['sharing_id']}")
    assert kinds == ["sharing.requested", "sharing.given", "sharing.ended"]
    unknown = await admin.get(f"/v1/device-sharings/{SharingId.new(world.clock())}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.law(NJ_9, PIPL_26)
async def test_NJ_9_6_what_cannot_be_shared_is_not_asked_for(world: World) -> None:
    source, own = await theirs(world), await register(world)
    await take(world, own, "submission")

    local = await ask(world, source, basis=PURPOSE | {"level": "LOCAL_REGULATION"})
    yesterday = await ask(world, source, until_on=f"{world.clock().date() - timedelta(days=1)}")
    mine = await ask(world, own)
    handed_in = await ask(world, source, instead_of=own)
    by_nobody = await world.person("CASE_OFFICER").post("/v1/device-sharings", json={})
    path = f"/v1/device-sharings/{(await ask(world, source)).json()['sharing_id']}"
    refused = await owner(world).post(f"{path}/refusal", json={"reason": "画面不能外传。"})

    assert (local.status_code, local.json()["code"]) == (422, "DEV_PURPOSE_BASIS_MISSING")
    assert (yesterday.status_code, yesterday.json()["code"]) == (422, "DEV_SHARING_PERIOD")
    assert (mine.status_code, mine.json()["code"]) == (409, "DEV_SHARING_SOURCE")
    assert (handed_in.status_code, handed_in.json()["code"]) == (409, "DEV_SHARING_INSTEAD")
    assert by_nobody.status_code == 403
    assert (refused.status_code, refused.json()["state"], refused.json()["in_force"]) == (
        201,
        "REFUSED",
        False,
    )


@pytest.mark.law(PIPL_26)
async def test_NAT_15_a_shared_camera_feeds_enforcement_only_with_a_basis_for_its_purpose(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    source = {"agency": "示范市公安局", "basis": PURPOSE}
    refused = [
        (await admin.post("/v1/devices", json=registration(**order)))
        for order in (
            SHARED,
            SHARED | {"source": source | {"basis": PURPOSE | {"level": "LOCAL_REGULATION"}}},
            SHARED | {"source": source | {"basis": PURPOSE | {"until_on": "2025-01-01"}}},
            {"source": source},
        )
    ]
    taken_over = await admin.post("/v1/devices", json=registration(kind="SHARED_CAMERA", source=source))

    device = await register(world, **SHARED | {"source": source})
    shown = (await admin.get(f"/v1/devices/{device}")).json()

    assert {(each.status_code, each.json()["code"]) for each in refused} == {
        (422, "DEV_PURPOSE_BASIS_MISSING")
    }
    assert (taken_over.status_code, taken_over.json()["code"]) == (422, "DEV_SHARED_OWNER")
    assert (shown["shared_from"], shown["owner_type"]) == ("示范市公安局", "OTHER_AGENCY")


@pytest.mark.law(NJ_9, PIPL_26)
async def test_NAT_15_a_device_that_rests_on_a_sharing_is_out_of_use_when_its_owner_ends_it(
    world: World,
) -> None:
    path = await given(world, await theirs(world))
    source = {"agency": "示范市徐汇区城市管理局", "basis": PURPOSE, "sharing_id": path.rpartition("/")[2]}
    speed = registration()["functions"][0] | {"code": "CM-0301"}
    more = await world.person("DEVICE_ADMIN").post(
        "/v1/devices", json=registration(**SHARED, source=source, functions=[speed])
    )

    device = await register(world, **SHARED, source=source)
    for step in TO_PUBLISHED:
        assert (await take(world, device, step)).status_code == 201, step
    world.clock.advance(days=30)
    active = await take(world, device, "activation")
    await owner(world).post(f"{path}/end", json={"reason": "设备改作他用。"})
    ended_at = world.clock()
    world.clock.advance(minutes=1)
    await world.settle()
    stands = await world.person("DEVICE_ADMIN").get(
        f"/v1/devices/{device}/capability", params={"at": (ended_at + timedelta(seconds=1)).isoformat()}
    )
    resumed = await take(world, device, "resumption")

    assert (more.status_code, more.json()["code"]) == (409, "DEV_SHARING_ENDED")
    assert (active.status_code, active.json()["state"]) == (201, "ACTIVE")
    assert (await record_types(world, device))[-3:] == [
        "device.sharing_ended",
        "device.capability.invalidated",  # what it captured in the minute until the registry looked
        "device.suspended",
    ]
    assert (stands.json()["capability"]["lawful"], "E-DEV-04" in stands.json()["capability"]["codes"]) == (
        False,
        True,
    )
    assert [each["code"] for each in resumed.json()["violations"]] == ["DEV_SHARING_ENDED"]


@pytest.mark.law(NJ_9, PIPL_26)
async def test_NAT_15_an_imported_shared_camera_is_described_with_its_source(world: World) -> None:
    """D-T0b asks of an old device what D-T1 asks of a new one."""
    admin = world.person("DEVICE_ADMIN")
    imported = await send(admin, "设置地点,自编号,方向\n衡山路,A17,\n")
    device = imported.json()["rows"][0]["device_id"]
    path = await given(world, await theirs(world))
    source = {"agency": "示范市徐汇区城市管理局", "basis": PURPOSE, "sharing_id": path.rpartition("/")[2]}
    speed = registration()["functions"][0] | {"code": "CM-0301"}

    refused = [
        await admin.post(f"/v1/devices/{device}/description", json=registration(**order))
        for order in (
            SHARED,
            {"source": source},
            SHARED | {"source": source, "functions": [speed]},
        )
    ]
    described = await admin.post(
        f"/v1/devices/{device}/description", json=registration(**SHARED, source=source)
    )
    corrected = (await send(admin, "设置地点,自编号,方向\n衡山路,A17,由东向西\n")).json()
    shown = (await admin.get(f"/v1/devices/{device}")).json()
    submitted = await take(world, device, "submission")

    assert [(each.status_code, each.json()["code"]) for each in refused] == [
        (422, "DEV_PURPOSE_BASIS_MISSING"),
        (422, "DEV_PURPOSE_BASIS_MISSING"),
        (409, "DEV_SHARING_ENDED"),
    ]
    view = described.json()
    assert (described.status_code, view["shared_from"]) == (201, "示范市徐汇区城市管理局")
    assert view["agency_number"] == "A17"
    # What the agency said of the device since the import is not undone by a file.
    assert corrected["rows"][0]["outcome"] == "UPDATED"
    assert (shown["shared_from"], shown["direction"]) == ("示范市徐汇区城市管理局", "由东向西")
    assert submitted.status_code == 201, submitted.text
