"""A missing guard blocks; it does not warn (Inv. 1). Four hands (Inv. 2). No private place (Inv. 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from common.values.calendar import legal_day
from common.values.law import PJ_1
from tests.device_registry.inventories import imported
from tests.device_registry.stories import (
    CAMERA,
    PUBLISHED,
    TO_PUBLISHED,
    published,
    record_types,
    register,
    registration,
    take,
)
from tests.world import World


@pytest.mark.parametrize(
    "without, code",
    [
        ("acceptance-test", "DEV_ACCEPTANCE_TEST_MISSING"),
        ("standard-conformities", "DEV_STANDARD_NONCONFORM"),
        ("verifications", "DEV_VERIFICATION_MISSING"),
        ("signage", "DEV_SIGNAGE_MISSING"),
    ],
)
async def test_a_device_without_one_paper_is_not_published(world: World, without: str, code: str) -> None:
    device = await published(world, without=without)

    refused = await take(world, device, "publication")
    await take(world, device, without)
    accepted = await take(world, device, "publication")

    assert (refused.status_code, refused.json()["code"]) == (409, "DEV_GUARD_FAILED")
    assert [violation["code"] for violation in refused.json()["violations"]] == [code]
    assert accepted.status_code == 201


@pytest.mark.begins(PUBLISHED)
async def test_NJ_10_2_the_lead_time_runs_to_its_end(world: World) -> None:
    device = await published(world)
    world.clock.advance(days=30, minutes=-1)

    early = await take(world, device, "activation")
    world.clock.advance(minutes=1)
    in_time = await take(world, device, "activation")

    assert [violation["code"] for violation in early.json()["violations"]] == ["DEV_PUBLICATION_LEAD_TIME"]
    assert in_time.status_code == 201


@pytest.mark.begins(PUBLISHED)
async def test_a_certificate_that_ran_out_since_the_publication_blocks_the_activation(world: World) -> None:
    device = await published(world)
    world.clock.advance(days=61)

    answer = await take(world, device, "activation")

    assert [violation["code"] for violation in answer.json()["violations"]] == ["DEV_VERIFICATION_EXPIRED"]


async def test_a_local_regulation_alone_approves_no_device(world: World) -> None:
    order = registration()
    order["functions"][0]["bases"][0]["level"] = "LOCAL_REGULATION"
    device = await register(world, functions=order["functions"])
    for step in ("submission", "legal-review", "technical-review"):
        await take(world, device, step)

    answer = await take(world, device, "approval")

    assert [violation["code"] for violation in answer.json()["violations"]] == [
        "DEV_LEGAL_BASIS_INSUFFICIENT"
    ]


UNLAWFUL: list[tuple[dict[str, Any], str]] = [
    ({"place_type": "HOTEL_GUEST_ROOM"}, "DEV_PROHIBITED_PLACE"),
    ({"funding_source": "PARTY"}, "DEV_COST_SHIFTED"),
    ({"installer_type": "MARKET_ENTITY", "revenue_link": "DIRECT"}, "DEV_MARKET_ENTITY_REVENUE"),
    ({"division": "玄武区"}, "OUT_OF_TERRITORY"),
    ({"longitude": "113.646149"}, "OUT_OF_TERRITORY"),
]


@pytest.mark.parametrize("changes, code", UNLAWFUL)
async def test_a_device_that_is_unlawful_as_such_is_not_registered(
    world: World, changes: dict[str, Any], code: str
) -> None:
    answer = await world.person("DEVICE_ADMIN").post("/v1/devices", json=registration(**changes))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.law(PJ_1)
async def test_an_imported_device_of_which_nobody_said_who_pays_is_approved_and_not_published(
    world: World,
) -> None:
    """Registration refuses an unlawful provision; only an inventory brings one that nobody knows."""
    cells = {"场所类型": "道路", "设备类型": "固定式", "是否强检": "否", "行政区": "徐汇区"}
    here = {"经度(WGS84)": CAMERA.longitude, "纬度(WGS84)": CAMERA.latitude}
    device = (await imported(world, **cells, **here))["device_id"]
    for step in TO_PUBLISHED[:-1]:
        if step != "verifications":
            answer = await take(world, device, step)
            assert answer.status_code == 201, (step, answer.text)

    refused = await take(world, device, "publication")

    assert [violation["code"] for violation in refused.json()["violations"]] == ["DEV_PROVISION_UNKNOWN"]


async def test_a_failed_review_rejects_the_device(world: World) -> None:
    device = await register(world)
    await take(world, device, "submission")

    checklist = {f"L{n}": "PASS" for n in range(2, 9)} | {"L1": "FAIL"}
    answer = await take(
        world, device, "legal-review", checklist=checklist, notes={"L1": "没有法律、行政法规依据。"}
    )

    assert (answer.status_code, answer.json()["state"]) == (201, "REJECTED")
    assert (await record_types(world, device))[-2:] == [
        "device.legally_reviewed",
        "device.rejected",
    ]


async def test_the_wrong_person_reviews_and_approves_nothing(world: World) -> None:
    device = await register(world)
    await take(world, device, "submission")
    admin = world.person("DEVICE_ADMIN")

    for step in ("legal-review", "technical-review", "approval"):
        answer = await admin.post(f"/v1/devices/{device}/{step}", json={})
        assert answer.status_code == 403


async def test_a_paper_of_tomorrow_is_refused(world: World) -> None:
    device = await register(world)
    tomorrow = legal_day(world.clock()) + timedelta(days=1)

    answer = await take(world, device, "signage", from_on=f"{tomorrow}")

    assert (answer.status_code, answer.json()["code"]) == (422, "DEV_PAPER_PERIOD")


async def test_the_database_itself_refuses_a_private_place_and_a_write_without_a_fact(world: World) -> None:
    device = await register(world)

    async with world.database("device-registry") as db:
        with pytest.raises(asyncpg.CheckViolationError, match="no_device_works_in_a_private_place"):
            await db.execute("UPDATE devices SET place_type = 'TOILET' WHERE id = $1", device)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="has no recorded fact"):
            await db.execute("UPDATE devices SET place = 'elsewhere' WHERE id = $1", device)
