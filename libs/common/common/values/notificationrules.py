"""The figures of notification: how long an inbox is kept, when nobody is disturbed, when the next channel is tried."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotificationRules:
    """The city's figures; no law sets them.

    An entry of an inbox can be read again for `entries_kept_d` days: a phone that was away for longer begins anew.

    Raises ValueError for a figure that leaves no time at all.
    """

    entries_kept_d: int

    def __post_init__(self) -> None:
        if self.entries_kept_d < 1:
            raise ValueError("entries_kept_d is at least 1")
