"""The story of `./mz demo notification`, in one process: a public notice, a mail, a wrong person, two certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from mz.demo.camera import CAMERAS
from mz.demo.mailserver import PROVIDER, a_mail_server
from mz.demo.serving import play
from mz.operate.proof import root_keys
from tests.given import StoryLog, a_scene
from tests.notification.providers import outside
from tests.world import World


@pytest.mark.slow
async def test_a_notice_goes_down_the_ladder_and_a_decision_by_mail(world: World, tmp_path: Path) -> None:
    scene = a_scene(world, StoryLog())

    async with outside(world, more=PROVIDER), a_mail_server() as mails:
        certificates = await play(
            scene, (CAMERAS[0], CAMERAS[1]), tmp_path, trusted=root_keys(world.installation.d)
        )

    assert [certificate.holds for certificate in certificates] == [True, True], certificates
    assert len(mails) == 1
    assert b"application/pdf" in mails[0]
    types = await world.record_types("notification")
    assert types.count("document.served") == 2
    assert "message.disputed" in types
    assert (await world.fsck()).clean
