"""The verification on site: drawn by a seed that anybody can draw with again (PJ §3(1))."""

from __future__ import annotations

from hashlib import sha256

import pytest

from common.values.law import PJ_3_1
from tests.device_registry.cleanup_story import CAMPAIGN, WHY, opened, read
from tests.world import World

pytestmark = pytest.mark.begins(CAMPAIGN)
SEEN = {"note": "现场标志缺失,设备仍在采集。", "photo_sha256": ["cd" * 32]}


@pytest.mark.law(PJ_3_1)
async def test_PJ_3_1_abnormal_devices_and_a_repeatable_sample_are_visited_and_what_is_unresolved_is_an_item(
    world: World,
) -> None:
    ready, supervisor = await opened(world), world.person("SUPERVISOR")
    abnormal = {"category": "CU-5", "text": WHY}
    found = await world.person("DEVICE_ADMIN").post(f"/v1/devices/{ready['lawful']}/findings", json=abnormal)
    assert found.status_code == 201

    drawn = await supervisor.post(f"{ready['campaign']}/draws", json={})
    again = await supervisor.post(f"{ready['campaign']}/draws", json={})
    draw = drawn.json()
    visits = {each["device_id"]: each for each in draw["inspections"]}
    ranked = sorted(ready["legacy"], key=lambda d: sha256(f"{draw['seed']}/{d}".encode()).digest())
    paths = [f"/v1/cleanup-inspections/{visits[device]['inspection_id']}" for device in ready["legacy"]]
    bare = await supervisor.post(
        f"{paths[0]}/result", json=SEEN | {"outcome": "RESOLVED", "photo_sha256": []}
    )
    resolved = await supervisor.post(f"{paths[0]}/result", json=SEEN | {"outcome": "RESOLVED"})
    unresolved = await supervisor.post(f"{paths[1]}/result", json=SEEN | {"outcome": "UNRESOLVED"})
    twice = await supervisor.post(f"{paths[1]}/result", json=SEEN | {"outcome": "RESOLVED"})
    by_agency = await world.person("AGENCY_HEAD").post(
        f"{paths[1]}/result", json=SEEN | {"outcome": "RESOLVED"}
    )
    await world.settle()

    assert (drawn.status_code, draw["population"]) == (201, 2)
    assert visits[ready["lawful"]]["drawn_as"] == "ABNORMAL"
    # Five of a hundred of two are one, and the sample has three where there are so many.
    assert [d["device_id"] for d in draw["inspections"] if d["drawn_as"] == "SAMPLE"] == ranked
    assert (again.status_code, again.json()["code"]) == (409, "CLN_NOTHING_TO_DRAW")
    assert [a.status_code for a in (bare, resolved, unresolved, twice, by_agency)] == [
        422,
        201,
        201,
        409,
        403,
    ]
    items = (await read(world, "/v1/oversight-items?type=OV-1", "SUPERVISOR"))["items"]
    assert [item["agency_id"] for item in items] == [world.demo.agencies[0]["id"]]
    listed = (await read(world, "/v1/cleanup-inspections"))["items"]
    assert sorted(str(each["outcome"]) for each in listed) == ["None", "RESOLVED", "UNRESOLVED"]
