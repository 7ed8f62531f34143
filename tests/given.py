"""Arranges the world through the API, by the same story that the demo plays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from mz.demo.camera import CAMERAS, Camera
from mz.demo.stage import Scene, Step
from mz.demo.story import Watching, camera_becomes_lawful, capture_is_pushed, capture_is_reviewed, play
from tests.world import World

CAMERA = CAMERAS[0]


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

    def sub(self, role: str, *, agency: int = 0, nth: int = 0) -> str:
        return self.world.person(role, agency, nth).sub

    def now(self) -> datetime:
        return self.world.clock()

    def to(self, at: datetime) -> None:
        self.world.clock.to(at)

    async def settle(self) -> None:
        await self.world.settle()


def a_scene(world: World, log: StoryLog | None = None) -> Scene:
    """The story's way to act in `world`; `log` keeps what it did."""
    kept = log or StoryLog()

    async def tell(step: Step) -> None:
        kept.steps.append(step)

    return Scene(WorldStage(world, kept), tell)


async def a_camera_in_service(world: World, camera: Camera = CAMERA) -> Watching:
    """ACTIVE, with an account; the clock has moved past the publication's lead time."""
    return await camera_becomes_lawful(a_scene(world), camera)


async def a_checked_capture(world: World, watching: Watching) -> str:
    """A capture of `watching` that passed the technical checks; its id."""
    return await capture_is_pushed(a_scene(world), watching)


async def accepted_evidence(world: World, watching: Watching) -> str:
    """A capture that two officers accepted; its id."""
    evidence_id = await a_checked_capture(world, watching)
    await capture_is_reviewed(a_scene(world), evidence_id)
    return evidence_id


async def a_case_in_the_archive(world: World, log: StoryLog | None = None) -> str:
    """The whole story, from the camera's draft to the archived case; its id. Everything is in the ledger."""
    case_id = await play(a_scene(world, log), CAMERA, world.installation.d.bank())
    await world.settle()
    return case_id
