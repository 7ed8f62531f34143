"""What is on record about the upkeep of a device: plans, maintenances, faults, and when the next maintenance is due.

Agency and obligated party maintain, service and test the device in time, each for itself (NJ 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from common.values.calendar import end_of, legal_day
from common.values.watchrules import WatchRules


class Upkeeper(StrEnum):
    AGENCY = "AGENCY"
    REGULATED_PARTY = "REGULATED_PARTY"  # by law it set the device up


class MaintenanceCause(StrEnum):
    ROUTINE = "ROUTINE"
    REPAIR = "REPAIR"
    TEST = "TEST"


class Part(StrEnum):
    """What a maintenance touched. The profile says on which parts a measurement depends."""

    SENSOR = "SENSOR"
    MOUNT = "MOUNT"
    LENS = "LENS"
    CLOCK = "CLOCK"
    SOFTWARE = "SOFTWARE"
    NETWORK = "NETWORK"
    POWER = "POWER"
    HOUSING = "HOUSING"


class FaultCause(StrEnum):
    HEARTBEAT_MISSED = "HEARTBEAT_MISSED"  # evidence heard nothing for three intervals
    REPORTED = "REPORTED"  # the operator reported it


@dataclass(frozen=True)
class MaintenancePlan:
    """`by` maintains the device at least every `interval_d` days; the last plan of each counts."""

    by: Upkeeper
    interval_d: int
    recorded_at: datetime


@dataclass(frozen=True)
class Maintenance:
    """`ended_at` is None while it goes on. `is_metrology`: a part on which the measurement depends was touched."""

    n: int
    by: Upkeeper
    started_at: datetime
    ended_at: datetime | None = None
    is_metrology: bool = False


@dataclass(frozen=True)
class Fault:
    """The device did not work as it must from `began_at`; `closed_at` is None while it lasts."""

    n: int
    cause: FaultCause
    began_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Upkeep:
    """All of it, each in the order of recording."""

    plans: tuple[MaintenancePlan, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    faults: tuple[Fault, ...] = ()


NO_UPKEEP: Final = Upkeep()


@dataclass(frozen=True)
class Due:
    """The next maintenance of `by` is due by the end of `due_on`; from `overdue_from` on the device may not be used."""

    by: Upkeeper
    interval_d: int
    due_on: date
    overdue_from: datetime


def next_due(upkeep: Upkeep, by: Upkeeper, *, since: datetime, rules: WatchRules, at: datetime) -> Due:
    """When `by` must have maintained the device next, as seen at `at`. It has been in service `since`.

    Days are counted from the last maintenance that ended, and from the first day of service before there is one. A
    device without a plan of its own has the interval of the profile.
    """
    plans = [plan for plan in upkeep.plans if plan.by is by and plan.recorded_at <= at]
    interval_d = plans[-1].interval_d if plans else rules.maintenance_interval_d
    done = [m.ended_at for m in upkeep.maintenances if m.by is by and m.ended_at and m.ended_at <= at]
    last = max([since, *done])
    due = legal_day(last) + timedelta(days=interval_d)
    return Due(by, interval_d, due, end_of(due + timedelta(days=rules.maintenance_grace_d)))


def turns(
    upkeep: Upkeep, upkeepers: tuple[Upkeeper, ...], *, since: datetime, rules: WatchRules
) -> set[datetime]:
    """Every instant at which the upkeep may begin or cease to speak against the device."""
    points = {plan.recorded_at for plan in upkeep.plans}
    points |= {m.started_at for m in upkeep.maintenances} | {
        m.ended_at for m in upkeep.maintenances if m.ended_at
    }
    asked = points | {since}
    points |= {
        next_due(upkeep, by, since=since, rules=rules, at=at).overdue_from for by in upkeepers for at in asked
    }
    points |= {fault.began_at for fault in upkeep.faults}
    return points | {fault.closed_at for fault in upkeep.faults if fault.closed_at}


def open_maintenance(upkeep: Upkeep) -> Maintenance | None:
    """The maintenance that goes on; there is at most one."""
    return next((m for m in upkeep.maintenances if m.ended_at is None), None)


def fault_at(upkeep: Upkeep, at: datetime) -> Fault | None:
    """The fault that lasted at `at`; a capture of that time is no evidence (NJ 11; E-DEV-05)."""
    return next(
        (f for f in upkeep.faults if f.began_at <= at and (f.closed_at is None or at < f.closed_at)), None
    )
