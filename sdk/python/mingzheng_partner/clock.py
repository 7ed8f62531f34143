"""The time by which this client signs: that of this machine, set right after a platform's refusal."""

from __future__ import annotations

import time
from datetime import UTC, datetime

__all__ = ["Clock"]


class Clock:
    """`offset_s` is how far the platform's clock is ahead of this machine's."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def seconds(self) -> int:
        """Whole seconds since 1970 on the platform's clock."""
        return int(time.time() + self.offset_s)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def follow(self, server_time: datetime) -> None:
        """The platform's clock shows `server_time` now."""
        self.offset_s = server_time.timestamp() - time.time()
