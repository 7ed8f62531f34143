"""Objects whose pictures are not all here: acknowledged when they are durable, captures when they are whole."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.app import create
from tests.evidence.camera import Device, camera_in_service, captures, codes, row_counts, status
from tests.evidence.elsewhere import (
    PictureServer,
    by_url,
    held_rows,
    ids_of,
    image,
    images,
    pictures_elsewhere,
)
from tests.evidence.intake.given import jpeg, picture
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

IMAGES = "/VIID/Images"


@pytest.fixture
async def camera(world: World) -> Device:
    made = await camera_in_service(world)
    made.headers["user-identify"] = made.code
    return made


async def after_a_restart(world: World) -> None:
    """What a fresh process does with the objects on hold: it remembers nothing of the pushes."""
    app = create(world.runtimes["evidence"])
    await next(job for job in app.state.jobs if job.name == "held").run(world.runtimes["evidence"])
    app.state.intake.decoders.close()


def with_files(server: PictureServer, *shades: int) -> list[str]:
    """The addresses of pictures of these shades."""
    server.files |= {f"/{shade}.jpg": jpeg(shade=shade) for shade in shades}
    return [server.url(f"/{shade}.jpg") for shade in shades]


async def test_pictures_by_url_are_fetched_from_listed_hosts_and_become_a_capture(
    world: World, camera: Device
) -> None:
    async with pictures_elsewhere() as server:
        await camera.issue(media_hosts=[server.host, "169.254.169.254"])
        urls = with_files(server, 10, 20)
        late = server.url("/late.jpg")
        metadata = "http://169.254.169.254/latest/meta-data"
        first, second = (
            by_url(camera.vehicle(serial=1), *urls),
            by_url(camera.vehicle(serial=2), urls[0], late),
        )
        third = by_url(camera.vehicle(serial=3), metadata)
        answers = await asyncio.gather(*(camera.push(first, second, third) for _ in range(8)))
        refused = [
            await camera.push(by_url(camera.vehicle(serial=4), url))
            for url in ("http://10.1.2.3/a.jpg", "http://127.0.0.1/a.jpg", "file:///etc/hostname",
                        f"http://user@{server.host}/10.jpg", f"https://{server.host}.example/10.jpg", "not an address")
        ]  # fmt: skip
        rows = await held_rows(world)
        reader = (await world.person("EVIDENCE_REVIEWER").get("/v1/held-captures?limit=2")).json()
        rest = f"/v1/held-captures?limit=2&cursor={reader['next_cursor']}"
        admin = (await world.person("DEVICE_ADMIN").get(rest)).json()
        stranger = await world.person("EVIDENCE_REVIEWER", 1).get("/v1/held-captures")
        officer = await world.person("CASE_OFFICER").get("/v1/held-captures")

        assert [(status(a), codes(a)) for a in answers] == [((200, 0), [0, 0, 0])] * 8
        assert [codes(a) for a in refused] == [[4]] * 6
        day = timedelta(hours=24)
        assert [(row["state"], row["until"] - row["received_at"]) for row in rows] == [
            ("PENDING_MEDIA", day)
        ] * 3
        shown = reader["items"] + admin["items"]
        assert {view["object_id"]: view["awaited"] for view in shown} == {
            thing["MotorVehicleID"]: n for thing, n in ((first, 2), (second, 2), (third, 1))
        }
        assert (stranger.json()["items"], officer.status_code) == ([], 403)

        # The answer above is a promise: nothing in memory may be needed to keep it.
        restarted_at = world.clock.advance(minutes=5)
        await after_a_restart(world)
        await world.settle()

        [row] = await captures(world)
        assert (row["object_id"], row["received_at"] >= restarted_at) == (first["MotorVehicleID"], True)
        assert row["flags"] == ["MEDIA_BY_URL", "TRANSPORT_DIGEST"]
        stream = f"evidence/{row['id']}"
        assert await world.sealed.get(hashlib.sha256(jpeg(shade=10)).hexdigest(), of=stream) == jpeg(shade=10)
        waiting = {held["object_id"]: held["reason"] for held in await held_rows(world)}
        assert waiting == {
            second["MotorVehicleID"]: "FETCH_REFUSED:STATUS", third["MotorVehicleID"]: "FETCH_REFUSED:ADDRESS",
        }  # fmt: skip
        assert server.asked.count("/10.jpg") == 2

        world.clock.advance(minutes=1)
        server.files["/late.jpg"] = jpeg(shade=30)
        await world.settle()

        assert server.asked.count("/10.jpg") == 2, "the picture that had come was kept"
        assert [row["object_id"] for row in await captures(world)] == [
            first["MotorVehicleID"], second["MotorVehicleID"],
        ]  # fmt: skip

        world.clock.advance(hours=24)
        await world.settle()

        [given_up] = await held_rows(world)
        assert (given_up["state"], given_up["reason"]) == ("GIVEN_UP", "FETCH_REFUSED:ADDRESS")
        assert (await row_counts(world))["quarantined_bodies"] == 1
        assert (await world.fsck()).clean


async def test_a_picture_that_never_comes_leaves_a_capture_of_the_others(
    world: World, camera: Device
) -> None:
    async with pictures_elsewhere() as server:
        await camera.issue(media_hosts=[server.host])
        moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n"
        server.answers["/moved.jpg"] = moved
        server.files["/text.jpg"] = b"no picture at all"
        [good] = with_files(server, 40)
        inline = picture(jpeg(shade=50))
        mixed = by_url(camera.vehicle(serial=1), good, server.url("/moved.jpg"))
        mixed["SubImageList"]["SubImageInfoObject"].append(inline)
        unreadable = by_url(camera.vehicle(serial=2), server.url("/text.jpg"))
        elsewhere = by_url(camera.vehicle(serial=3), "http://10.9.9.9/a.jpg")
        elsewhere["SubImageList"]["SubImageInfoObject"].append(inline)
        by_field = camera.vehicle(serial=4) | {
            "SubImageList": {"SubImageInfoObject": []},
            "StorageUrl3": good,
        }

        assert codes(await camera.push(mixed, unreadable, elsewhere, by_field)) == [0, 0, 0, 0]
        at_once = [row["object_id"] for row in await captures(world)]
        await world.settle()
        world.clock.advance(hours=24)
        await world.settle()

    rows = {row["object_id"]: row for row in await captures(world)}
    assert at_once == [elsewhere["MotorVehicleID"]], "a host that is not listed keeps no picture waiting"
    assert set(rows) == {thing["MotorVehicleID"] for thing in (mixed, elsewhere, by_field)}
    assert {"MEDIA_BY_URL", "MEDIA_MISSING"} <= set(rows[mixed["MotorVehicleID"]]["flags"])
    assert "MEDIA_MISSING" not in rows[by_field["MotorVehicleID"]]["flags"]
    [given_up] = await held_rows(world)
    assert (given_up["object_id"], given_up["state"]) == (unreadable["MotorVehicleID"], "GIVEN_UP")
    assert given_up["reason"] == "VIID_ITEM_BROKEN_PICTURE"
    world.clock.advance(days=8)
    await world.settle()
    assert await held_rows(world) == []
    async with world.database("evidence") as connection:
        assert await connection.fetchval("SELECT count(*) FROM held_messages") == 0
        assert await connection.fetchval("SELECT count(*) FROM held_parts") == 0


async def test_an_image_is_a_capture_of_each_of_its_vehicles_in_one_phase_or_two(
    world: World, camera: Device
) -> None:
    whole = jpeg(shade=60)
    one, two, three = (camera.vehicle(serial=n, PlateNo=f"苏A1234{n}") for n in (1, 2, 3))
    wrong = "0" * 64

    at_once = await camera.proved(
        IMAGES,
        images(
            image(one, whole, FileHash=hashlib.sha256(whole).hexdigest().upper()),
            image(two, whole, FileHash=wrong),
            {"ImageInfo": {"ImageID": "lonely"}, "Data": base64.b64encode(whole).decode()},
        ),
    )
    path = f"{IMAGES}/{three['SourceID']}/Data"
    early = await camera.proved(path, base64.b64encode(whole))
    announced = await camera.proved(IMAGES, images(image(three, FileHash=wrong)))
    before = len(await captures(world))
    broken = await camera.proved(path, base64.b64encode(b"no picture"))
    come = await camera.proved(path, base64.b64encode(whole))
    await world.settle()
    again = await camera.proved(path, b'{"ImageObject": {"Data": "%s"}}' % base64.b64encode(whole))

    assert ids_of(at_once) == [(one["SourceID"], 0), (two["SourceID"], 0), ("lonely", 8)]
    assert [(status(a), ids_of(a)[0][1]) for a in (early, announced, broken, come, again)] == [
        ((200, 4), 4), ((200, 0), 0), ((200, 8), 8), ((200, 0), 0), ((200, 0), 0),
    ]  # fmt: skip
    rows = {row["object_id"]: row["flags"] for row in await captures(world)}
    assert before == 2
    assert rows == {
        one["MotorVehicleID"]: ["TRANSPORT_DIGEST"],
        two["MotorVehicleID"]: ["HASH_MISMATCH", "TRANSPORT_DIGEST"],
        three["MotorVehicleID"]: ["HASH_MISMATCH", "MEDIA_LATER", "TRANSPORT_DIGEST"],
    }
    assert await held_rows(world) == []


async def test_an_announced_image_is_waited_for_ten_minutes_and_two_at_once_complete_it_once(
    world: World, camera: Device
) -> None:
    missed, pair = camera.vehicle(serial=1), camera.vehicle(serial=2)
    await camera.proved(IMAGES, images(image(missed)))
    second = pair["SourceID"][:-5] + "77777"
    announced = image(pair)
    other = {"ImageID": second, "Type": "02"}
    announced["MotorVehicleList"]["MotorVehicleObject"][0]["SubImageList"] = {"SubImageInfoObject": [other]}
    in_one = await camera.proved(IMAGES, images(announced))

    both = await asyncio.gather(
        *(camera.digest(f"{IMAGES}/{id}/Data", base64.b64encode(jpeg(shade=shade)))
          for id, shade in ((pair["SourceID"], 70), (second, 80)) for _ in range(2))
    )  # fmt: skip
    world.clock.advance(minutes=9)
    await after_a_restart(world)
    await world.settle()
    rows = await captures(world)
    world.clock.advance(minutes=1)
    await world.settle()

    assert status(in_one)[0] == 200
    assert [ids_of(a) for a in both] == [[(id, 0)] for id in (pair["SourceID"], second) for _ in range(2)]
    assert [(row["object_id"], row["duplicate_count"]) for row in rows] == [(pair["MotorVehicleID"], 1)]
    [given_up] = await held_rows(world)
    assert (given_up["object_id"], given_up["reason"]) == (
        missed["MotorVehicleID"],
        "VIID_ITEM_MEDIA_NOT_SENT",
    )
    assert (await row_counts(world))["quarantined_bodies"] == 1


async def test_video_and_files_are_refused_in_the_protocol(world: World, camera: Device) -> None:
    before = await row_counts(world)

    answers = [
        await camera.proved(path, b'{"VideoSliceListObject": {"VideoSlice": []}}')
        for path in ("/VIID/VideoSlices", "/VIID/VideoSlices/1/Data", "/VIID/Files", "/VIID/Files/1/Data")
    ]

    assert [(status(a), codes(a)) for a in answers] == [((501, 4), [4])] * 4
    assert await row_counts(world) == before


async def test_a_slow_host_keeps_its_own_account_waiting_and_no_other(world: World, camera: Device) -> None:
    other = replace(camera, headers=dict(camera.headers))
    async with pictures_elsewhere() as server:
        for each in (camera, other):
            await each.issue(media_hosts=[server.host])
        paths = [f"/slow/{n}.jpg" for n in range(1, 21)]
        server.files |= {path: jpeg(shade=n) for n, path in enumerate(paths, 50)}
        slow = [by_url(camera.vehicle(serial=n), server.url(path)) for n, path in enumerate(paths, 1)]
        quick = by_url(other.vehicle(serial=40), *with_files(server, 10))
        assert codes(await camera.push(*slow)) == [0] * 20
        assert codes(await other.push(quick)) == [0]

        going = asyncio.create_task(after_a_restart(world))
        async with asyncio.timeout(20):
            while not (taken := await captures(world)):
                await asyncio.sleep(0.05)
        assert [row["object_id"] for row in taken] == [quick["MotorVehicleID"]]
        # The last four places are for accounts that have none.
        assert sum(path in server.asked for path in paths) in (11, 12), "the places of one account"
        server.hurry.set()
        await going

        assert {row["object_id"] for row in await captures(world)} == {
            thing["MotorVehicleID"] for thing in (*slow, quick)
        }
        assert await held_rows(world) == []
