"""The story of `./mz demo cases`, in one process: each case comes to its end, and its bundle verifies."""

from __future__ import annotations

from pathlib import Path

import pytest

from mz.demo.camera import CAMERAS
from mz.demo.cases import ENDINGS, play
from mz.demo.fakebank import FakeBank
from mz.operate.proof import trusted_in
from tests.given import StoryLog, a_scene
from tests.world import World


@pytest.mark.slow
async def test_every_case_comes_to_its_own_end_with_its_documents_and_a_bundle(
    world: World, tmp_path: Path
) -> None:
    world.bureau.watch()
    trusted = trusted_in(world.installation.d)
    bank: FakeBank = world.installation.d.bank()

    ended = await play(
        a_scene(world, StoryLog()), (CAMERAS[0], CAMERAS[1]), bank, tmp_path / "bundles", trusted=trusted
    )

    assert [(case.title, case.state) for case in ended] == [(each.title, each.state) for each in ENDINGS]
    assert [case.title for case in ended if not case.holds] == []
    assert len({case.number for case in ended}) == len(ENDINGS)
    assert (await world.fsck()).clean
