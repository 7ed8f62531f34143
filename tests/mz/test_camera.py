"""The way of a camera into service, as `./mz seed` takes it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mz.demo.camera import CAMERAS, Call, activate, ask, prepare
from mz.demo.stage import Refused
from tests.world import World


def calling(world: World, agency: int) -> Call:
    """The people of one agency."""

    async def call(role: str, method: str, path: str, order: dict[str, Any] | None) -> httpx.Response:
        person = world.person(role, agency)
        return await (person.get(path) if method == "GET" else person.post(path, json=order))

    return call


async def test_a_camera_comes_into_service_once_its_publication_has_run(world: World) -> None:
    call = calling(world, 0)
    published = await prepare(call, CAMERAS[0], world.clock())
    with pytest.raises(Refused, match="DEV_PUBLICATION_LEAD_TIME"):
        await activate(call, published)
    world.clock.advance(days=30, minutes=1)

    device = await activate(call, published)

    assert (published["state"], device["state"]) == ("PUBLISHED", "ACTIVE")


async def test_a_run_that_was_cut_short_goes_on_where_it_stopped(world: World) -> None:
    call = calling(world, 1)
    draft = await ask(call, "DEVICE_ADMIN", "/v1/devices", CAMERAS[1].registration())

    published = await prepare(call, CAMERAS[1], world.clock())

    assert (draft["state"], published["state"]) == ("DRAFT", "PUBLISHED")
    assert published["id"] == draft["id"]
