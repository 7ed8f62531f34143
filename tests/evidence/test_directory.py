"""The directory of GA/T 1400: a platform above reads the devices of its account, and changes none of them."""

from __future__ import annotations

import json

import pytest

from tests.evidence.camera import camera_in_service, row_counts, second_camera, status
from tests.evidence.elsewhere import HOST, get, ids_of
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

APE = "ApeID Name Model IPAddr Port Longitude Latitude PlaceCode Place IsOnline FunctionType"


async def test_a_platform_reads_the_devices_of_its_account_and_no_other(world: World) -> None:
    platform, other = await camera_in_service(world), await second_camera(world)
    await platform.issue(host_code=HOST)
    platform.headers["user-identify"] = HOST

    alone = (await get(platform, "/VIID/APEs")).json()["APEListObject"]
    await world.person("DEVICE_ADMIN").post(
        f"/v1/push-accounts/{platform.account}/devices", json={"device_ids": [other.id]}
    )
    lists = {
        query: (await get(platform, f"/VIID/APEs{query}")).json()["APEListObject"]
        for query in ("", f"?IDList={other.code},31010100001190009999", "?RecordStartNo=2&PageRecordNum=1",
                      "?(RecordStartNo=1)&PageRecordNum=5000")
    }  # fmt: skip
    empty = (await get(platform, "/VIID/Tollgates")).json()["TollgateListObject"]
    systems = (await get(platform, "/VIID/APSs")).json()["APSListObject"]
    server = (await get(platform, "/VIID/VIIDServers")).json()["VIIDServerListObject"]
    odd = [
        await get(platform, f"/VIID/APEs?{query}")
        for query in ("IDList=1%2C2", "RecordStartNo=0", "(APE.Name%20LIKE%20'x')=1", "PageRecordNum=-1")
    ]
    later = await platform.call("GET", "/VIID/Lanes")
    stranger = await platform.call("GET", "/VIID/APEs")

    codes = sorted((platform.code, other.code))
    assert [ape["ApeID"] for ape in alone["APEObject"]] == [platform.code]
    assert set(alone["APEObject"][0]) == set(APE.split())
    assert alone["APEObject"][0]["Longitude"] > 70
    found = {query: [ape["ApeID"] for ape in listed["APEObject"]] for query, listed in lists.items()}
    assert list(found.values()) == [codes, [other.code], codes[1:], codes]
    assert [listed["TotalNum"] for listed in lists.values()] == [2, 1, 2, 2]
    assert (empty["TotalNum"], empty["TollgateObject"], systems["APSObject"]) == (0, [], [])
    assert server["VIIDServerObject"][0]["VIIDServerID"] == "31000000005030000001"
    assert [status(a) for a in odd] == [(400, 7)] * 4
    assert (status(later), status(stranger)) == ((501, 4), (401, 4))


async def test_a_directory_that_is_pushed_is_answered_and_changes_nothing(world: World) -> None:
    camera = await camera_in_service(world)
    camera.headers["user-identify"] = camera.code
    before = await row_counts(world)
    async with world.database("device-registry") as db:
        registered = await db.fetch("SELECT * FROM devices ORDER BY id")

    def pushed(*codes: str) -> bytes:
        apes = [{"ApeID": code, "Name": "renamed", "Longitude": 1.0, "Latitude": 1.0} for code in codes]
        return json.dumps({"APEListObject": {"APEObject": apes}}).encode()

    mine = await camera.proved("/VIID/APEs", pushed(camera.code))
    mixed = await camera.proved("/VIID/APEs", pushed(camera.code, "31010100001190009999"))
    none = await camera.proved("/VIID/APEs", pushed())
    admin = world.person("DEVICE_ADMIN")
    counted = (await admin.get("/v1/intake/rejects")).json()["items"]

    assert (status(mine), ids_of(mine)) == ((200, 0), [(camera.code, 0)])
    assert ids_of(mixed) == [(camera.code, 0), ("31010100001190009999", 4)]
    assert status(none) == (400, 7)
    assert ("VIID_DEVICE_NOT_LISTED", 1) in [(each["reason"], each["count"]) for each in counted]
    assert await row_counts(world) == before
    async with world.database("device-registry") as db:
        assert await db.fetch("SELECT * FROM devices ORDER BY id") == registered
