"""The facts of a device that is watched: upkeep, faults, corrections. Only maintenance moves it (D-T11)."""

from __future__ import annotations

from typing import assert_never

from device_registry.domain.corrections import DeviceCapabilityInvalidated, DevicePaperInvalidated
from device_registry.domain.device import State
from device_registry.domain.faults import DeviceClockMeasured, DeviceFaultClosed, DeviceFaultOpened
from device_registry.domain.maintenance import (
    DeviceMaintenanceEnded,
    DeviceMaintenancePlanned,
    DeviceMaintenanceStarted,
)

WatchedFact = (
    DevicePaperInvalidated
    | DeviceCapabilityInvalidated
    | DeviceMaintenancePlanned
    | DeviceMaintenanceStarted
    | DeviceMaintenanceEnded
    | DeviceFaultOpened
    | DeviceFaultClosed
    | DeviceClockMeasured
)


def state_after(state: State, fact: WatchedFact) -> State:
    """The state in which `fact` leaves a device in `state`. A suspended device stays so when it is maintained."""
    match fact:
        case DeviceMaintenanceStarted():
            return State.MAINTENANCE if state is State.ACTIVE else state
        case DeviceMaintenanceEnded():
            return State.ACTIVE if state is State.MAINTENANCE else state
        case DevicePaperInvalidated() | DeviceCapabilityInvalidated() | DeviceMaintenancePlanned():
            return state
        case DeviceFaultOpened() | DeviceFaultClosed() | DeviceClockMeasured():
            return state
        case _:
            assert_never(fact)
