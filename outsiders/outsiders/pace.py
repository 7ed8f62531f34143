"""Whether the clock of a log runs as ours does. An entry read now was written after the log had last shown no more.

    ours      ── the log shows no new entry ──── w ──── we read the entry ──▶     w lies between
    theirs                                     time

So the log's clock minus ours lies between `time of the last new entry − now` and `time of the first new entry − then`.
For a log in real time it must be near 0. A story clock may have any distance, but the distance stays: where two
readings allow no common one, the clock stepped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SLACK_S: Final = 60.0
"""By how much the clocks of a log and of a monitor may differ, as for witnesses (ledger.clock)."""


@dataclass
class Pace:
    """The distances, in seconds, that the log's clock may have from ours. `is_story`: any distance that stays."""

    is_story: bool = False
    low: float = -math.inf
    high: float = math.inf
    is_off: bool = False

    def step(self, first: datetime, last: datetime, *, since: datetime | None, now: datetime) -> str | None:
        """What the new entries, with times from `first` to `last`, say of the log's clock; None if it runs well.

        `since` is when the log last showed that it had no further entry, None if it never did. In real time a clock
        that is off is named once, and again after it was right.
        """
        low = (last - now).total_seconds()
        high = math.inf if since is None else (first - since).total_seconds()
        if self.is_story:
            return self._moved(low, high)
        off = low if low > SLACK_S else high if high < -SLACK_S else 0.0
        is_news, self.is_off = bool(off) and not self.is_off, bool(off)
        if not is_news:
            return None
        return f"its time is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} ours"

    def _moved(self, low: float, high: float) -> str | None:
        """Narrow the interval, or begin a new one if it would be empty."""
        forward, back = low - self.high, self.low - high
        if max(forward, back) > SLACK_S:
            self.low, self.high = low, high
            by, way = (forward, "forward") if forward > back else (back, "back")
            return f"its clock stepped {way} by about {by:.0f} s"
        self.low, self.high = max(self.low, low), min(self.high, high)
        return None
