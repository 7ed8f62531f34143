"""Platforms push captures as notifications: each vehicle is a capture, each notification has one answer."""

from __future__ import annotations

import asyncio

import pytest

from tests.evidence.camera import Device, camera_in_service, captures, row_counts, second_camera, status
from tests.evidence.elsewhere import HOST, by_url, ids_of, notification, notifications, pictures_elsewhere
from tests.evidence.intake.given import jpeg
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

PATH = "/VIID/SubscribeNotifications"


async def test_a_platform_pushes_the_captures_of_its_cameras_as_notifications(world: World) -> None:
    platform, other = await camera_in_service(world), await second_camera(world)
    stranger = "31010100001190009999"
    async with pictures_elsewhere() as server:
        server.files["/a.jpg"] = jpeg(shade=33)
        await platform.issue(host_code=HOST, media_hosts=[server.host])
        listed = await world.person("DEVICE_ADMIN").post(
            f"/v1/push-accounts/{platform.account}/devices", json={"device_ids": [other.id]}
        )
        platform.headers["user-identify"] = HOST
        one, two, three = (
            platform.vehicle(serial=1),
            other.vehicle(serial=2, shade=20),
            platform.vehicle(serial=3),
        )
        elsewhere = by_url(other.vehicle(serial=4, PlateNo="苏A00004"), server.url("/a.jpg"))
        unlisted = platform.vehicle(serial=5, DeviceID=stranger)
        bare = platform.vehicle(serial=6) | {"SubImageList": {}}
        body = notifications(
            notification("n1", one, two),
            notification("n2", three, unlisted),
            notification("n3", elsewhere, DeviceList={"APEObject": [{"ApeID": platform.code}]}),
            notification("n4", bare),
            notification("n5"),
            notification("n6", FaceObjectList={"FaceObject": [{"FaceID": "1"}]}),
            notification(
                "n7", APEStatusList={"APEStatusObject": [{"ApeID": platform.code, "IsOnline": "1"}]}
            ),
        )

        answer = await platform.proved(PATH, body)
        again = await platform.proved("/VIID/Subscribe/Notifications", body)
        before_fetch = {row["object_id"] for row in await captures(world)}
        await world.settle()

    expected = [("n1", 0), ("n2", 4), ("n3", 0), ("n4", 8), ("n5", 8), ("n6", 4), ("n7", 0)]
    assert listed.status_code == 201
    assert (status(answer), ids_of(answer), ids_of(again)) == ((200, 4), expected, expected)
    taken = [thing["MotorVehicleID"] for thing in (one, two, three)]
    assert before_fetch == set(taken)
    rows = {row["object_id"]: row for row in await captures(world)}
    assert set(rows) == {*taken, elsewhere["MotorVehicleID"]}
    assert [rows[id]["duplicate_count"] for id in taken] == [2, 2, 2]
    assert rows[two["MotorVehicleID"]]["device_id"] == other.id
    assert rows[elsewhere["MotorVehicleID"]]["flags"] == ["MEDIA_BY_URL", "TRANSPORT_DIGEST"]
    unread = [
        await platform.proved(PATH, body)
        for body in (notifications(), b'{"SubscribeNotificationObject": []}', b"[]")
    ]
    assert [status(a) for a in unread] == [(400, 7)] * 3
    assert (await world.fsck()).clean


async def test_eight_equal_notifications_at_once_are_one_capture(world: World) -> None:
    platform = await camera_in_service(world)
    platform.headers["user-identify"] = platform.code
    async with pictures_elsewhere() as server:
        server.files["/a.jpg"] = jpeg(shade=33)
        await platform.issue(media_hosts=[server.host])
        inline, fetched = platform.vehicle(serial=1), by_url(platform.vehicle(serial=2), server.url("/a.jpg"))
        body = notifications(notification("n1", inline), notification("n2", fetched))

        answers = await asyncio.gather(*(platform.digest(PATH, body) for _ in range(8)))
        waiting = await row_counts(world)
        await asyncio.gather(world.settle(), *(platform.digest(PATH, body) for _ in range(2)))
        await world.settle()

    assert [ids_of(a) for a in answers] == [[("n1", 0), ("n2", 0)]] * 8
    assert waiting["captures"] == 1
    assert [row["object_id"] for row in await captures(world)] == [
        inline["MotorVehicleID"],
        fetched["MotorVehicleID"],
    ]


async def test_a_notification_is_taken_from_a_proved_account_alone(world: World) -> None:
    camera: Device = await camera_in_service(world)
    before = await row_counts(world)

    answer = await camera.call("POST", PATH, notifications(notification("n1", camera.vehicle())))
    subscribed = await camera.call("POST", "/VIID/Subscribes", b"{}")

    assert status(answer) == (401, 4)
    assert status(subscribed) == (501, 4)
    assert await row_counts(world) == before
