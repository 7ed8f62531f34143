"""The only place that asks what time it is.

In the demo and test profiles every process adds an offset that is kept in `D/clock.json`, so that a
story that takes months plays in minutes. Token lifetimes, witnesses and time stamps use `real_time`.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ledger.clock import real_time

BEIJING = ZoneInfo("Asia/Shanghai")


class OffsetClock:
    """Real time plus the offset in `path`, read again whenever the file changes.

    Every process of one demo reads the same file, so that they agree without talking.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._offset = timedelta()

    def __call__(self) -> datetime:
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return real_time()
        if stamp != self._stamp:
            self._offset = timedelta(microseconds=json.loads(self._path.read_text())["offset_us"])
            self._stamp = stamp
        return real_time() + self._offset
