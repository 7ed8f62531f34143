"""A verification that turns out to be invalid since a past day names exactly the captures of the interval."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.values.calendar import legal_day, start_of
from common.values.law import APL_41_1, METROLOGY_9
from mz.demo import orders
from mz.demo.story import capture_is_reviewed
from tests.device_registry.stories import ACTIVE, in_service, record_types, take
from tests.evidence.camera import Device, captures
from tests.evidence.test_review import registered
from tests.given import ARCHIVED, IN_SERVICE, a_scene
from tests.world import World


async def correct(world: World, device: str, *, by: str = "DEVICE_ADMIN", **order: Any) -> httpx.Response:
    """The certificate of `device` turned out to be invalid since a day."""
    whole = {"paper": "CERTIFICATE", "reason": "检定机构撤销该证书。"} | order
    return await world.person(by).post(f"/v1/devices/{device}/corrections", json=whole)


async def seen(world: World, evidence_id: str) -> dict[str, Any]:
    answer = await world.person("EVIDENCE_REVIEWER").get(f"/v1/captures/{evidence_id}")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def a_capture(world: World, camera: Device, *, serial: int) -> str:
    """A capture of today that passed its checks."""
    answer = await camera.push(camera.vehicle(serial=serial, shade=40 * serial))
    assert answer.status_code == 200, answer.text
    await world.settle(slow_jobs=False)
    newest = (await captures(world))[-1]
    assert newest["state"] == "TECH_PASSED", newest["check_codes"]
    return str(newest["id"])


@pytest.mark.begins(IN_SERVICE)
@pytest.mark.law(METROLOGY_9, APL_41_1)
async def test_a_verification_found_invalid_since_a_past_day_names_exactly_the_captures_of_the_interval(
    world: World,
) -> None:
    camera = await registered(world)
    before = await a_capture(world, camera, serial=1)
    world.clock.advance(days=3)
    since = legal_day(world.clock())
    accepted = await a_capture(world, camera, serial=2)
    await capture_is_reviewed(a_scene(world), accepted)
    world.clock.advance(days=1)
    waiting = await a_capture(world, camera, serial=3)
    world.clock.advance(days=1)
    renewed = await take(
        world, camera.id, "verifications", certificate_no="JL-NEW", verified_on=f"{legal_day(world.clock())}",
        valid_until=f"{legal_day(world.clock()) + timedelta(days=300)}",
    )  # fmt: skip
    assert renewed.status_code == 201, renewed.text
    world.clock.advance(days=1)
    after = await a_capture(world, camera, serial=4)

    answer = await correct(world, camera.id, number="JL-0001-02", invalid_from=f"{since}")
    await world.settle(slow_jobs=False)

    assert answer.status_code == 201, answer.text
    [interval] = answer.json()["intervals"]
    assert (interval["guard"], interval["codes"]) == ("VERIFICATION", ["E-DEV-03"])
    assert interval["invalid_from"] == f"{start_of(since):%Y-%m-%dT%H:%M:%SZ}"
    marked = {id: (await seen(world, id))["invalidations"] for id in (before, accepted, waiting, after)}
    assert {id for id, found in marked.items() if found} == {accepted, waiting}
    assert {found[0]["guard"] for found in marked.values() if found} == {"VERIFICATION"}
    assert (await seen(world, accepted))["state"] == "ACCEPTED"
    await _is_not_accepted_any_more(world, waiting)


@pytest.mark.slow
@pytest.mark.begins(ARCHIVED)
async def test_a_frozen_capture_is_marked_beside_and_stays_as_it_was(world: World) -> None:
    [frozen] = await captures(world)
    order = {"number": "JL-0001-02", "invalid_from": f"{legal_day(frozen['captured_at'])}"}
    assert (await correct(world, frozen["device_id"], **order)).status_code == 201
    await world.settle()

    view = await seen(world, frozen["id"])
    assert (view["state"], [found["codes"] for found in view["invalidations"]]) == ("FROZEN", [["E-DEV-03"]])
    assert await captures(world) == [frozen]
    result = await world.fsck()
    assert result.clean, result.findings


async def _is_not_accepted_any_more(world: World, evidence_id: str) -> None:
    officer, path = world.person("EVIDENCE_REVIEWER"), f"/v1/captures/{evidence_id}"
    assert (await officer.post(f"{path}/review", json={})).status_code == 201
    order = {"attributes": orders.ATTRIBUTES, "violation_code": "CM-0107"}
    refused = await officer.post(f"{path}/acceptance-proposal", json=order)
    assert (refused.status_code, refused.json()["code"]) == (409, "EVD_DEVICE_INVALIDATED")


@pytest.mark.begins(ACTIVE)
async def test_a_correction_is_made_once_and_only_by_those_who_may(world: World) -> None:
    device = await in_service(world)
    world.clock.advance(days=2)
    order = {"number": "JL-0001-01", "invalid_from": f"{legal_day(world.clock()) - timedelta(days=1)}"}

    stranger = await world.person("DEVICE_ADMIN", 1).post(
        f"/v1/devices/{device}/corrections", json={"paper": "CERTIFICATE", "reason": "-"} | order
    )
    without = await correct(world, device, by="EVIDENCE_REVIEWER", **order)
    racing = await asyncio.gather(*(correct(world, device, by="SUPERVISOR", **order) for _ in range(8)))

    assert (stranger.status_code, without.status_code) == (404, 403)
    assert sorted(answer.status_code for answer in racing) == [201] + [422] * 7
    assert (await record_types(world, device)).count("device.capability.invalidated") == 1
    listed = await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}/corrections")
    assert [paper["number"] for paper in listed.json()["papers"]] == ["JL-0001-01"]


@pytest.mark.begins(ACTIVE)
async def test_a_suspension_that_reaches_back_and_a_sign_that_was_gone_invalidate_too(world: World) -> None:
    device = await in_service(world)
    world.clock.advance(days=5)
    began = world.clock() - timedelta(days=1)
    gone = legal_day(world.clock()) - timedelta(days=3)

    await take(world, device, "signage", from_on=f"{gone - timedelta(days=30)}", until_on=f"{gone}")
    await take(world, device, "suspension", reason="FAULT", effective_from=began.isoformat())

    listed = (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}/corrections")).json()
    assert [interval["guard"] for interval in listed["intervals"]] == ["SIGNAGE"]
    assert (
        listed["intervals"][0]["invalid_from"] == f"{start_of(gone + timedelta(days=1)):%Y-%m-%dT%H:%M:%SZ}"
    )
