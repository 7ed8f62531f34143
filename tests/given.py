"""Arranges the world through the API, by the same story that the demo plays.

A world that began at a later place of the story is arranged already: each thing is then taken from `world.ready`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx

from mz.demo.camera import CAMERAS, Camera
from mz.demo.stage import Scene, Step
from mz.demo.story import (
    Watching,
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_runs_to_the_archive,
    play,
)
from tests.snapshots import PEOPLE, Place
from tests.world import World

CAMERA: Final = CAMERAS[0]
IN_SERVICE: Final = "camera in service"
CHECKED: Final = "capture checked"
ACCEPTED: Final = "evidence accepted"
ARCHIVED: Final = "case archived"


@dataclass
class StoryLog:
    """What a story did: every call (role, method, path, body), and every step that it told."""

    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class WorldStage:
    """A world as the story needs it."""

    def __init__(self, world: World, log: StoryLog) -> None:
        self.world = world
        self.http = world.http
        self._log = log

    async def call(
        self, role: str, method: str, path: str, order: dict[str, Any] | None = None, *, agency: int = 0, nth: int = 0,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        person = self.world.person(role, agency, nth)
        self._log.calls.append((role, method, path, order))
        if method == "GET":
            return await person.get(path, headers=headers or {})
        return await person.post(path, json=order, headers=headers or {})

    async def put(
        self, role: str, path: str, content: bytes, headers: dict[str, str], *, agency: int = 0
    ) -> httpx.Response:
        return await self.world.person(role, agency).request("PUT", path, content=content, headers=headers)

    async def upload(self, role: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.world.person(role).post(path, content=content, headers=headers)

    def sub(self, role: str, *, agency: int = 0, nth: int = 0) -> str:
        return self.world.person(role, agency, nth).sub

    def now(self) -> datetime:
        return self.world.clock()

    def to(self, at: datetime) -> None:
        self.world.clock.to(at)

    async def settle(self) -> None:
        await self.world.settle()


def a_scene(world: World, log: StoryLog | None = None) -> Scene:
    """The story's way to act in `world`; what it does is noted in `log`."""
    noted = log or StoryLog()

    async def tell(step: Step) -> None:
        noted.steps.append(step)

    return Scene(WorldStage(world, noted), tell)


async def a_camera_in_service(world: World, camera: Camera = CAMERA) -> Watching:
    """ACTIVE, with an account; the clock has moved past the publication's lead time."""
    if camera == CAMERA and IN_SERVICE in world.ready:
        ready: Watching = world.ready.pop(IN_SERVICE)
        return ready
    return await camera_becomes_lawful(a_scene(world), camera)


async def a_checked_capture(world: World, watching: Watching) -> str:
    """A capture of `watching` that passed the technical checks; its id."""
    if CHECKED in world.ready:
        return str(world.ready.pop(CHECKED))
    return await capture_is_pushed(a_scene(world), watching)


async def accepted_evidence(world: World, watching: Watching) -> str:
    """A capture that two officers accepted; its id."""
    if ACCEPTED in world.ready:
        return str(world.ready.pop(ACCEPTED))
    evidence_id = await a_checked_capture(world, watching)
    await capture_is_reviewed(a_scene(world), evidence_id)
    return evidence_id


async def a_case_in_the_archive(world: World, log: StoryLog | None = None) -> str:
    """The whole story, from the camera's draft to the archived case; its id. Everything is in the ledger.

    A test that wants the `log` of the story begins with the people, where the story does.
    """
    if ARCHIVED in world.ready:
        assert log is None, "the story was told before this test began"
        return str(world.ready.pop(ARCHIVED))
    case_id = await play(a_scene(world, log), CAMERA, world.installation.d.bank())
    await world.settle()
    return case_id


async def _to_a_camera_in_service(world: World) -> None:
    world.ready[IN_SERVICE] = await a_camera_in_service(world)


async def _to_a_checked_capture(world: World) -> None:
    world.ready[CHECKED] = await a_checked_capture(world, world.ready[IN_SERVICE])


async def _to_accepted_evidence(world: World) -> None:
    world.ready[ACCEPTED] = await accepted_evidence(world, world.ready[IN_SERVICE])


async def _to_the_archive(world: World) -> None:
    bank = world.installation.d.bank()
    evidence_id = world.ready.pop(ACCEPTED)
    world.ready[ARCHIVED] = await case_runs_to_the_archive(a_scene(world), evidence_id, bank)
    await world.settle()


PLACES: Final = {
    IN_SERVICE: Place(PEOPLE, _to_a_camera_in_service),
    CHECKED: Place(IN_SERVICE, _to_a_checked_capture),
    ACCEPTED: Place(CHECKED, _to_accepted_evidence),
    ARCHIVED: Place(ACCEPTED, _to_the_archive),
}
"""The places of the demo's own story. `tests.case.story` adds those of a case that is walked act by act."""
