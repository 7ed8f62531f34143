"""The story of `./mz demo evidence`, in one process: from a platform's push to the decision that rests on it."""

from __future__ import annotations

import pytest

from mz.demo.camera import CAMERAS
from mz.demo.custody import chain_of, play
from tests.given import StoryLog, a_scene
from tests.world import World

CHAIN = [
    "evidence.ingested",
    "evidence.checked",
    "evidence.review_started",
    "evidence.acceptance_proposed",
    "evidence.accepted",
    "evidence.backed_up",
    "evidence.frozen",
]
LOOKS = ("evidence.disclosed", "evidence.exported")


@pytest.mark.slow
async def test_each_link_of_a_pictures_custody_lies_in_the_ledger_in_its_order(world: World) -> None:
    scene = a_scene(world, StoryLog())

    told = await play(scene, CAMERAS[0])
    await world.settle()
    chain = await chain_of(scene, told.evidence_id)

    assert [link.type for link in chain if link.type not in LOOKS] == CHAIN
    assert [link.index for link in chain] == sorted({link.index for link in chain})
    assert chain[0].actor.startswith("host:cam")
    assert chain[0].line.count("SHA-256") == 1
    assert all(link.said for link in chain if link.type == "evidence.disclosed")
    assert (await world.fsck()).findings == []
