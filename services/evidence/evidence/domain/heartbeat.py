"""Which devices are heard, by their heartbeats (NJ 11; GA/T 1400.4, keep-alive).

    ONLINE ──three intervals without a beat──▶ OFFLINE ──first beat──▶ UNSTEADY ──three in time──▶ ONLINE

A device that comes and goes stays UNSTEADY, which is neither a new fault nor the end of the old one. A heartbeat is no
record: only what follows from its absence is. A device that never sent one is not watched in this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.values.ids import DeviceId
from common.values.watchrules import WatchRules


class Hearing(StrEnum):
    ONLINE = "ONLINE"
    UNSTEADY = "UNSTEADY"
    OFFLINE = "OFFLINE"


@dataclass(frozen=True)
class Pulse:
    """The last sign of life, and how many came one after the other in time."""

    device_id: DeviceId
    last_seen_at: datetime
    streak: int


def interval(rules: WatchRules) -> timedelta:
    """How often a device that sends heartbeats sends one."""
    return timedelta(seconds=rules.heartbeat_s)


def longest_silence(rules: WatchRules) -> timedelta:
    """So long a device may be silent; a beat that comes exactly then is in time."""
    return interval(rules) * rules.heartbeats_missed


def hearing(pulse: Pulse, *, rules: WatchRules, at: datetime) -> Hearing:
    """Whether the device is heard at `at`."""
    if at - pulse.last_seen_at > longest_silence(rules):
        return Hearing.OFFLINE
    return Hearing.ONLINE if pulse.streak >= rules.heartbeats_steady else Hearing.UNSTEADY


def silent_since(pulse: Pulse, *, rules: WatchRules) -> datetime:
    """When the first beat was missed: until then the device was known to work."""
    return pulse.last_seen_at + interval(rules)
