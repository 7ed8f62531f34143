"""How people are told that a device watches: the sign, the livery of a vehicle, the notice of a drone (NJ 10; PD 7)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.values.law import NJ_10, PD_7
from tests.device_registry.stories import PUBLISHED, TO_PUBLISHED, published, record_types, register, take
from tests.world import World

AREA = [
    {"longitude": longitude, "latitude": latitude}
    for longitude, latitude in (
        ("121.440000", "31.200000"),
        ("121.460000", "31.200000"),
        ("121.450000", "31.220000"),
    )
]


def codes(answer: httpx.Response) -> list[str]:
    """The codes of the guards that failed."""
    return [violation["code"] for violation in answer.json()["violations"]]


async def on_trial(world: World, **changes: Any) -> str:
    """A device as far as its trial, with every paper but the sign."""
    device = await register(world, **changes)
    for step in TO_PUBLISHED:
        if step not in ("signage", "publication"):
            answer = await take(world, device, step)
            assert answer.status_code == 201, (step, answer.text)
    return device


@pytest.mark.begins(PUBLISHED)
@pytest.mark.law(NJ_10)
async def test_NJ_10_1_a_device_without_a_standing_sign_is_not_activated(world: World) -> None:
    device = await published(world)
    today = f"{world.clock().date()}"
    sign = {
        "photo_sha256": "ab" * 32,
        "position": "设备前方30米",
        "text": "前方违法停车抓拍",
        "from_on": today,
    }
    path = f"/v1/devices/{device}/signage"

    bare = [
        await world.person("DEVICE_ADMIN").post(path, json={k: v for k, v in sign.items() if k != part})
        for part in sign
    ]
    first = (await take(world, device, "signage", photo_sha256="cd" * 32)).status_code
    standing = await _photo(world, device)
    for photo in {standing, "cd" * 32}:
        await take(world, device, "signage", photo_sha256=photo, from_on=today, until_on=today)
    world.clock.advance(days=30)
    gone = await take(world, device, "activation")
    again = await take(world, device, "signage", photo_sha256="ef" * 32)
    active = await take(world, device, "activation")

    assert [(answer.status_code, answer.json()["errors"][0]["pointer"]) for answer in bare] == [
        (422, f"/body/{part}") for part in sign
    ]
    assert (first, again.status_code) == (201, 201)
    assert (gone.status_code, codes(gone)) == (409, ["DEV_SIGNAGE_MISSING"])
    assert (active.status_code, active.json()["state"]) == (201, "ACTIVE")
    assert (await record_types(world, device)).count("device.signage_recorded") == 5


@pytest.mark.law(PD_7)
@pytest.mark.parametrize(
    ("kind", "sign", "points"), [("MOBILE_VEHICLE", "LIVERY", 3), ("UAV", "ROUTE_NOTICE", 2)]
)
async def test_NJ_10_1_a_device_that_moves_has_its_own_sign_and_publishes_what_it_watches(
    world: World, kind: str, sign: str, points: int
) -> None:
    device = await on_trial(world, kind=kind)

    post = await take(world, device, "signage")
    without = await take(world, device, "publication", watched=AREA)
    marked = await take(world, device, "signage", kind=sign)
    nowhere = await take(world, device, "publication", watched=AREA[: points - 1])
    elsewhere = [*AREA[: points - 1], {"longitude": "116.400000", "latitude": "39.900000"}]
    abroad = await take(world, device, "publication", watched=elsewhere)
    there = await take(world, device, "publication", watched=AREA[:points])
    (shown,) = (await world.anonymous.get("/v1/public/devices")).json()["items"]

    assert (post.status_code, post.json()["code"]) == (422, "DEV_SIGNAGE_KIND")
    assert (without.status_code, codes(without)) == (409, ["DEV_SIGNAGE_MISSING"])
    assert marked.status_code == 201
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "DEV_WATCHED_AREA")
    assert (abroad.status_code, abroad.json()["code"]) == (422, "OUT_OF_TERRITORY")
    assert (there.status_code, there.json()["state"]) == (201, "PUBLISHED")
    assert shown["watched"] == [f"{p['longitude']},{p['latitude']}" for p in AREA[:points]]


@pytest.mark.law(NJ_10)
async def test_a_device_that_stands_still_has_a_sign_and_no_area_and_is_photographed_with_it(
    world: World,
) -> None:
    device = await register(world, agency_number="徐城管-0107")
    for step in TO_PUBLISHED[:4]:
        await take(world, device, step)
    number = (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()["agency_number"]

    blind = await take(world, device, "installation", sign_sha256="no photograph")
    far = await take(world, device, "installation", latitude="31.211443")
    there = await take(world, device, "installation")
    await take(world, device, "trial")
    livery = await take(world, device, "signage", kind="LIVERY")
    for step in TO_PUBLISHED[6:-1]:
        await take(world, device, step)
    area = await take(world, device, "publication", watched=AREA)

    assert number == "徐城管-0107"
    assert (blind.status_code, blind.json()["errors"][0]["pointer"]) == (422, "/body/sign_sha256")
    assert (far.status_code, far.json()["code"]) == (409, "DEV_INSTALLED_ELSEWHERE")
    assert there.status_code == 201
    assert (livery.status_code, livery.json()["code"]) == (422, "DEV_SIGNAGE_KIND")
    assert (area.status_code, area.json()["code"]) == (422, "DEV_WATCHED_AREA")


async def _photo(world: World, device: str) -> str:
    """The photograph of the sign that the story put up."""
    async with world.database("device-registry") as db:
        query = "SELECT photo_sha256 FROM device_signs WHERE device_id = $1 AND n = 1"
        return str(await db.fetchval(query, device))
