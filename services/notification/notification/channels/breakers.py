"""Which of several providers gets the next order: none that fails just now, and the faster ones more often.

    CLOSED ──5 failures in 30 s──▶ OPEN ──60 s──▶ HALF OPEN ──one success──▶ CLOSED
                                     ▲                │
                                     └── one failure ─┘

Each process has its own view; it is no record of anything. An answer that refuses an order or an address, or puts it
off (a full mailbox, greylisting, a limit of the day), is no failure of the provider: it works, and says no.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from notification.domain.answers import Verdict

FAILURES: Final = 5
WITHIN_S: Final = 30.0
OPEN_S: Final = 60.0
TRIAL_S: Final = 60.0
"""A trial of which nobody heard within this time is over: its order was never given, its change fell through."""

_FAILED: Final = frozenset({Verdict.AWAY, Verdict.SILENT})


@dataclass
class Breaker:
    """The state of one provider in this process. Times are seconds of a clock that only goes forward."""

    _failed_at: deque[float] = field(default_factory=deque)
    _open_until: float = float("-inf")
    _tried_at: float = float("-inf")

    def admits(self, now: float) -> bool:
        """Whether an order may be given now. While it is half open, one order at a time is."""
        if now < self._open_until:
            return False
        return not self.is_open or now - self._tried_at >= TRIAL_S

    @property
    def is_open(self) -> bool:
        """Whether it failed too often, and no order has gone well since."""
        return self._open_until > float("-inf")

    @property
    def opens_at(self) -> float:
        """From when on it is tried again."""
        return self._open_until

    def begin(self, now: float) -> None:
        """An order is being given."""
        if self.is_open:
            self._tried_at = now

    def note(self, verdict: Verdict, now: float) -> None:
        """What came of it."""
        self._tried_at = float("-inf")
        if verdict is Verdict.LATER:
            return
        if verdict not in _FAILED:
            self._failed_at.clear()
            self._open_until = float("-inf")
            return
        self._failed_at.append(now)
        while now - self._failed_at[0] > WITHIN_S:
            self._failed_at.popleft()
        if self.is_open or len(self._failed_at) >= FAILURES:
            self._open_until = now + OPEN_S


def chosen(weights: Mapping[str, int], speeds: Mapping[str, float], *, drawn: float) -> str:
    """The provider for the next order. `speeds` are median seconds to arrival; `drawn` is from 0 to below 1.

    One that is twice as fast as another gets twice its share, within four times and a quarter of its weight. One whose
    speed nobody has measured counts as the middle of the others, so a new one gets its share and is measured.
    """
    known = sorted(speeds[name] for name in weights if name in speeds)
    middle = known[len(known) // 2] if known else 1.0
    shares = [
        weight * min(4.0, max(0.25, middle / max(speeds.get(name, middle), 0.001)))
        for name, weight in weights.items()
    ]
    return _at(list(weights), shares, drawn * sum(shares))


def _at(names: Sequence[str], shares: Sequence[float], place: float) -> str:
    for name, share in zip(names, shares, strict=True):
        place -= share
        if place < 0:
            return name
    return names[-1]
