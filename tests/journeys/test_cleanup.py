"""The story of `./mz demo cleanup`, in one process: from an old inventory to Annex 1 and the one that is late."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from mz.demo.camera import CAMERAS
from mz.demo.cleanup import ROWS, play
from tests.given import StoryLog, a_scene
from tests.world import World


@pytest.mark.slow
async def test_a_campaign_stops_what_has_no_basis_and_lists_who_is_late(world: World, tmp_path: Path) -> None:
    log = StoryLog()

    outcome = await play(a_scene(world, log), CAMERAS[0], tmp_path)

    assert (outcome.devices, outcome.stopped, outcome.kept) == (ROWS + 1, ROWS, 1)
    assert (len(outcome.late), outcome.items) == (1, 1)
    sheet = openpyxl.load_workbook(io.BytesIO((tmp_path / "annex-1.xlsx").read_bytes())).active
    assert sheet is not None
    total = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "总计")
    assert (total[3], total[7]) == (ROWS + 1, f"停止使用 {ROWS} 台(套);保留并继续使用 1 台(套)")
    assert (await world.record_types("device-registry")).count("device.stopped") == ROWS
    assert (await world.fsck()).clean
