"""Maintenance, faults and signs of life on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from common.values.ids import DeviceId
from common.web.wire import In, Instant, Out, Text
from device_registry.contract.words import StateName

UpkeeperName = Literal["AGENCY", "REGULATED_PARTY"]
CauseName = Literal["ROUTINE", "REPAIR", "TEST"]
PartName = Literal["SENSOR", "MOUNT", "LENS", "CLOCK", "SOFTWARE", "NETWORK", "POWER", "HOUSING"]
Drift = Annotated[int, Field(ge=-86_400_000, le=86_400_000, strict=True)]
"""Milliseconds by which a clock is ahead; negative, if it is behind."""


class MaintenancePlanOrder(In):
    """维护计划: who maintains the device, at least every so many days, and what is done then."""

    by: UpkeeperName = "AGENCY"
    interval_d: Annotated[int, Field(ge=1, le=3_650, strict=True)]
    duties: Text


class MaintenanceOrder(In):
    """开始维护: whose maintenance it is, and why."""

    by: UpkeeperName = "AGENCY"
    cause: CauseName
    note: Text


class CompletionOrder(In):
    """维护结束: the parts that were touched, and what was done."""

    parts: list[PartName] = Field(max_length=8)
    work: Text


class FaultOrder(In):
    """故障: since when, and what does not work."""

    began_at: Instant
    description: Text


class FaultClosureOrder(In):
    """故障排除: what was done."""

    remedy: Text


class ClockCheckOrder(In):
    """校时检查: the drift that was measured."""

    drift_ms: Drift


class DueView(Out):
    """The last day of the next maintenance, and the instant from which the device may not be used without it."""

    by: UpkeeperName
    interval_d: int
    due_on: date
    overdue_from: datetime


class MaintenanceRunView(Out):
    """A maintenance; `ended_at` is null while it goes on."""

    number: int
    by: UpkeeperName
    started_at: datetime
    ended_at: datetime | None
    is_metrology: bool


class FaultView(Out):
    """A fault; `closed_at` is null while it lasts."""

    number: int
    cause: Literal["HEARTBEAT_MISSED", "REPORTED"]
    began_at: datetime
    closed_at: datetime | None


class UpkeepView(Out):
    """The upkeep of a device. `due` is empty before its service.

    `uptime_per_mille` is of its time in use in the last `uptime_d` days, null without any; `clock_drift_ms` is what was
    measured last, null if nobody did.
    """

    device_id: DeviceId
    state: StateName
    due: list[DueView]
    maintenances: list[MaintenanceRunView]
    faults: list[FaultView]
    uptime_d: int
    uptime_per_mille: int | None
    clock_drift_ms: int | None
