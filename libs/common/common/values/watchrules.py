"""The figures by which devices in service are watched: warnings, maintenance, signs of life."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WatchRules:
    """The city's figures; no law sets them.

    So many days before the last day of a certificate its agency is warned (`verification_warnings_d`, descending).

    A device is maintained at least every `maintenance_interval_d` days; a plan of its own may say less. It is suspended
    `maintenance_grace_d` days after the last of them. After work on one of `metrology_parts` it is verified again.

    A device that sends heartbeats sends one every `heartbeat_s` seconds. `heartbeats_missed` missed are a fault,
    `heartbeats_steady` in a row end it, so that a line which comes and goes is one fault. The uptime is that of the
    last `uptime_d` days.

    Raises ValueError for figures that watch over nothing.
    """

    verification_warnings_d: tuple[int, ...]
    maintenance_interval_d: int
    maintenance_grace_d: int
    metrology_parts: tuple[str, ...]
    heartbeat_s: int
    heartbeats_missed: int
    heartbeats_steady: int
    uptime_d: int

    def __post_init__(self) -> None:
        days = self.verification_warnings_d
        if not days or min(days) < 1 or list(days) != sorted(set(days), reverse=True):
            raise ValueError("verification_warnings_d are days before the end, the longest first")
        if self.maintenance_interval_d < 1 or self.maintenance_grace_d < 0:
            raise ValueError("maintenance_interval_d is at least 1, maintenance_grace_d not negative")
        if min(self.heartbeat_s, self.heartbeats_missed, self.heartbeats_steady, self.uptime_d) < 1:
            raise ValueError("heartbeat_s, heartbeats_missed, heartbeats_steady and uptime_d are at least 1")
