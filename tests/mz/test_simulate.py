"""`./mz simulate`: cameras and a platform push to a real system, and nothing that was acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.process import running

pytestmark = pytest.mark.slow


def test_cameras_and_a_platform_push_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with running(tmp_path / "D") as system:
        cameras = system.mz("simulate", "cameras", "--count", "4", "--rate", "4", "--seconds", "4")
        platform = system.mz("simulate", "platform", "--cameras", "6", "--per", "3", "--rate", "2")
        fsck = system.mz("ledger", "fsck")

    assert (cameras.returncode, platform.returncode) == (0, 0), cameras.stderr + platform.stderr
    assert "取证记录 16 件,待补图片 0 件,丢失 0 件" in cameras.stdout
    assert "取证记录 6 件,待补图片 0 件,丢失 0 件" in platform.stdout
    assert fsck.returncode == 0, fsck.stdout + fsck.stderr
