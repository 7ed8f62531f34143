"""The story of `./mz demo pages`, in one process: it stops where a person goes on, and the pages show what waits."""

from __future__ import annotations

import pytest

from mz.demo.camera import CAMERAS
from mz.demo.pages import play
from tests.gateway.browser import Browser
from tests.given import StoryLog, a_scene
from tests.world import World


@pytest.mark.slow
async def test_a_case_waits_for_its_party_and_captures_for_their_reviewers(world: World) -> None:
    waiting = await play(a_scene(world, StoryLog()), CAMERAS[0])

    queue = await world.person("EVIDENCE_REVIEWER").get("/v1/captures?state=TECH_PASSED")
    party = await Browser.of(world, "PARTY")

    assert len(queue.json()["items"]) == waiting.captures == 3
    assert waiting.number in await party.open("/portal/cases")
    assert (await world.fsck()).clean
