"""The only module that reads the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def real_time() -> datetime:
    """The instant now, UTC, with microseconds."""
    return datetime.now(UTC)
