"""More than sixty pushes that nobody should send, each with its listed answer; docs/INTAKE.md lists the same."""

from __future__ import annotations

import gzip
import json
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.evidence.camera import (
    Device,
    camera_in_service,
    captures,
    codes,
    row_counts,
    second_camera,
    status,
)
from tests.evidence.intake.given import jpeg, picture, push
from tests.evidence.intake.test_images import bomb
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

PUSH = "/VIID/MotorVehicles"
PLATE = "苏A1Z2Y3"


@dataclass(frozen=True)
class Sent:
    """A push and the answer to it: HTTP status, StatusCode of each object, and the reason that is counted."""

    name: str
    body: bytes
    http: int
    codes: tuple[int, ...]
    reason: str


def bodies_without_json(good: str) -> list[Sent]:
    """Messages that are no JSON object: 400 with StatusCode 7."""
    json_ = {
        "empty": b"", "blank": b" \n", "nul": b"\0\0", "words": b"not json", "open": b"{", "cut": good.encode()[:-1],
        "comma": b'{"a":1,}', "single quotes": b"{'a':1}", "comment": b'{"a":1/*x*/}', "text": b'"text"',
        "no text": b'""',
        "number": b"1", "null": b"null", "true": b"true", "nan": b"NaN", "nan within": b'{"a":NaN}',
        "infinity": b'{"a":-Infinity}', "control": b'{"a":"\x01"}', "escape": b'{"a":"\\x"}',
        "deep list": b"[" * 100_000,
        "deep object": b'{"a":' * 100_000, "xml": b'<?xml version="1.0"?><a/>', "form": b"a=1&b=2",
        "multipart": b"--b\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--b--", "two": b"{}{}",
        "more": good.encode() + b"\0{}",
        "thrice encoded": json.dumps(json.dumps(good)).encode(), "gbk but no json": "{车".encode("gbk"),
    }  # fmt: skip
    text = {
        "ff": b"\xff", "bom of utf-16": b"\xff\xfe", "utf-16": good.encode("utf-16"), "binary": bytes(range(128, 256)),
        "gzip": gzip.compress(good.encode()), "damaged": good.encode().replace("苏".encode(), b"\xe8\x8b"),
        "a picture": jpeg(64, 64),
    }  # fmt: skip
    return [Sent(name, body, 400, (), "VIID_NOT_JSON") for name, body in json_.items()] + [
        Sent(name, body, 400, (), "VIID_NOT_TEXT") for name, body in text.items()
    ]


def bodies_without_envelope(good: dict[str, Any]) -> list[Sent]:
    """JSON that is no push of motor vehicles, or one of none or too many: 400 with StatusCode 7."""
    envelope: dict[str, Any] = {
        "no key": {}, "empty list": [], "list of nothing": [{}], "list of numbers": [1], "list of both": [good, 1],
        "another list": {"MotorVehicleList": [good]}, "number": {"MotorVehicleListObject": 1},
        "null": {"MotorVehicleListObject": None}, "text": {"MotorVehicleListObject": "x"},
        "nothing within": {"MotorVehicleListObject": {}},
        "null within": {"MotorVehicleListObject": {"MotorVehicleObject": None}},
        "bicycles": {"NonMotorVehicleListObject": {"NonMotorVehicleObject": [good]}},
        "faces": {"FaceListObject": {"FaceObject": [{"FaceID": "1"}]}},
        "register": {"RegisterObject": {"DeviceID": "34010000001190000001"}},
    }  # fmt: skip
    count: dict[str, Any] = {
        "none": {"MotorVehicleListObject": {"MotorVehicleObject": []}}, "none at all": {"MotorVehicleObjectList": []},
        "1,001": {"MotorVehicleListObject": {"MotorVehicleObject": [{}] * 1_001}},
    }  # fmt: skip
    return [Sent(n, json.dumps(b).encode(), 400, (), "VIID_NO_ENVELOPE") for n, b in envelope.items()] + [
        Sent(n, json.dumps(b).encode(), 400, (), "VIID_OBJECT_COUNT") for n, b in count.items()
    ]


def objects(camera: Device) -> list[Sent]:
    """Objects that cannot be captures: 200, and StatusCode 8 or 4 for the object alone."""

    def seen(data: bytes) -> dict[str, Any]:
        return camera.vehicle(SubImageList={"SubImageInfoObject": [picture(data)]})

    def images(value: Any) -> dict[str, Any]:
        return camera.vehicle(SubImageList=value)

    table: list[tuple[str, Any, int, str]] = [
        ("a number", 7, 8, "VIID_ITEM_NO_OBJECT"), ("null", None, 8, "VIID_ITEM_NO_OBJECT"),
        ("a list", [], 8, "VIID_ITEM_NO_OBJECT"), ("no field", {}, 8, "VIID_ITEM_NO_ID"),
        ("empty id", camera.vehicle(MotorVehicleID=""), 8, "VIID_ITEM_NO_ID"),
        ("null id", camera.vehicle(MotorVehicleID=None), 8, "VIID_ITEM_NO_ID"),
        ("an object as id", camera.vehicle(MotorVehicleID={}), 8, "VIID_ITEM_NO_ID"),
        ("long id", camera.vehicle(MotorVehicleID="7" * 5_000), 8, "VIID_ITEM_LONG_ID"),
        ("no images", images(None), 8, "VIID_ITEM_NO_PICTURE"),
        ("text for images", images("x"), 8, "VIID_ITEM_NO_PICTURE"),
        ("empty images", images({"SubImageInfoObject": []}), 8, "VIID_ITEM_NO_PICTURE"),
        ("text as image", images(["x"]), 8, "VIID_ITEM_NO_OBJECT"),
        ("no data", images([{"Type": "01"}]), 8, "VIID_ITEM_NO_DATA"),
        ("no base64", images([picture(Data="!!!!")]), 8, "VIID_ITEM_NO_BASE64"),
        ("signs in base64", images([picture(Data="汉字")]), 8, "VIID_ITEM_NO_BASE64"),
        ("data is a number", images([picture(Data=7)]), 8, "VIID_ITEM_NO_BASE64"),
        ("gif", seen(b"GIF89a"), 8, "VIID_ITEM_BROKEN_PICTURE"),
        ("pdf", seen(b"%PDF-1.4"), 8, "VIID_ITEM_BROKEN_PICTURE"),
        ("cut", seen(jpeg()[:2_000]), 8, "VIID_ITEM_BROKEN_PICTURE"),
        ("a byte", seen(b"\xff"), 8, "VIID_ITEM_BROKEN_PICTURE"),
        ("bomb", seen(bomb()), 8, "VIID_ITEM_BROKEN_PICTURE"),
        ("another's device", camera.vehicle(DeviceID="31010100001190009999"), 4, "VIID_DEVICE_NOT_LISTED"),
        ("device in words", camera.vehicle(DeviceID="camera 1"), 4, "VIID_DEVICE_NOT_LISTED"),
    ]  # fmt: skip
    return [Sent(name, push(thing), 200, (code,), reason) for name, thing, code, reason in table]


async def test_each_malformed_push_has_its_listed_answer_and_is_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    camera = await camera_in_service(world)
    await camera.register()
    vehicle = camera.vehicle(PlateNo=PLATE)
    good = json.dumps({"MotorVehicleListObject": {"MotorVehicleObject": [vehicle]}}, ensure_ascii=False)
    sent = bodies_without_json(good) + bodies_without_envelope(vehicle) + objects(camera)
    before = await row_counts(world)

    caplog.set_level(logging.INFO)
    for one in sent:
        answer = await camera.proved(PUSH, one.body)
        got = (one.name, *status(answer), tuple(codes(answer)) if answer.status_code == 200 else ())
        assert got == (one.name, one.http, one.codes[0] if one.codes else 7, one.codes)
        # Both objects also where the whole push is refused, and the text begins in Chinese.
        said = answer.json()["ResponseStatusListObject"]["ResponseStatusObject"][0]["StatusString"]
        assert (one.name, any("\u4e00" <= sign <= "\u9fff" for sign in said)) == (one.name, True)
        if one.name == "long id":
            assert answer.json()["ResponseStatusObject"]["Id"] == "7" * 5_000

    after = await row_counts(world)
    unread = {one.body for one in sent if one.body and one.codes != (4,)}
    assert len(sent) >= 60
    assert after["captures"] == before["captures"]
    assert after["quarantined_bodies"] == len(unread)
    assert PLATE not in caplog.text
    await _counts_are_shown_to_the_people_of_the_devices(world, camera, sent)
    assert (await world.fsck()).findings == []


async def _counts_are_shown_to_the_people_of_the_devices(
    world: World, camera: Device, sent: list[Sent]
) -> None:
    admin = world.person("DEVICE_ADMIN")
    answer = await admin.get("/v1/intake/rejects?days=1")
    counted = {(i["device_code"], i["account"], i["reason"]): i["count"] for i in answer.json()["items"]}
    elsewhere = await world.person("DEVICE_ADMIN", 1).get("/v1/intake/rejects")
    others = await world.person("CASE_OFFICER").get("/v1/intake/rejects")
    world.clock.advance(days=8)
    later = await world.person("DEVICE_ADMIN").get("/v1/intake/rejects")
    longer = await world.person("DEVICE_ADMIN").get("/v1/intake/rejects?days=30")
    world.clock.advance(days=30)
    await world.settle()

    reasons = Counter(one.reason for one in sent)
    assert counted == {(camera.code, camera.account, reason): n for reason, n in reasons.items()}
    assert (elsewhere.json()["items"], others.status_code, later.json()["items"]) == ([], 403, [])
    assert len(longer.json()["items"]) == len(reasons)
    async with world.database("evidence") as connection:
        assert await connection.fetchval("SELECT count(*) FROM intake_rejects") == 0


async def test_one_account_does_not_fill_the_quarantine_and_bicycles_are_taken_in(world: World) -> None:
    camera, other = await camera_in_service(world), await second_camera(world)
    for device in (camera, other):
        await device.register()
    bicycle = camera.vehicle(PlateNo="示范·012345", NonMotorVehicleID=camera.vehicle()["MotorVehicleID"])
    del bicycle["MotorVehicleID"]
    body = json.dumps({"NonMotorVehicleListObject": {"NonMotorVehicleObject": [bicycle]}}).encode()

    for n in range(102):
        await camera.proved(PUSH, b"rubbish %d" % n)
    await other.proved(PUSH, b"other rubbish")
    taken = await camera.proved("/VIID/NonMotorVehicles", body)
    wrong = await camera.proved(PUSH, body)

    path, reviewer = f"/v1/captures/{(await captures(world))[0]['id']}", world.person("EVIDENCE_REVIEWER")
    masked = (await reviewer.get(path)).json()
    shown = (await reviewer.get(path, headers={"x-purpose-of-use": "REVIEW"})).json()

    assert (await row_counts(world))["quarantined_bodies"] == 101
    assert (masked["plate_written"], shown["plate_written"]) == (None, "示范·012345")
    assert (shown["plate"], shown["flags"]) == ("示范012345", ["PLATE_NORMALISED", "TRANSPORT_DIGEST"])
    assert (status(taken), codes(taken), status(wrong)) == ((200, 0), [0], (400, 7))
    assert taken.headers["mingzheng-record"]
