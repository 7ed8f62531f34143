"""One more device only where none that stands there already is enough (NJ 9(3)), and none that looks into homes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from common.values.law import NJ_7, NJ_9, VSR_8
from mz.demo.camera import CAMERAS, work_plan
from tests.device_registry.stories import CAMERA, record_types, register, registration, take
from tests.world import World

PLACE = {"longitude": CAMERA.longitude, "latitude": CAMERA.latitude, "violation": "CM-0107"}
WINDOW = [[100, 100], [300, 100], [300, 300], [100, 300]]
MASK = [[50, 50], [350, 50], [350, 350], [50, 350]]
SKETCH = "ab" * 32


async def handed_in(world: World, agency: int = 0, **changes: Any) -> str:
    """A device under review."""
    admin = world.person("DEVICE_ADMIN", agency)
    answer = await admin.post("/v1/devices", json=registration(**changes))
    device = str(answer.json()["id"])
    order = CAMERA.order("submission", world.clock().date())
    assert (await admin.post(f"/v1/devices/{device}/submission", json=order)).status_code == 201
    return device


@pytest.mark.law(NJ_9)
async def test_NJ_9_6_a_device_that_could_be_shared_is_listed_and_one_more_needs_a_reason(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    first = await handed_in(world, agency=1)
    # 190 metres further north, 211 metres further south, another violation, and a vehicle: one of four may be shared.
    near = await register(world, device_code=CAMERAS[0].code, latitude="31.212150")
    far = await register(world, device_code=CAMERAS[1].code, latitude="31.208540")
    speed = registration()["functions"][0] | {"code": "CM-0301", "name": "超速"}
    other = await register(world, device_code="31010400001190000003", functions=[speed])
    vehicle = await register(world, device_code="31010400001190000004", kind="MOBILE_VEHICLE")

    found = (await admin.get("/v1/device-coverage", params=PLACE)).json()
    refused = await take(world, near, "submission", sharing=" ")
    free = [await take(world, device, "submission", sharing="") for device in (far, other, vehicle)]
    reasoned = await take(world, near, "submission", sharing="该设备朝向主路,拍不到本侧人行道。")
    read = (await admin.get(f"/v1/devices/{near}/application")).json()

    assert found["radius_m"] == 200
    assert [(each["device_id"], each["metres"], each["functions"]) for each in found["devices"]] == [
        (first, 0, ["CM-0107"])
    ]
    assert (refused.status_code, refused.json()["code"]) == (409, "DEV_DUPLICATE_COVERAGE")
    assert refused.json()["facts"] == {"devices": [first], "radius_m": 200}
    assert [answer.status_code for answer in free] == [201, 201, 201]
    assert reasoned.status_code == 201
    assert (read["nearby"], read["sharing"]) == ([first], "该设备朝向主路,拍不到本侧人行道。")
    assert (await world.person("CASE_OFFICER").get("/v1/device-coverage", params=PLACE)).status_code == 403
    assert (await world.person("DEVICE_ADMIN", 1).get(f"/v1/devices/{near}/application")).status_code == 404


@pytest.mark.law(NJ_9)
async def test_of_applications_for_one_place_at_once_only_the_first_needs_no_reason(world: World) -> None:
    codes = [f"3101040000119000001{n}" for n in range(6)]
    devices = [await register(world, device_code=code) for code in codes]

    answers = await asyncio.gather(*(take(world, each, "submission", sharing="") for each in devices))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "DEV_DUPLICATE_COVERAGE"
    }


async def test_the_devices_around_a_place_are_found_by_the_index_and_not_by_reading_them_all(
    world: World,
) -> None:
    query = "EXPLAIN SELECT id FROM devices WHERE cell = ANY ('{436130171,436130172}')"

    async with world.runtimes["device-registry"].db.engine.connect() as conn:
        # Of a few rows all are read at once; without that, only an index that may be used behind the fence is left.
        await conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = [row[0] for row in await conn.execute(sa.text(query))]

    assert any("devices_in_a_cell" in line for line in plan)
    assert any("Index Cond: (cell = ANY" in line for line in plan)


@pytest.mark.law(NJ_7)
async def test_a_plan_that_does_not_provide_for_the_device_is_seen_in_the_review_and_blocks_nothing(
    world: World,
) -> None:
    admin, today = world.person("DEVICE_ADMIN"), world.clock().date()
    line = {"violation_code": "CM-0107", "division": "310104", "count": 1}
    plans = [
        (await admin.post("/v1/plans", json=work_plan(today) | {"planned": [line | change]})).json()[
            "plan_id"
        ]
        for change in ({"violation_code": "CM-0301"}, {"division": "310101"}, {})
    ]
    seen = []

    for number, plan in enumerate([*plans, plans[-1]]):
        device = await register(world, device_code=f"3101040000119000002{number}")
        await take(world, device, "submission", plan_id=plan)
        seen.append((await take(world, device, "legal-review")).json()["warnings"])

    assert seen == [["PLAN_VIOLATION"], ["PLAN_DIVISION"], [], ["PLAN_COUNT"]]
    shown = await world.person("DEVICE_TECH_REVIEWER").get(f"/v1/devices/{device}/application")
    assert (shown.json()["plan_id"], shown.json()["warnings"]) == (plans[-1], ["PLAN_COUNT"])


@pytest.mark.law(VSR_8, NJ_9)
async def test_a_window_in_the_picture_is_masked_and_the_reviewer_has_seen_it(world: World) -> None:
    device = await register(world)
    view = {"sketch_sha256": SKETCH, "windows": [WINDOW]}

    blind = await take(world, device, "submission", view=None)
    bare = await take(world, device, "submission", view=view)
    short = await take(
        world, device, "submission", view=view | {"masks": [[*MASK[:2], [250, 350], [50, 350]]]}
    )
    masked = await take(world, device, "submission", view=view | {"masks": [MASK]})
    unseen = await take(world, device, "legal-review")
    seen = await take(world, device, "legal-review", mask_sample_sha256="cd" * 32)
    read = (await world.person("AGENCY_HEAD").get(f"/v1/devices/{device}/application")).json()

    assert (blind.status_code, blind.json()["errors"][0]["pointer"]) == (422, "/body/view")
    for answer in (bare, short):
        assert (answer.status_code, answer.json()["code"]) == (422, "DEV_PRIVACY_MASK_MISSING")
    assert masked.status_code == 201
    assert (unseen.status_code, unseen.json()["code"]) == (422, "DEV_PRIVACY_MASK_UNCONFIRMED")
    assert seen.status_code == 201
    assert (read["windows"], read["masks"], read["mask_sample_sha256"]) == ([WINDOW], [MASK], "cd" * 32)
    assert (await record_types(world, device))[-2:] == ["device.submitted", "device.legally_reviewed"]
