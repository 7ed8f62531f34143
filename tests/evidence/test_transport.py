"""How it is known who sent a capture, and what becomes of one that does not show it (NJ 8)."""

from __future__ import annotations

import pytest

from tests.evidence.camera import Device, camera_in_service, captures, codes
from tests.world import World


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
