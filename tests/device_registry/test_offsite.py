"""Inspections of an enterprise without a visit: an object of its own, the yearly cap, and what follows for a visit."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import pytest

from common.values.law import EMR_16, EMR_35
from tests.world import Client, World

FACTORY: Final = "91320100MA1ABCDE0X"
ORDER: Final = {"enterprise_code": FACTORY, "matter": "DUST-01"}
COMPLAINT: Final = {"ground": "COMPLAINT", "ground_note": "群众举报扬尘。"}
CLEAN: Final = {"result": "NO_FINDING", "conclusion": "在线数据正常。"}


async def post(person: Client, path: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await person.post(path, json=order)
    return answer.status_code, answer.json()


async def opened(world: World, **changes: Any) -> str:
    status, view = await post(world.person("CASE_OFFICER"), "/v1/offsite-inspections", ORDER | changes)
    assert status == 201, view
    return str(view["inspection_id"])


@pytest.mark.law(EMR_16, EMR_35)
async def test_EMR_1_without_a_finding_nobody_visits_and_every_inspection_counts_in_the_cap(
    world: World,
) -> None:
    officer = world.person("CASE_OFFICER")
    inspection = await opened(world)
    path = f"/v1/offsite-inspections/{inspection}"
    racing = [post(officer, f"{path}/closure", CLEAN) for _ in range(8)]
    assert sorted(status for status, _ in await asyncio.gather(*racing)) == [201] + [409] * 7
    shown = (await officer.get(path)).json()
    assert (shown["result"], shown["nth"], shown["enterprise_code"]) == ("NO_FINDING", 1, FACTORY)

    # No finding, no visit on the same matter; another matter is another question.
    status, refusal = await post(officer, "/v1/onsite-tasks", ORDER)
    assert (status, refusal["code"]) == (409, "INS_NO_FINDING")
    reasoned = ORDER | {"reason": "在线监测设备被举报造假,须现场核实。"}
    status, task = await post(officer, "/v1/onsite-tasks", reasoned)
    assert (status, task["despite"], task["nth"]) == (201, inspection, 2)

    # Two a year is the cap: the third needs a ground on record, whether it is a visit or not.
    for order_path in ("/v1/offsite-inspections", "/v1/onsite-tasks"):
        status, refusal = await post(officer, order_path, ORDER | {"matter": "NOISE-02"})
        assert (status, refusal["code"]) == (409, "INS_YEARLY_CAP")
    status, third = await post(officer, "/v1/offsite-inspections", ORDER | {"matter": "NOISE-02"} | COMPLAINT)
    assert (status, third["nth"], third["ground"]) == (201, 3, "COMPLAINT")

    # Another year, another count; what was found without a finding still needs its reason.
    world.clock.advance(days=366)
    status, refusal = await post(officer, "/v1/onsite-tasks", ORDER)
    assert (status, refusal["code"]) == (409, "INS_NO_FINDING")
    assert (await post(officer, "/v1/onsite-tasks", ORDER | {"matter": "WATER-03"}))[1]["nth"] == 1

    async with world.database("device-registry") as connection:
        records = await connection.fetch(
            "SELECT * FROM outbox WHERE stream ~ '^(offsite_inspection|onsite_task)/'"
        )
    types = {record["type"] for record in records}
    assert types == {"offsite_inspection.opened", "offsite_inspection.closed", "onsite_task.ordered"}
    assert FACTORY not in json.dumps([str(dict(record)) for record in records])


@pytest.mark.law(EMR_35)
async def test_two_at_once_never_exceed_the_cap(world: World) -> None:
    officer = world.person("CASE_OFFICER")

    racing = [post(officer, "/v1/offsite-inspections", ORDER) for _ in range(8)]

    assert sorted(status for status, _ in await asyncio.gather(*racing)) == [201] * 2 + [409] * 6


async def test_a_finding_opens_the_way_to_a_visit(world: World) -> None:
    officer = world.person("CASE_OFFICER")
    inspection = await opened(world)
    found = {"result": "FINDING", "conclusion": "在线数据超标。"}
    assert (await post(officer, f"/v1/offsite-inspections/{inspection}/closure", found))[0] == 201

    status, task = await post(officer, "/v1/onsite-tasks", ORDER)

    assert (status, task["despite"]) == (201, None)


async def test_a_stranger_sees_no_inspection_and_a_device_admin_opens_none(world: World) -> None:
    inspection = await opened(world)
    path, stranger = f"/v1/offsite-inspections/{inspection}", world.person("CASE_OFFICER", 1)

    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.get("/v1/offsite-inspections")).json()["items"] == []
    assert (await post(stranger, f"{path}/closure", CLEAN))[0] == 404
    assert (await post(stranger, f"{path[:-4]}0000/closure", CLEAN))[0] == 404
    assert (await post(world.person("DEVICE_ADMIN"), "/v1/offsite-inspections", ORDER))[0] == 403
    assert (await post(world.person("DEVICE_ADMIN"), f"{path}/closure", CLEAN))[0] == 403
    half = ORDER | {"ground": "COMPLAINT"}
    assert (await post(world.person("CASE_OFFICER"), "/v1/offsite-inspections", half))[0] == 422
