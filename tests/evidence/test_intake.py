"""The answers to a camera at the GA/T 1400 door, and the rows and blobs that exist afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest
import sqlalchemy as sa

from common.door.uow import operational
from evidence.store import quarantine
from tests.evidence.camera import (
    Device,
    camera_in_service,
    captures,
    codes,
    grown,
    nonce_of,
    plate_of,
    row_counts,
    status,
)
from tests.evidence.intake.given import jpeg, picture, push
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

REGISTER, PUSH = "/VIID/System/Register", "/VIID/MotorVehicles"


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def test_a_camera_registers_lives_pushes_and_leaves(world: World, camera: Device) -> None:
    before = await row_counts(world)

    registered = await camera.register()
    alive = await camera.proved("/VIID/System/Keepalive", b'{"KeepaliveObject":{}}')
    pushed = await camera.push()
    gone = await camera.proved("/VIID/System/UnRegister", b'{"UnRegisterObject":{}}')
    after = await camera.call("POST", "/VIID/System/Keepalive", b'{"KeepaliveObject":{}}')

    assert [status(a) for a in (registered, alive, pushed, gone)] == [(200, 0)] * 4
    assert registered.json()["ResponseStatusObject"]["Id"] == camera.code
    assert registered.json()["ResponseStatusObject"]["StatusString"] == "OK"
    assert status(after) == (401, 4)
    assert len(pushed.headers["mingzheng-record"].split(", ")) == 1
    assert grown(before, await row_counts(world)) == {"captures": 1, "media": 2, "outbox": 1, "blobs": 3}


async def test_the_bytes_of_a_push_are_kept_as_they_came(world: World, camera: Device) -> None:
    await camera.register()
    body = push(camera.vehicle())

    await camera.proved(PUSH, body)

    row = (await captures(world))[0]
    assert row["body_sha256"] == hashlib.sha256(body).hexdigest()
    stream = f"evidence/{row['id']}"
    assert await world.sealed.get(row["body_sha256"], of=stream) == body
    assert await world.sealed.get(hashlib.sha256(jpeg(shade=90)).hexdigest(), of=stream) == jpeg(shade=90)
    assert (row["state"], row["flags"], row["violation_code"]) == (
        "INGESTED",
        ["TRANSPORT_DIGEST"],
        "CM-0107",
    )


async def test_the_plate_is_sealed_in_the_row_and_committed_to_in_the_record(
    world: World, camera: Device
) -> None:
    await camera.register()
    await camera.push()

    async with world.database("evidence") as connection:
        note = bytes(
            await connection.fetchval("SELECT note FROM outbox WHERE type = 'evidence.ingested'")
        ).decode()
        vault = await connection.fetchrow("SELECT field, stream, digest, sealed FROM disclosures")
    secrets = world.runtimes["evidence"].db.secrets
    opened = secrets.open_disclosure(vault["stream"], vault["field"], vault["digest"], vault["sealed"])
    digest = hashlib.sha256(
        opened.salt + json.dumps(["plate", "苏A12345"], ensure_ascii=False, separators=(",", ":")).encode()
    )
    row = (await captures(world))[0]
    assert "12345" not in note.partition("\n")[0].replace(camera.code, "")
    assert (vault["field"], opened.value) == ("plate", "苏A12345")
    assert digest.digest() == bytes(vault["digest"])
    assert vault["digest"].hex() in note
    assert "苏A12345".encode() not in row["subject"]
    assert await plate_of(world, row["id"]) == "苏A12345"


async def test_a_wrong_password_is_challenged_again_and_leaves_nothing(world: World, camera: Device) -> None:
    before = await row_counts(world)

    answer = await camera.digest(REGISTER, b"{}", password="wrong")

    assert status(answer) == (401, 4)
    assert answer.json()["ResponseStatusObject"] | {"LocalTime": ""} == {
        "Id": None, "RequestURL": REGISTER, "StatusCode": 4, "StatusString": "Unauthorized", "LocalTime": "",
    }  # fmt: skip
    assert nonce_of(answer)
    assert grown(before, await row_counts(world)) == {}


async def test_an_unknown_account_and_an_unlisted_device_leave_nothing(world: World, camera: Device) -> None:
    before = await row_counts(world)

    unknown = await camera.digest(REGISTER, b"{}", account="camnobody")
    odd = await camera.digest(REGISTER, b"{}", account="../devices")
    unlisted = await camera.digest(REGISTER, b'{"RegisterObject":{"DeviceID":"31010100001190009999"}}')

    assert (status(unknown), status(odd), status(unlisted)) == ((401, 4), (401, 4), (403, 4))
    assert "www-authenticate" not in unlisted.headers
    assert grown(before, await row_counts(world)) == {}


async def test_a_push_of_a_device_that_the_account_does_not_list_is_refused_item_by_item(
    world: World, camera: Device
) -> None:
    await camera.register()
    before = await row_counts(world)

    answer = await camera.push(camera.vehicle(DeviceID="31010100001190009999"))

    assert (status(answer), codes(answer)) == ((200, 4), [4])
    assert grown(before, await row_counts(world)) == {}


async def test_an_object_stands_while_one_of_its_pictures_can_be_read(world: World, camera: Device) -> None:
    await camera.register()
    whole, bare = jpeg(shade=90), jpeg(shade=91)[:-2]
    good = camera.vehicle(serial=1)
    good["SubImageList"]["SubImageInfoObject"] = [
        picture(b"GIF89a"), picture(Data="!!!!"), picture(whole), picture(bare),
        picture(jpeg(shade=92) + b"after the end"),
    ]  # fmt: skip
    broken = camera.vehicle(serial=2)
    broken["SubImageList"]["SubImageInfoObject"] = [picture(b"GIF89a"), picture(jpeg()[:2000])]
    before = await row_counts(world)

    kept = await camera.push(good)
    refused = await camera.push(broken)

    assert [codes(kept), status(kept)] == [[0], (200, 0)]
    assert [codes(refused), status(refused)] == [[8], (200, 8)]
    assert "JPEG" in refused.json()["ResponseStatusObject"]["StatusString"]
    row = (await captures(world))[0]
    odd = {"PICTURE_BROKEN", "PICTURE_TRUNCATED", "TRAILING_BYTES"}
    assert set(row["flags"]) == {*odd, "SHOT_TIMES_DIFFER", "TRANSPORT_DIGEST"}
    # The broken ones are in the message, byte for byte; the others are kept as they came, ends and all.
    stream = f"evidence/{row['id']}"
    assert await world.sealed.get(row["body_sha256"], of=stream) == push(good)
    assert await world.sealed.get(hashlib.sha256(bare).hexdigest(), of=stream) == bare
    assert grown(before, await row_counts(world)) == {
        "captures": 1, "media": 3, "outbox": 1, "blobs": 4, "quarantined_bodies": 1,
    }  # fmt: skip


async def test_a_push_of_which_nothing_could_be_read_is_kept_for_seven_days(
    world: World, camera: Device
) -> None:
    body = b"not json, and perhaps somebody's plate"

    answers = [await camera.proved(PUSH, body) for _ in range(2)]

    assert [status(a) for a in answers] == [(400, 7)] * 2
    async with operational(world.runtimes["evidence"].db) as conn:
        query = sa.text("SELECT sha256, account, device_code, reason, body FROM quarantined_bodies")
        [row] = (await conn.execute(query)).all()
        kept = await quarantine.get(conn, world.runtimes["evidence"].db.secrets, row.sha256)
    assert (kept, row.account, row.device_code, row.reason) == (
        body,
        camera.account,
        camera.code,
        "VIID_NOT_JSON",
    )
    assert body not in bytes(row.body)

    async def put(body: bytes, **shelf: int) -> bool:
        return await quarantine.put(
            world.runtimes["evidence"].db,
            camera.account,
            camera.code,
            sha256=hashlib.sha256(body).hexdigest(),
            body=body,
            reason="VIID_NOT_JSON",
            now=world.clock(),
            shelf=quarantine.Shelf(**shelf),
        )

    others = [b"another %d" % n for n in range(4)]
    assert await put(body, bodies_of_account=1)
    assert not await put(others[0], bytes_of_account=len(row.body) + 20)
    assert not await put(others[0], bytes_of_all=len(row.body) + 20)
    kept_at_once = await asyncio.gather(*(put(each, bodies_of_account=3) for each in others))
    assert sorted(kept_at_once) == [False, False, True, True]
    assert (await row_counts(world))["quarantined_bodies"] == 3
    world.clock.advance(days=8)
    await world.settle()
    assert (await row_counts(world))["quarantined_bodies"] == 0


async def test_of_three_objects_the_broken_one_is_refused_and_the_others_are_taken(
    world: World, camera: Device
) -> None:
    await camera.register()
    before = await row_counts(world)
    bare = camera.vehicle(serial=2)
    del bare["SubImageList"]

    answer = await camera.push(camera.vehicle(serial=1), bare, camera.vehicle(serial=3, shade=120))

    assert codes(answer) == [0, 8, 0]
    assert status(answer) == (200, 8)
    assert len(answer.headers["mingzheng-record"].split(", ")) == 2
    assert grown(before, await row_counts(world)) == {"captures": 2, "media": 4, "outbox": 2, "blobs": 5}


async def test_the_same_push_twice_is_one_capture_and_two_records(world: World, camera: Device) -> None:
    await camera.register()
    thing = camera.vehicle()
    first = await camera.push(thing)
    before = await row_counts(world)

    second = await camera.push(thing)

    assert (status(first), status(second)) == ((200, 0), (200, 0))
    assert first.headers["mingzheng-record"] != second.headers["mingzheng-record"]
    assert grown(before, await row_counts(world)) == {"outbox": 1}
    assert [row["duplicate_count"] for row in await captures(world)] == [2]


async def test_eight_equal_pushes_at_once_are_one_capture(world: World, camera: Device) -> None:
    await camera.register()
    thing = camera.vehicle()

    answers = await asyncio.gather(*(camera.push(thing) for _ in range(8)))

    assert [status(a) for a in answers] == [(200, 0)] * 8
    assert [row["duplicate_count"] for row in await captures(world)] == [8]


async def test_the_same_id_with_another_picture_is_another_version(world: World, camera: Device) -> None:
    await camera.register()
    thing = camera.vehicle()
    await camera.push(thing)

    answer = await camera.push(thing | {"SubImageList": camera.vehicle(shade=200)["SubImageList"]})

    old, new = await captures(world)
    assert status(answer) == (200, 0)
    assert (new["version_of"], new["flags"]) == (old["id"], ["ID_REUSED", "TRANSPORT_DIGEST"])
    assert old["flags"] == ["TRANSPORT_DIGEST"]


async def test_a_clock_that_runs_ahead_is_stored_and_flagged_and_fails(world: World, camera: Device) -> None:
    await camera.register()
    thing = camera.vehicle()
    world.clock.advance(seconds=1)
    ahead = {name: str(int(thing[name]) + 1000) for name in ("PassTime",)}

    answer = await camera.push(thing | ahead)
    await world.settle()

    row = (await captures(world))[0]
    assert status(answer) == (200, 0)
    assert "CLOCK_SKEW" in row["flags"]
    assert (row["state"], row["check_codes"]) == ("TECH_FAILED", ["E-INT-04"])


async def test_without_a_proof_everything_is_challenged(world: World, camera: Device) -> None:
    before = await row_counts(world)
    camera.headers["user-identify"] = camera.code

    answers = [
        await camera.push_unproved(),
        await camera.call("POST", "/VIID/System/Keepalive", b'{"KeepaliveObject":{}}'),
        await camera.call("GET", "/VIID/System/Keepalive"),
        await camera.call("POST", "/VIID/System/Unregister", b'{"UnRegisterObject":{}}'),
    ]

    assert [status(a) for a in answers] == [(401, 4)] * 4
    assert all(nonce_of(a) for a in answers)
    assert grown(before, await row_counts(world)) == {}


async def test_a_digest_answer_on_the_push_itself_is_enough(world: World, camera: Device) -> None:
    answer = await camera.digest(PUSH, push(camera.vehicle()))

    assert status(answer) == (200, 0)
    assert len(await captures(world)) == 1


async def test_anyone_may_ask_for_the_time(world: World, camera: Device) -> None:
    answer = await camera.call("GET", "/VIID/System/Time")

    time = answer.json()["SystemTimeObject"]
    assert answer.status_code == 200
    assert set(time) == {"VIIDServerID", "TimeMode", "LocalTime", "TimeZone"}
    own_id = world.runtimes["evidence"].profile.evidence.viid_server_id
    assert time["VIIDServerID"] == own_id == "31000000005030000001"
    assert (time["TimeMode"], time["TimeZone"], len(time["LocalTime"])) == ("1", "UTC/GMT+08:00", 14)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/VIID/VehiclesFlows", (404, 4)),
        ("POST", "/VIID/Extend/ExtendFaceRecognition", (404, 4)),
        ("GET", "/VIID/NonMotorVehicles", (501, 4)),
        ("GET", "/VIID/Lanes", (501, 4)),
        ("GET", "/VIID/MotorVehicles", (501, 4)),
        ("POST", "/VIID/Faces", (403, 4)),
        ("POST", "/VIID/Persons/1/Data", (403, 4)),
    ],
)
async def test_a_resource_that_is_not_built_is_answered_in_the_protocol(
    world: World, camera: Device, method: str, path: str, expected: tuple[int, int]
) -> None:
    assert status(await camera.call(method, path, b"{}")) == expected


async def test_fsck_finds_nothing_wrong_after_pushes_and_duplicates(world: World, camera: Device) -> None:
    await camera.register()
    await camera.push(camera.vehicle(serial=1), camera.vehicle(serial=2, shade=10))
    await camera.push(camera.vehicle(serial=1))
    await world.settle()

    assert (await world.fsck()).findings == []
