"""How it is known who sent a capture, and what becomes of one that does not show it (NJ 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence.camera import Device, camera_in_service, captures, codes, second_camera
from tests.evidence.intake.given import push
from tests.evidence.proxied import PROXY, behind, certificate
from tests.evidence.signer import Signer
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

PUSH = "/VIID/MotorVehicles"
SIGNATURE = {
    "SIG_MISSING",
    "SIG_KEY_INVALID",
    "SIG_BAD",
    "SIG_IMAGE_MISMATCH",
    "SIG_FIELD_MISMATCH",
    "SIG_PARTIAL",
    "SEQ_GAP",
}


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def test_a_capture_that_rests_on_a_password_alone_is_quarantined_unless_its_account_may(
    world: World, camera: Device
) -> None:
    await camera.issue(digest=False)
    parked = camera.vehicle(serial=1)
    strict, again = await camera.push(parked), await camera.push(parked)
    await camera.issue()
    relaxed = await camera.push(camera.vehicle(serial=2, shade=120))
    await world.settle()
    reviewer = world.person("EVIDENCE_REVIEWER")

    apart, taken_in = await captures(world)
    seen = (await reviewer.get(f"/v1/captures/{apart['id']}")).json()
    refused = await reviewer.post(f"/v1/captures/{apart['id']}/review", json={})

    assert [codes(answer) for answer in (strict, again, relaxed)] == [[0]] * 3
    assert (apart["state"], apart["check_codes"], apart["duplicate_count"]) == (
        "QUARANTINED",
        ["E-INT-02"],
        2,
    )
    assert (seen["state"], seen["transport"], seen["check_codes"]) == ("QUARANTINED", "DIGEST", ["E-INT-02"])
    assert (refused.status_code, refused.json()["code"]) == (409, "EVD_TRANSITION_NOT_ALLOWED")
    assert (taken_in["state"], taken_in["flags"]) == ("TECH_PASSED", ["NO_USER_IDENTIFY", "TRANSPORT_DIGEST"])
    assert (await world.fsck()).findings == []


async def test_NJ_8_3_only_mutual_tls_or_a_signature_lets_a_capture_in_and_retries_are_one_capture(
    world: World, camera: Device
) -> None:
    await camera.issue(digest=False)
    signer = Signer(camera)
    unsigned = camera.vehicle(serial=1)
    without_key = await camera.push(unsigned)
    pem, header = certificate(world, camera.code)
    path = f"/v1/push-accounts/{camera.account}/certificates"
    await world.person("DEVICE_ADMIN").post(path, json={"certificate": pem})
    by_certificate = push(camera.vehicle(serial=6, shade=110))
    async with behind(world, PROXY) as proxy:
        tls_alone = [
            await proxy.post(PUSH, content=by_certificate, headers={"client-cert": header}) for _ in range(2)
        ]
    await signer.enroll()
    sound = signer.signs(camera.vehicle(serial=2, shade=30))
    bad = signer.signs(camera.vehicle(serial=3, shade=50))
    bad["X-CaptureSignature"] = sound["X-CaptureSignature"]

    # The same push five times, and once more with its signature taken away.
    signed = [await camera.push(sound) for _ in range(5)]
    stripped = await camera.push({k: v for k, v in sound.items() if not k.startswith("X-Capture")})
    wrong = await camera.push(bad)
    async with behind(world, PROXY) as proxy:
        other = signer.signs(camera.vehicle(serial=4, shade=70))
        by_tls = [
            await proxy.post(PUSH, content=push(other), headers={"client-cert": header}) for _ in range(2)
        ]
    added = {"Speed": 99, "LaneNo": 3, "PlateClass": "02"}
    partly = await camera.push(signer.signs(camera.vehicle(serial=5, shade=90)) | added)
    await world.settle()

    rows = await captures(world)
    seen = [
        (row["transport"], row["signed_level"], row["state"], row["check_codes"], row["duplicate_count"])
        for row in rows
    ]
    assert [
        codes(answer) for answer in (without_key, *tls_alone, *signed, stripped, wrong, *by_tls, partly)
    ] == [[0]] * 13
    assert seen == [
        ("DIGEST", None, "QUARANTINED", ["E-INT-02"], 1),
        ("MUTUAL_TLS", None, "TECH_PASSED", [], 2),
        ("SIGNED", "T2", "TECH_PASSED", [], 5),
        ("DIGEST", None, "QUARANTINED", ["E-INT-02"], 1),
        ("DIGEST", None, "QUARANTINED", ["E-INT-02"], 1),
        ("SIGNED", "T2", "TECH_PASSED", [], 2),
        ("SIGNED", "T2", "TECH_PASSED", [], 1),
    ]
    # What was added to a signed capture on the way does not enter where a password does not vouch for it.
    assert (rows[6]["measured_value"], rows[6]["lane"], rows[6]["violation_code"]) == (None, None, "CM-0107")
    assert [sorted({*row["flags"]} & SIGNATURE) for row in rows] == [
        [],
        [],
        [],
        ["SIG_MISSING"],
        ["SIG_BAD"],
        ["SEQ_GAP"],
        ["SIG_PARTIAL"],
    ]
    # What is in quarantine is kept as it came, and is reviewed by nobody.
    body = await world.sealed.get(rows[4]["body_sha256"], of=f"evidence/{rows[4]['id']}")
    assert bad["X-CaptureManifest"].encode() in body
    refused = await world.person("EVIDENCE_REVIEWER").post(f"/v1/captures/{rows[4]['id']}/review", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "EVD_TRANSITION_NOT_ALLOWED")
    assert (await world.fsck()).findings == []


async def test_no_relaxation_lets_in_what_a_signature_speaks_against(world: World, camera: Device) -> None:
    other = await second_camera(world)
    await camera.issue(host_code="31010100005030000001")
    path = f"/v1/push-accounts/{camera.account}/devices"
    await world.person("DEVICE_ADMIN").post(path, json={"device_ids": [other.id]})
    signer, stranger = Signer(camera), Signer(other)
    await signer.enroll()
    await stranger.enroll()

    def swapped(serial: int, **changes: Any) -> dict[str, Any]:
        """An object that is changed after it was signed."""
        return signer.signs(camera.vehicle(serial=serial, shade=serial * 10)) | changes

    pictures = camera.vehicle(shade=200)["SubImageList"]
    unknown = Signer(camera, number=7)
    cases = {
        "SIG_MISSING": camera.vehicle(serial=1, shade=10),
        "SIG_BAD": swapped(2, **{"X-CaptureManifest": "e30="}),
        "SIG_IMAGE_MISMATCH": swapped(3, SubImageList=pictures),
        "SIG_FIELD_MISMATCH": swapped(4, PlateNo="苏A54321"),
        "SIG_KEY_INVALID": unknown.signs(camera.vehicle(serial=5, shade=50)),
    }
    # The manifest of one device in an object of another, and a signature without its manifest.
    foreign = stranger.signs(other.vehicle(serial=6, shade=60)) | {"DeviceID": camera.code}
    half = swapped(7) | {"X-CaptureManifest": ""}

    answer = await camera.push(*cases.values(), foreign, half)
    relaxed = await camera.push(signer.signs(camera.vehicle(serial=8, shade=80)) | {"LaneNo": 3})

    rows = sorted(await captures(world), key=lambda row: row["object_id"][-5:])
    assert (codes(answer), codes(relaxed)) == ([0] * 7, [0])
    assert [row["state"] for row in rows] == ["QUARANTINED"] * 7 + ["INGESTED"]
    assert (rows[-1]["transport"], rows[-1]["lane"]) == ("SIGNED", 3)
    assert "SIG_PARTIAL" in rows[-1]["flags"]
    for flag, row in zip(cases, rows, strict=False):
        assert flag in row["flags"], (flag, row["flags"])
    assert "SIG_KEY_INVALID" in rows[5]["flags"]
    assert "SIG_BAD" in rows[6]["flags"]


async def test_a_key_is_judged_at_the_time_of_the_capture_and_a_stolen_one_cannot_date_back(
    world: World, camera: Device
) -> None:
    await camera.issue(digest=False)
    first, second = Signer(camera), Signer(camera, number=2)
    await first.enroll(days=1)
    world.clock.advance(minutes=2)
    late = first.signs(camera.vehicle(serial=1, shade=10))
    world.clock.advance(hours=23, minutes=50)
    await second.enroll()
    in_time = first.signs(camera.vehicle(serial=2, shade=20))
    tail = first.signs(camera.vehicle(serial=3, shade=30))
    arrived = [await camera.push(in_time)]
    world.clock.advance(minutes=30)
    expired = first.signs(camera.vehicle(serial=4, shade=40))
    beside = second.signs(camera.vehicle(serial=5, shade=50))
    # The key has expired: what a manifest on record names still fits. What was appended to the end may be a thief's.
    arrived += [await camera.push(each) for each in (late, tail, expired, beside)]

    world.clock.advance(minutes=10)
    hole = second.signs(camera.vehicle(serial=6, shade=60))
    anchor = second.signs(camera.vehicle(serial=7, shade=70))
    arrived.append(await camera.push(anchor))
    stolen_since = world.clock().isoformat()
    world.clock.advance(minutes=10)
    await second.revoke(since=stolen_since)

    def dated_back(serial: int, **changes: Any) -> dict[str, Any]:
        vehicle = camera.vehicle(serial=serial, shade=serial * 10) | {"PassTime": hole["PassTime"]}
        return second.signs(vehicle, **changes)

    appended = dated_back(8)
    # Neighbours of a thief's own making attest nothing.
    between, beyond = dated_back(9), dated_back(10)
    twin = dated_back(11, seq=2)
    afterwards = second.signs(camera.vehicle(serial=12, shade=120))
    stolen = [await camera.push(e) for e in (twin, hole, appended, beyond, between, afterwards)]

    rows = await captures(world)
    assert [codes(answer) for answer in (*arrived, *stolen)] == [[0]] * 12
    assert [(row["state"], "SIG_KEY_INVALID" in row["flags"]) for row in rows] == [
        *[("INGESTED", False)] * 2,
        *[("QUARANTINED", True)] * 2,
        *[("INGESTED", False)] * 2,
        ("QUARANTINED", True),
        ("INGESTED", False),
        *[("QUARANTINED", True)] * 4,
    ]
    assert [row["missing_from"] for row in rows[:2]] == [1, None]


async def test_a_gap_in_the_sequence_is_kept_and_shown_until_what_is_missing_arrives(
    world: World, camera: Device
) -> None:
    signer = Signer(camera)
    await signer.enroll(holder="EDGE_GATEWAY")
    objects = [signer.signs(camera.vehicle(serial=n, shade=n * 10)) for n in range(1, 7)]
    reviewer, path = world.person("EVIDENCE_REVIEWER"), f"/v1/sequence-gaps?device_id={camera.id}"

    async def gaps() -> list[tuple[int, int]]:
        items = (await reviewer.get(path)).json()["items"]
        assert {gap["kid"] for gap in items} <= {signer.kid}
        return [(gap["first"], gap["last"]) for gap in items]

    for each in (objects[0], objects[5]):
        await camera.push(each)
    deleted = await gaps()
    await camera.push(objects[2])
    smaller = await gaps()
    await camera.push(objects[1], objects[3], objects[4])
    # The same object and pictures under the next manifest: a capture of its own, with its place.
    await camera.push(signer.signs(objects[5]))
    closed = await gaps()
    rows = await captures(world)
    seen = (await reviewer.get(f"/v1/captures/{rows[1]['id']}")).json()
    elsewhere = await world.person("EVIDENCE_REVIEWER", 1).get(path)

    assert (deleted, smaller, closed) == ([(2, 5)], [(4, 5), (2, 2)], [])
    assert [row["missing_from"] for row in rows] == [None, 2, 2, None, None, None, None]
    assert ["SEQ_GAP" in row["flags"] for row in rows] == [False, True, True, False, False, False, False]
    assert (rows[6]["signed_seq"], rows[6]["version_of"]) == (7, rows[1]["id"])
    assert (seen["signing_level"], seen["missing_from"], seen["signed"]["seq"]) == ("T1", 2, 6)
    assert seen["signed"]["kid"] == signer.kid
    assert elsewhere.json()["items"] == []
