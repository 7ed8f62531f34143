"""The way in for devices that sign: no account, the signature in the headers is judged before the body is read."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import pytest

from evidence.intake.multipart import parts_of
from tests.evidence.camera import Device, camera_in_service, captures, grown, row_counts
from tests.evidence.signer import Signer
from tests.given import IN_SERVICE
from tests.world import World

PATH = "/ingest/v1/captures"


async def pushed(
    world: World, manifest: bytes, signature: bytes, *pictures: bytes, **options: Any
) -> httpx.Response:
    """One capture as a device pushes it."""
    headers = {
        "capture-manifest": base64.b64encode(manifest).decode(),
        "capture-signature": base64.b64encode(signature).decode(),
    }
    files = [("picture", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(pictures)]
    return await world.http.post(PATH, headers=headers | options, files=files or None)


def pictures_of(vehicle: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(entry["Data"]) for entry in vehicle["SubImageList"]["SubImageInfoObject"]]


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


@pytest.mark.begins(IN_SERVICE)
async def test_a_signed_capture_needs_no_account_is_one_however_often_it_comes_and_names_what_is_missing(
    world: World, camera: Device
) -> None:
    signer = Signer(camera)
    await signer.enroll()
    vehicles = [camera.vehicle(serial=n, shade=n * 20) for n in range(1, 5)]
    said = {"speed": "61.5", "lane": 2, "violation_code": "CM-0107"}
    manifests = [signer.manifest(each, **said) for each in vehicles]
    signed = [
        (data, signer.key.sign(data), *pictures_of(v)) for data, v in zip(manifests, vehicles, strict=True)
    ]

    first = await pushed(world, *signed[0])
    fourth = await asyncio.gather(*(pushed(world, *signed[3]) for _ in range(8)))
    before = await row_counts(world)
    again = await pushed(world, *signed[0][:2], b"other bytes")
    nobody = [
        await pushed(world, signed[1][0], signed[0][1], *signed[1][2:]),
        await pushed(world, b"{}", signed[0][1], *signed[1][2:]),
        await pushed(world, *signed[1][:2]),
    ]
    swapped = await pushed(world, *signed[1][:2], *signed[2][2:])
    late = await pushed(world, *signed[1])
    by_platform = await camera.push(vehicles[1] | carried_by(signed[1]))
    counted = grown(before, await row_counts(world))
    resigned = signer.manifest(vehicles[0], **said)
    twice = await pushed(world, resigned, signer.key.sign(resigned), *signed[0][2:])
    fifth = camera.vehicle(serial=5, shade=100)
    at_last = signer.manifest(fifth, seq=5_000)
    await signer.revoke(since=world.clock().isoformat())
    apart = await pushed(world, at_last, signer.key.sign(at_last), *pictures_of(fifth))
    await world.settle(slow_jobs=False)

    rows = await captures(world)
    assert (first.status_code, first.json()["missing"]) == (200, [])
    assert {(a.status_code, a.json()["capture_id"]) for a in fourth} == {
        (200, fourth[0].json()["capture_id"])
    }
    missing = [a.json()["missing"] for a in fourth if "missing" in a.json()]
    assert missing[0] == [{"kid": signer.kid, "first": 2, "last": 3}]
    # Whoever replays a manifest learns nothing but the id.
    assert again.json() == {"capture_id": first.json()["capture_id"]}
    assert [answer.json()["code"] for answer in nobody] == [
        "EVD_SIGNATURE_REFUSED",
        "EVD_SIGNATURE_REFUSED",
        "EVD_NOT_MULTIPART",
    ]
    assert (swapped.status_code, swapped.json()["code"]) == (422, "EVD_SIGNED_PICTURES_DIFFER")
    assert late.json()["missing"] == [{"kid": signer.kid, "first": 3, "last": 3}]
    assert by_platform.status_code == 200
    assert counted["quarantined_bodies"] == 1
    assert (twice.status_code, twice.json()["state"], twice.json()["missing"]) == (
        200,
        "INGESTED",
        [{"kid": signer.kid, "first": 3, "last": 3}],
    )
    assert (apart.status_code, apart.json()["state"], apart.json()["flags"]) == (
        200,
        "QUARANTINED",
        ["SEQ_GAP", "SIG_KEY_INVALID"],
    )
    # Of a chain that jumped only the newest numbers are told, however long it is.
    assert apart.json()["missing"] == [{"kid": signer.kid, "first": 4_001, "last": 4_999}]
    assert [(row["signed_seq"], row["state"], row["account"]) for row in rows] == [
        (1, "TECH_PASSED", camera.code),
        (4, "TECH_PASSED", camera.code),
        (2, "TECH_PASSED", camera.code),
        (5, "TECH_PASSED", camera.code),
        (5_000, "QUARANTINED", camera.code),
    ]
    assert (rows[0]["measured_value"], rows[0]["lane"], rows[0]["flags"]) == (61.5, 2, [])
    assert rows[2]["duplicate_count"] == 2
    async with world.database("evidence") as connection:
        shots = "SELECT count(DISTINCT shot_at) AS times, count(dhash) AS hashes FROM media WHERE evidence_id = $1"
        assert tuple(await connection.fetchrow(shots, rows[0]["id"])) == (2, 2)
        rejects = await connection.fetch(
            "SELECT device_code, reason, count FROM intake_rejects ORDER BY reason"
        )
        assert [tuple(row) for row in rejects] == [
            (camera.code, reason, 1)
            for reason in ("EVD_NOT_MULTIPART", "EVD_SIGNATURE_REFUSED", "EVD_SIGNED_PICTURES_DIFFER")
        ]
    assert (await world.fsck()).findings == []


def carried_by(signed: tuple[bytes, ...]) -> dict[str, Any]:
    names = ("X-CaptureManifest", "X-CaptureSignature")
    words = {name: base64.b64encode(data).decode() for name, data in zip(names, signed[:2], strict=True)}
    return words | {"Speed": 61.5, "LaneNo": 2}


BODY = (
    b'preamble\r\n--b\r\nContent-Disposition: form-data; name="anpr.xml"; filename=anpr.xml\r\n'
    b"Content-Type: text/xml; charset=UTF-8\r\n\r\n<a/>\r\n--b\r\n\r\nno head\r\n--b--\r\nepilogue"
)


def test_a_multipart_body_is_read_as_cameras_write_it() -> None:
    named, bare = parts_of(BODY, 'multipart/form-data; boundary="b"')
    open_end = parts_of(BODY[: BODY.index(b"\r\n--b--")], "multipart/form-data;boundary=b")

    assert (named.name, named.filename, named.media_type, named.data) == (
        "anpr.xml",
        "anpr.xml",
        "text/xml",
        b"<a/>",
    )
    assert (bare.name, bare.data) == ("", b"no head")
    assert [part.data for part in open_end] == [b"<a/>", b"no head"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (BODY, "multipart/form-data"),
        (BODY, "multipart/form-data; boundary=c"),
        (b"", "multipart/form-data; boundary=b"),
        (b"--b--\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\nname: value", "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\n\r\n" * 65, "multipart/form-data; boundary=b"),
    ],
)
def test_a_body_without_parts_is_none(body: bytes, media_type: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parts_of(body, media_type)
