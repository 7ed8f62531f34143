"""A backup that was taken under load, the machine lost, and everything that was acknowledged there again."""

from __future__ import annotations

from pathlib import Path

import pytest

from mz.operate.drill import drill
from tests.scratch import scratch

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_and_an_old_backup_is_recognised(tmp_path: Path) -> None:
    with scratch() as folder:
        outcome = drill(folder, seconds=5)

    assert len(outcome.acknowledged) > 1
    assert outcome.lost == set()
    assert "older" in outcome.old_copy
    assert outcome.recovered_s < 120
    assert outcome.is_good
