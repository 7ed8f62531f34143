"""Moves the clock of a demo, a test or a sandbox. `common.values.clock` reads it; the domain never writes it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from common.values.clock import OffsetClock
from ledger.clock import real_time
from ledger.keyfiles import replace_durably


def advance(path: Path, to: datetime) -> None:
    """Move the demo clock in `path` so that it now reads `to`. It never goes back.

    The first setting may lie in the past: the story starts on a fixed date. Replaced in one step, so
    that no process ever reads half a file.
    """
    if path.exists() and to < OffsetClock(path)():
        raise ValueError("the demo clock only goes forward")
    offset = to - real_time()
    replace_durably(path, json.dumps({"offset_us": offset // timedelta(microseconds=1)}).encode())
