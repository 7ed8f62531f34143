"""A plate camera over ISAPI: known by a secret address and its own network, answered once its bytes are kept."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from common.door.uow import operational
from common.values.clock import BEIJING
from evidence.domain.capture import Flag
from evidence.intake.isapi import Event, Unreadable, read, read_xml
from evidence.intake.multipart import Part
from tests.evidence.camera import Device, camera_in_service, captures, grown, plate_of, row_counts
from tests.evidence.intake.given import jpeg, picture
from tests.evidence.proxied import STRANGER, behind
from tests.evidence.signer import Signer, forget
from tests.given import IN_SERVICE
from tests.world import World

EVENT = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<channelID>1</channelID><dateTime>{at}</dateTime><eventType>{type}</eventType><eventState>active</eventState>
<ANPR><licensePlate>{plate}</licensePlate><line>2</line><direction>forward</direction><plateColor>blue</plateColor>
<vehicleInfo><speed>{speed}</speed></vehicleInfo><illegalInfo><illegalCode>1</illegalCode></illegalInfo></ANPR>
<UUID>{uuid}</UUID>
<VehicleGATInfo><palteTypeByGAT>2</palteTypeByGAT><plateColorByGAT>-1</plateColorByGAT>
<vehicleTypeByGAT>K33</vehicleTypeByGAT></VehicleGATInfo>
</EventNotificationAlert>"""
UUID = "5f0c2a51-0000-4000-8000-00000000000"
FILLED = sa.text(
    "INSERT INTO quarantined_bodies (sha256, account, device_code, reason, body, received_at, until)"
    " SELECT n::text, :account, '-', 'VIID_NOT_JSON', '', now(), now() + interval '9 years'"
    " FROM generate_series(1, 100) AS n"
)


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def secret_address(camera: Device, **order: Any) -> str:
    """The path to which `camera` pushes, from this machine alone."""
    path = f"/v1/push-accounts/{camera.account}/secret-addresses"
    issued = await camera.world.person("DEVICE_ADMIN").post(path, json={"addresses": ["127.0.0.1"]} | order)
    assert issued.status_code == 201, issued.text
    forget(camera)
    return str(issued.json()["path"])


def event(camera: Device, n: int = 1, *, type: str = "ANPR", speed: str = "42") -> bytes:
    at = (camera.world.clock() - timedelta(minutes=1)).astimezone(BEIJING)
    return EVENT.format(
        at=at.isoformat(timespec="milliseconds"),
        type=type,
        plate="沪A1234" + str(n),
        speed=speed,
        uuid=f"{UUID}{n}",
    ).encode()


async def pushed(
    http: httpx.AsyncClient, path: str, xml: bytes, *pictures: bytes, **more: bytes
) -> httpx.Response:
    """An event as a camera sends it: the XML, then the scene, then the plate."""
    names = ["detectionPicture.jpg", "licensePlatePicture.jpg", *(f"{n}.jpg" for n in range(len(pictures)))]
    files = [("anpr.xml", ("anpr.xml", xml, "text/xml"))]
    files += [(name, (name, data, "image/jpeg")) for name, data in zip(names, pictures, strict=False)]
    files += [(name, (name, data, "application/json")) for name, data in more.items()]
    return await http.post(path, files=files)


@pytest.mark.begins(IN_SERVICE)
async def test_an_event_is_one_capture_by_its_secret_address_and_the_address_is_told_to_nobody(
    world: World, camera: Device, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await camera.issue(digest=False)
    strict = await secret_address(camera)
    await camera.issue()
    path = await secret_address(camera)
    scene, plate = jpeg(shade=50), jpeg(320, 160, shade=60)
    before = await row_counts(world)

    first = [await pushed(world.http, path, event(camera), scene, plate) for _ in range(2)]
    below = await pushed(world.http, f"{path}/ISAPI/Event", event(camera, 2), jpeg(shade=70))
    unproved = await pushed(world.http, strict, event(camera, 3), jpeg(shade=80))
    alive = await pushed(world.http, path, event(camera, 4, type="videoloss"))
    defining = b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + event(camera, 5).partition(b"?>\n")[2]
    odd = [
        await pushed(world.http, path, defining, scene),
        await pushed(world.http, path, event(camera, 6), b"no picture"),
        await world.http.post(path, content=b"no multipart"),
    ]
    too_many = [jpeg(64, 48, shade=n) for n in range(17)]
    odd.append(await pushed(world.http, path, event(camera, 8), *too_many))
    async with operational(world.runtimes["evidence"].db) as conn:
        # The account has all that it may have in quarantine.
        await conn.execute(FILLED, {"account": camera.account})
    full = await pushed(world.http, path, event(camera, 9), b"no picture")
    async with behind(world, STRANGER) as stranger:
        refused = [
            await pushed(stranger, path, event(camera), scene),
            await pushed(world.http, "/isapi/" + "0" * 48, event(camera), scene),
        ]
    end = f"/v1/push-accounts/{camera.account}/revocation"
    await world.person("DEVICE_ADMIN").post(end, json={"reason": "COMPROMISED"})
    forget(camera)
    refused.append(await pushed(world.http, path, event(camera, 7), scene))
    await world.settle(slow_jobs=False)

    rows = await captures(world)
    assert [(a.status_code, a.text) for a in (*first, below, unproved, alive, *odd)] == [(200, "OK")] * 9
    assert (full.status_code, full.json()["code"]) == (503, "EVD_QUARANTINE_FULL")
    assert "retry-after" in full.headers
    async with operational(world.runtimes["evidence"].db) as conn:
        counted = (await conn.execute(sa.text("SELECT reason, count FROM intake_rejects"))).all()
    assert {row.reason: row.count for row in counted} == {
        "EVD_ISAPI_UNREADABLE": 2, "EVD_PICTURE_UNREADABLE": 2, "VIID_ITEM_TOO_MANY_PICTURES": 1,
    }  # fmt: skip
    assert {(a.status_code, a.json()["code"], a.json()["detail"]) for a in refused} == {
        (404, "NOT_FOUND", refused[0].json()["detail"])
    }
    assert [(row["object_id"], row["state"], row["duplicate_count"]) for row in rows] == [
        (f"{UUID}1", "TECH_PASSED", 2),
        (f"{UUID}2", "TECH_PASSED", 1),
        (f"{UUID}3", "QUARANTINED", 1),
    ]
    assert rows[0]["flags"] == ["TEXT_REPAIRED", "TRANSPORT_ADDRESS"]  # the kind of plate is 2, for 02
    assert (rows[0]["lane"], rows[0]["measured_value"], rows[0]["vehicle_class"]) == (2, 42, "K33")
    assert await plate_of(world, rows[0]["id"]) == "沪A12341"
    assert rows[0]["violation_code"] != "1"
    assert grown(before, await row_counts(world))["quarantined_bodies"] == 104
    async with world.database("device-registry") as db:
        told = str(await db.fetch("SELECT * FROM secret_addresses"))
        told += str([bytes(row["note"]) for row in await db.fetch("SELECT note FROM outbox")])
    # The client of the test names in its own log what it asks for.
    logged = "".join(line.getMessage() for line in caplog.records if not line.name.startswith("http"))
    for secret in (path, strict):
        token = secret.removeprefix("/isapi/")
        assert token not in told + logged + "".join(a.text for a in (*first, *odd, *refused))
    assert (await world.fsck()).findings == []


@pytest.mark.begins(IN_SERVICE)
async def test_a_gateway_beside_the_camera_signs_its_events_and_a_host_gets_no_secret_address(
    world: World, camera: Device
) -> None:
    await camera.issue(digest=False)
    path, signer = await secret_address(camera), Signer(camera)
    await signer.enroll(holder="EDGE_GATEWAY")
    scene, xml = jpeg(shade=50), event(camera)
    vehicle = camera.vehicle() | {"MotorVehicleID": f"{UUID}1", "PlateNo": "沪A12341", "PlateColor": "5"}
    vehicle |= {"X-ViolationCode": "", "SubImageList": {"SubImageInfoObject": [picture(scene, ShotTime="")]}}
    manifest = signer.manifest(vehicle)
    parts = {"manifest.json": manifest, "manifest.sig": signer.key.sign(manifest)}

    signed = await pushed(world.http, path, xml, scene, **parts)
    unsigned = await pushed(world.http, path, event(camera, 2), jpeg(shade=70))
    await camera.issue(host_code="31010100005030000001")
    order = f"/v1/push-accounts/{camera.account}/secret-addresses"
    of_host = await world.person("DEVICE_ADMIN").post(order, json={"addresses": ["127.0.0.1"]})
    odd = await world.person("DEVICE_ADMIN").post(order, json={"addresses": ["127.0.0.1/8"]})
    wide = [
        await world.person("DEVICE_ADMIN").post(order, json={"addresses": ["127.0.0.1", network]})
        for network in ("0.0.0.0/0", "::/0")
    ]

    rows = await captures(world)
    assert [answer.text for answer in (signed, unsigned)] == ["OK", "OK"]
    assert [(row["transport"], row["signed_level"], row["state"]) for row in rows] == [
        ("SIGNED", "T1", "INGESTED"),
        ("ADDRESS", None, "QUARANTINED"),
    ]
    # The event says speed, lane and class as well, which nobody signed and a strict account does not vouch for.
    assert "SIG_PARTIAL" in rows[0]["flags"]
    assert (rows[0]["measured_value"], rows[0]["lane"], rows[0]["vehicle_class"]) == (None, None, None)
    assert "SIG_MISSING" in rows[1]["flags"]
    assert (of_host.json()["code"], odd.json()["code"]) == ("DEV_ACCOUNT_OF_A_HOST", "DEV_ADDRESS_UNREADABLE")
    assert {(answer.status_code, answer.json()["code"]) for answer in wide} == {(422, "DEV_NETWORK_TOO_WIDE")}


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<!DOCTYPE a><a/>",
        b"<a>&amp;&b;</a>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" + b"<b/>" * 6_000 + b"</a>",
        b"<a>" + b" " * (1 << 20) + b"</a>",
        b'<?xml version="1.0" encoding="x-nothing"?><a/>',
    ],
)
def test_xml_that_defines_anything_or_is_too_large_is_not_read(xml: bytes) -> None:
    with pytest.raises(Unreadable):
        read_xml(xml)


def test_misspelt_elements_are_read_by_their_own_names_and_what_the_camera_does_not_know_is_nothing() -> None:
    root = read_xml(
        b'<x:A xmlns:x="y"><x:palteTypeByGAT> 2 </x:palteTypeByGAT><x:b>unknown</x:b><x:b>2</x:b></x:A>'
    )

    assert root.said("a", "palteTypeByGAT") == "2"
    assert (root.said("A", "b"), root.said("A", "c", "d")) == ("", "")


def an_event(xml: str, **other: str) -> Event:
    """The event in the XML of a camera, after `other` took the place of what stands in it."""
    for written, instead in other.items():
        head, _, rest = xml.partition(f"<{written}>")
        xml = f"{head}<{written}>{instead}</{written}>" + rest.partition(f"</{written}>")[2]
    return read([Part("", "anpr.xml", "text/xml", xml.encode())], "0123456789abcdef" * 4)[0]


XML = EVENT.format(at="2025-03-03T12:00:00.123+08:00", type="ANPR", plate="沪A12341", speed="42", uuid=UUID)


def test_an_event_without_a_uuid_is_known_by_time_channel_and_hash_and_never_by_its_plate() -> None:
    unnamed, bare = an_event(XML, UUID=""), an_event(XML, UUID="", dateTime="沪A12341", channelID="沪A12341")

    assert (unnamed.uuid, bare.uuid) == ("20250303120000-1-0123456789abcdef", "0123456789abcdef")
    assert {Flag.ID_SHAPE} <= unnamed.flags


def test_two_events_in_one_body_and_a_very_long_id_are_refused() -> None:
    part = Part("", "anpr.xml", "text/xml", XML.encode())

    with pytest.raises(Unreadable, match="not one"):
        read([part, part], "0" * 64)
    with pytest.raises(Unreadable) as refused:
        an_event(XML, UUID="u" * 513)
    assert refused.value.code == "VIID_ITEM_LONG_ID"
    assert an_event(XML, UUID="u" * 512).uuid == "u" * 512


@pytest.mark.parametrize(
    ("element", "written", "read_as", "flag"),
    [
        ("plateColor", "mauve", "", "VALUE_UNREADABLE"),
        ("plateColor", "2", "", "VALUE_UNREADABLE"),
        ("plateColor", "newEnergyGreen", "渐变绿", "VALUE_OUTSIDE_LIST"),
        ("plateColor", "newEnergyYellowGreen", "黄绿", "VALUE_OUTSIDE_LIST"),
        ("plateColor", "unknown", "", None),
        ("palteTypeByGAT", "02", "02", None),
        ("palteTypeByGAT", "car", "car", "VALUE_OUTSIDE_LIST"),
        ("line", "32", 32, None),
        ("line", "33", None, "VALUE_UNREADABLE"),
        ("speed", "300", 300, None),
        ("speed", "301", None, "VALUE_UNREADABLE"),
        ("speed", "81.339", Decimal("81.33"), "VALUE_CUT"),
        ("speed", "0", None, None),
    ],
)
def test_what_a_camera_writes_is_never_repaired_in_silence(
    element: str, written: str, read_as: Any, flag: str | None
) -> None:
    found = an_event(XML, **{"palteTypeByGAT": "02", element: written})

    values = {
        "plateColor": found.plate_color,
        "palteTypeByGAT": found.plate_class,
        "line": found.passage.lane,
        "speed": found.measured and found.measured.value,
    }
    assert values[element] == read_as
    assert found.flags == ({flag} if flag else set())
