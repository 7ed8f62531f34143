"""The world that the story tests stand on."""

from __future__ import annotations

from datetime import timedelta

from tests.world import World


async def test_every_person_of_the_demo_is_who_they_say(world: World) -> None:
    admin = world.person("DEVICE_ADMIN", agency=1)

    answer = await admin.get("/v1/me")

    assert answer.status_code == 200, answer.text
    assert answer.json()["roles"] == ["DEVICE_ADMIN"]
    assert answer.json()["agency"]["agency_id"] == world.agencies[1]


async def test_the_clock_of_every_service_moves_with_the_world(world: World) -> None:
    before = world.clock()

    world.clock.advance(days=30)

    assert all(runtime.clock() - before >= timedelta(days=30) for runtime in world.runtimes.values())


async def test_nobody_is_nobody(world: World) -> None:
    answer = await world.anonymous.get("/v1/me")

    assert answer.status_code == 401
