"""Signs of life of a device: faults that open and close, its clock, its uptime (NJ 11; NJ 8).

    evidence: three heartbeats missed ──▶ opened ──▶ three in a row ──▶ closed
    operator: reported               ──▶ opened ──▶ remedied       ──▶ closed
    clock off by more than the profile's limit ──▶ SUSPENDED(CLOCK_DRIFT)

A fault takes the device out of no state, because networks fail by the hour. But a capture from the time of an open
fault is no evidence (E-DEV-05): what does not work as it must proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.law import NJ_8, NJ_11
from common.values.profile import Profile
from device_registry.domain.device import Dossier, State
from device_registry.domain.lifecycle import DeviceSuspended, SuspensionReason, suspend
from device_registry.domain.upkeep import Fault, FaultCause, fault_at

WORKING: Final = frozenset({State.ACTIVE, State.MAINTENANCE, State.SUSPENDED})
"""A device in one of these states owes signs of life; one that is stopped or retired may fall silent."""


@dataclass(frozen=True)
class DeviceFaultOpened(Fact):
    """The device has not worked as it must since `began_at`; `description` commits to the operator's words."""

    type: ClassVar[str] = "device.fault_opened"

    number: int
    cause: FaultCause
    began_at: datetime
    description: Commitment | None


@dataclass(frozen=True)
class DeviceFaultClosed(Fact):
    type: ClassVar[str] = "device.fault_closed"

    number: int
    cause: FaultCause
    remedy: Commitment | None


@dataclass(frozen=True)
class DeviceClockMeasured(Fact):
    """The clock of the device was ahead by `drift_ms` milliseconds; behind, if negative."""

    type: ClassVar[str] = "device.clock_measured"

    drift_ms: int


def open_fault(
    dossier: Dossier, *, cause: FaultCause, began_at: datetime, description: Commitment | None, at: datetime
) -> DeviceFaultOpened:
    """A fault since `began_at`, which may lie in the past but not before the service. One of a cause at a time."""
    device = dossier.device
    if device.state not in WORKING or find_open(dossier, cause) is not None:
        raise Refusal(
            Kind.CONFLICT, "DEV_FAULT_OPEN", {"device": device.id, "state": device.state}, article=NJ_11
        )
    if device.in_service_from is None or not device.in_service_from <= began_at <= at:
        raise Refusal(
            Kind.INVALID,
            "DEV_FAULT_PERIOD",
            {"device": device.id, "in_service_from": device.in_service_from, "at": at},
            article=NJ_11,
        )
    number = len(dossier.upkeep.faults) + 1
    return DeviceFaultOpened(device.id, number, cause, began_at, description)


def close_fault(dossier: Dossier, *, number: int, remedy: Commitment | None) -> DeviceFaultClosed:
    """The fault is over from now on, never earlier: nobody vouches for the time in between (Inv. 3)."""
    lasting = next((f for f in dossier.upkeep.faults if f.n == number and f.closed_at is None), None)
    if lasting is None:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_FAULT_NOT_OPEN",
            {"device": dossier.device.id, "number": number},
            article=NJ_11,
        )
    return DeviceFaultClosed(dossier.device.id, number, lasting.cause, remedy)


def heard(dossier: Dossier, *, is_online: bool, at: datetime) -> DeviceFaultOpened | DeviceFaultClosed | None:
    """What follows when evidence hears nothing of a device since `at`, or hears it again; None if nothing does.

    Evidence may repeat a report. Before its service a device owes nobody a sign of life, so the fault begins with the
    service at the earliest.
    """
    lasting, since = find_open(dossier, FaultCause.HEARTBEAT_MISSED), dossier.device.in_service_from
    if is_online:
        return close_fault(dossier, number=lasting.n, remedy=None) if lasting else None
    if lasting or since is None or dossier.device.state not in WORKING:
        return None
    began_at = max(at, since)
    return open_fault(
        dossier, cause=FaultCause.HEARTBEAT_MISSED, began_at=began_at, description=None, at=began_at
    )


def find_open(dossier: Dossier, cause: FaultCause) -> Fault | None:
    """The fault of this cause that lasts, if there is one."""
    return next((f for f in dossier.upkeep.faults if f.cause is cause and f.closed_at is None), None)


def measure_clock(
    dossier: Dossier, *, drift_ms: int, profile: Profile, at: datetime
) -> tuple[DeviceClockMeasured, DeviceSuspended | None]:
    """The drift of the clock; beyond the profile's limit a device in use is suspended by the registry itself (D-T12).

    Exactly the limit is still within it, as at the trial (NJ 8).
    """
    device = dossier.device
    if device.state not in WORKING:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state, "act": "MEASURE_CLOCK", "needed": State.ACTIVE},
            article=NJ_8,
        )
    measured = DeviceClockMeasured(device.id, drift_ms)
    if device.state is not State.ACTIVE or abs(drift_ms) <= profile.evidence.max_clock_drift_s * 1000:
        return measured, None
    reason = SuspensionReason.CLOCK_DRIFT
    return measured, suspend(device, reason=reason, effective_from=at, by_agency=None, at=at)


def uptime_per_mille(dossier: Dossier, *, days: int, at: datetime) -> int | None:
    """Of a thousand parts of its time in use within the last `days`, those without an open fault; None without any.

    Time in maintenance or out of use is left out: nobody expects the device to work then.
    """
    since, used, worked = at - timedelta(days=days), timedelta(), timedelta()
    points = {p.effective_from for p in dossier.periods} | {f.began_at for f in dossier.upkeep.faults}
    points |= {f.closed_at for f in dossier.upkeep.faults if f.closed_at}
    ends = sorted({since, at} | {point for point in points if since < point < at})
    for first, last in pairwise(ends):
        begun = [p for p in dossier.periods if p.effective_from <= first]
        if not begun or begun[-1].state is not State.ACTIVE:
            continue
        used += last - first
        if fault_at(dossier.upkeep, first) is None:
            worked += last - first
    return worked * 1000 // used if used else None


def days_open(dossier: Dossier, *, at: datetime) -> int:
    """For how many whole days the oldest fault that is open at `at` has lasted; 0 without one."""
    lasting = [at - fault.began_at for fault in dossier.upkeep.faults if fault.closed_at is None]
    return max((each.days for each in lasting), default=0)
