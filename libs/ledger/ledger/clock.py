"""The only module that reads the clock, and the rule for a signer whose clock stepped back.

now ≥ last                      sign at now
up to SMALL_STEP_S behind       wait: the clock is there again before the caller repeats its request
up to MOST_AHEAD_S behind       sign at `last`, so that signed times never decrease
further behind                  refuse: a reader would not believe that time (docs/OPERATIONS.md tells the way out)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

Clock = Callable[[], datetime]

SMALL_STEP_S: Final = 5
"""A clock that is corrected while it runs steps back by a leap second or a little more."""

MOST_AHEAD_S: Final = 60
"""How far a signed time may lie ahead of the signer's clock. Readers believe no time that is further ahead:
the clocks of a log, of its witnesses and of time-stamping authorities may differ by a minute."""


class ClockBehind(Exception):
    """The clock lies `behind_s` before the time that was signed last, so nothing is signed now."""

    def __init__(self, behind_s: float) -> None:
        super().__init__(f"the clock is {behind_s:.0f} s behind the time that was signed last")
        self.behind_s = behind_s

    @property
    def is_small(self) -> bool:
        """Whether waiting is all that is needed."""
        return self.behind_s <= SMALL_STEP_S

    @property
    def retry_after_s(self) -> int:
        """After how many whole seconds the signer may sign again; at most an hour, for a client that believes it."""
        seconds = self.behind_s if self.is_small else self.behind_s - MOST_AHEAD_S
        return max(1, min(3_600, -int(-seconds // 1)))


def real_time() -> datetime:
    """The instant now, UTC, with microseconds."""
    return datetime.now(UTC)


def signing_time(now: int, last: int, *, second: int = 1) -> int:
    """The later of `now` and `last`, the time that was signed last; `second` is one second in their unit.

    Raises ClockBehind if the clock is a small step behind `last`, or further than readers believe.
    """
    behind = last - now
    if behind <= 0:
        return now
    if behind <= SMALL_STEP_S * second or behind > MOST_AHEAD_S * second:
        raise ClockBehind(behind / second)
    return last
