"""Two captures that may show one act: flagged for the reviewers, never refused."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from common.values.clock import BEIJING
from mz.demo.picture import street
from tests.evidence.camera import captures
from tests.evidence.intake.given import jpeg, picture
from tests.evidence.test_review import refused, registered
from tests.given import IN_SERVICE
from tests.world import World


def _smaller(data: bytes) -> bytes:
    small = BytesIO()
    Image.open(BytesIO(data)).resize((1280, 720)).save(small, "JPEG", quality=60)
    return small.getvalue()


@pytest.mark.begins(IN_SERVICE)
async def test_a_near_duplicate_is_flagged_with_the_earlier_capture_and_reviewed_like_any_other(
    world: World,
) -> None:
    camera = await registered(world)
    at = world.clock() - timedelta(minutes=1)
    time = f"{at.astimezone(BEIJING):%Y%m%d%H%M%S}"
    shot = street("人民路口", at)
    again = {
        "SubImageList": {"SubImageInfoObject": [picture(_smaller(shot), ShotTime=time)]},
        "PlateNo": "苏B00003",
    }
    first = {
        "SubImageList": {"SubImageInfoObject": [picture(shot, ShotTime=time)]},
        "PlateNo": "苏B00002",
    }
    for vehicle in (
        camera.vehicle(serial=1, shade=10),
        camera.vehicle(serial=2, shade=60),  # the same plate
        camera.vehicle(serial=3) | first,  # another car
        camera.vehicle(serial=4)
        | again,  # its picture once more, smaller, under a plate that was read differently
        camera.vehicle(serial=5, shade=120) | {"PlateNo": "苏B00004"},  # bare surfaces look like nothing
    ):
        assert (await camera.push(vehicle)).status_code == 200
    world.clock.advance(minutes=5)
    later = camera.vehicle(serial=6, shade=160)
    later["SubImageList"]["SubImageInfoObject"][0] = picture(jpeg(shade=200), ShotTime=later["PassTime"])
    assert (await camera.push(later)).status_code == 200
    await world.settle()

    rows = sorted(await captures(world), key=lambda row: str(row["object_id"])[-5:])
    ids = [row["id"] for row in rows]
    assert [row["near_duplicate_of"] for row in rows] == [None, ids[0], None, ids[2], None, None]
    assert ["NEAR_DUPLICATE" in row["flags"] for row in rows] == [False, True, False, True, False, False]
    assert {row["state"] for row in rows} == {"TECH_PASSED"}
    reviewer = world.person("EVIDENCE_REVIEWER")
    taken = await reviewer.post(f"/v1/captures/{ids[1]}/review")
    assert (taken.status_code, taken.json()["near_duplicate_of"]) == (201, ids[0])
    rejection = {
        "codes": ["E-DUP-01"],
        "attributes": {"true": True, "clear": True, "complete": True, "accurate": True},
    }
    rejected = await reviewer.post(f"/v1/captures/{ids[1]}/rejection", json=rejection)
    assert rejected.json()["state"] == "REJECTED"
    assert refused(await reviewer.post(f"/v1/captures/{ids[1]}/review"))[0] == 409
    assert (await world.fsck()).clean
