"""The passwords of cameras end, and are replaced while the old ones still work (NJ 8)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from device_registry.contract import DeviceRegistry
from tests.device_registry.stories import TO_PUBLISHED, record_types, register, take
from tests.device_registry.test_findings import by_hand, confirmed
from tests.given import IN_SERVICE, a_camera_in_service
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)
HOST = "31010100005030000001"


async def status(world: World, account: str, password: str, code: str) -> int:
    """What the intake of evidence answers to this account now."""
    answer = await world.http.post(
        "/VIID/System/Register",
        json={"RegisterObject": {"DeviceID": code}},
        headers={"user-identify": code},
        auth=httpx.DigestAuth(account, password),
    )
    return answer.status_code


async def rotated(world: World, account: str, *, overlap_d: int = 7) -> dict[str, Any]:
    answer = await world.person("DEVICE_ADMIN").post(
        f"/v1/push-accounts/{account}/rotation", json={"overlap_d": overlap_d}
    )
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_an_account_speaks_in_its_window_and_not_a_minute_longer(world: World) -> None:
    camera = await a_camera_in_service(world)
    now = world.clock()
    window = {
        "valid_from": (now + timedelta(hours=1)).isoformat(),
        "valid_until": (now + timedelta(hours=2)).isoformat(),
    }
    admin, path = world.person("DEVICE_ADMIN"), f"/v1/devices/{camera.id}/push-accounts"
    issued = (await admin.post(path, json=window)).json()
    backwards = await admin.post(path, json=window | {"valid_until": window["valid_from"]})
    for_ever = await admin.post(path, json={"valid_until": (now + timedelta(days=1096)).isoformat()})

    answers = [await status(world, issued["account"], issued["password"], camera.code)]
    for seconds in (3_600, 3_500, 100):
        world.clock.advance(seconds=seconds)
        answers.append(await status(world, issued["account"], issued["password"], camera.code))

    assert answers == [401, 200, 200, 401]
    assert backwards.json()["code"] == for_ever.json()["code"] == "DEV_ACCOUNT_PERIOD"


async def test_a_rotated_account_works_beside_its_successor_for_the_overlap_and_no_longer(
    world: World,
) -> None:
    camera = await a_camera_in_service(world)

    new = await rotated(world, camera.account)
    both = [
        await status(world, account, password, camera.code)
        for account, password in (
            (camera.account, camera.password),
            (new["issued"]["account"], new["issued"]["password"]),
        )
    ]
    world.clock.advance(days=7, seconds=61)
    old = await status(world, camera.account, camera.password, camera.code)
    successor = await status(world, new["issued"]["account"], new["issued"]["password"], camera.code)

    assert (both, old, successor) == ([200, 200], 401, 200)
    assert (await record_types(world, camera.id))[-2:] == ["device.account_issued", "device.account_rotated"]
    assert (await world.fsck()).clean


async def test_of_eight_rotations_at_once_one_replaces_the_account_and_its_password_is_shown_once(
    world: World,
) -> None:
    camera = await a_camera_in_service(world)
    admin, path = world.person("DEVICE_ADMIN"), f"/v1/push-accounts/{camera.account}/rotation"
    order = {"overlap_d": 1}

    answers = await asyncio.gather(*(admin.post(path, json=order) for _ in range(8)))
    successor = next(a.json()["issued"]["account"] for a in answers if a.status_code == 201)
    first = await admin.post(f"/v1/push-accounts/{successor}/rotation", json=order, key="rotate-once")
    again = await admin.post(f"/v1/push-accounts/{successor}/rotation", json=order, key="rotate-once")
    stranger = await world.person("DEVICE_ADMIN", 1).post(path, json=order)
    nobody = await world.person("AGENCY_HEAD").post(path, json=order)
    too_long = await admin.post(f"/v1/push-accounts/{successor}/rotation", json={"overlap_d": 31})

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert first.json()["issued"]["password"]
    assert again.json()["issued"] == first.json()["issued"] | {"password": None}
    assert (stranger.status_code, nobody.status_code) == (404, 403)
    assert too_long.json()["code"] == "DEV_ACCOUNT_ROTATED"


async def test_a_hundred_accounts_are_rotated_at_once_and_each_says_what_became_of_it(world: World) -> None:
    camera = await a_camera_in_service(world)
    admin, path = world.person("DEVICE_ADMIN"), f"/v1/devices/{camera.id}/push-accounts"
    host = (await admin.post(path, json={"host_code": HOST, "sessions": True})).json()["account"]
    lost = (await admin.post(path, json={})).json()["account"]
    await admin.post(f"/v1/push-accounts/{lost}/revocation", json={"reason": "LOST"})
    named = [lost, host, "camnowhere222", camera.account]

    bulk = await admin.post("/v1/push-account-rotations", json={"accounts": named, "overlap_d": 3})
    until = (world.clock() + timedelta(days=2000)).isoformat()
    ending = (await admin.get("/v1/push-accounts", params={"ending_before": until})).json()["items"]
    every = (await admin.get("/v1/push-accounts")).json()["items"]

    items = bulk.json()["items"]
    assert [(item["account"], item["status"]) for item in items] == list(
        zip(named, [409, 201, 404, 201], strict=True)
    )
    assert items[0]["fault"]["code"] == "DEV_ACCOUNT_REVOKED"
    assert items[1]["result"]["issued"]["host_code"] == HOST
    assert {each["account"] for each in ending} == {items[n]["result"]["issued"]["account"] for n in (1, 3)}
    assert {each["state"] for each in every if each["account"] == lost} == {"REVOKED"}
    assert (await world.person("DEVICE_ADMIN", 1).get("/v1/push-accounts")).json()["items"] == []


async def test_a_hosts_account_is_rotated_although_one_of_its_cameras_is_out_of_use(world: World) -> None:
    """The list goes on without the cameras that are stopped, also where the account began with one of them."""
    camera, admin = await a_camera_in_service(world), world.person("DEVICE_ADMIN")
    others = [await installed(world, f"3101010000119000007{n}") for n in range(2)]
    hosts = []
    for device, further in ((camera.id, others), (others[0], [camera.id])):
        issued = await admin.post(f"/v1/devices/{device}/push-accounts", json={"host_code": HOST})
        hosts.append(issued.json()["account"])
        order = {"device_ids": further}
        assert (await admin.post(f"/v1/push-accounts/{hosts[-1]}/devices", json=order)).status_code == 201
    alone = (await admin.post(f"/v1/devices/{camera.id}/push-accounts", json={"host_code": HOST})).json()
    await confirmed(world, await by_hand(world, camera.id))
    stopped = (await admin.get(f"/v1/devices/{camera.id}")).json()["state"]

    new = [(await rotated(world, host))["issued"] for host in hosts]
    registry = DeviceRegistry(world.runtimes["evidence"].peers)
    spoken_for = [set((await registry.push_account(issued["account"])).devices.values()) for issued in new]
    refused = [
        await admin.post(f"/v1/push-accounts/{account}/rotation", json={"overlap_d": 1})
        for account in (alone["account"], camera.account)
    ]

    assert stopped == "STOPPED"
    # The first one stays the account of the camera with which it began: its captures are refused by its state.
    assert spoken_for == [{camera.id, *others}, {others[0]}]
    assert {(each.status_code, each.json()["code"]) for each in refused} == {
        (409, "DEV_TRANSITION_NOT_ALLOWED")
    }
    assert (await world.fsck()).clean


async def installed(world: World, code: str) -> str:
    """Another device of the same agency, as far as INSTALLED."""
    device = await register(world, device_code=code)
    for step in TO_PUBLISHED[: TO_PUBLISHED.index("installation") + 1]:
        answer = await take(world, device, step)
        assert answer.status_code == 201, (step, answer.text)
    return device
