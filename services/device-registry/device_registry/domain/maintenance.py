"""Maintenance of a device (D-T11; NJ 11; RTP 15(3)).

    ACTIVE ──start──▶ MAINTENANCE ──end──▶ ACTIVE       SUSPENDED ──start, end──▶ SUSPENDED (resumed by D-T14 alone)
                             └─suspend─▶ SUSPENDED, the maintenance goes on

While it goes on the device gives no evidence. It comes back into use only if every guard holds, and after work on a
part on which the measurement depends only with a verification that was made after the work began.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId
from common.values.law import NJ_11
from common.values.profile import Profile
from device_registry.domain import compliance
from device_registry.domain.anomalies import Review, require_resumable
from device_registry.domain.device import Device, Dossier, State
from device_registry.domain.upkeep import MaintenanceCause, Part, Upkeeper, open_maintenance

_OVER = {State.REJECTED, State.RETIRED}
_STARTABLE = {State.ACTIVE, State.SUSPENDED}


@dataclass(frozen=True)
class DeviceMaintenancePlanned(Fact):
    """`by` maintains the device every `interval_d` days; `duties` commits to what it does then."""

    type: ClassVar[str] = "device.maintenance_planned"

    by: Upkeeper
    interval_d: int
    duties: Commitment


@dataclass(frozen=True)
class DeviceMaintenanceStarted(Fact):
    type: ClassVar[str] = "device.maintenance_started"

    agency_id: AgencyId
    number: int
    by: Upkeeper
    cause: MaintenanceCause


@dataclass(frozen=True)
class DeviceMaintenanceEnded(Fact):
    """`parts` were touched; `is_metrology` says that the measurement depends on one of them."""

    type: ClassVar[str] = "device.maintenance_ended"

    number: int
    parts: tuple[Part, ...]
    is_metrology: bool
    work: Commitment


def plan(
    device: Device, *, by: Upkeeper, interval_d: int, duties: Commitment, profile: Profile
) -> DeviceMaintenancePlanned:
    """A plan with an interval not longer than the profile's. A party maintains the device that it had to set up."""
    if device.state in _OVER:
        raise _not_in(device, "PLAN_MAINTENANCE", "a device that is not at its end")
    if by not in compliance.upkeepers(device):
        raise Refusal(Kind.INVALID, "DEV_UPKEEPER", {"device": device.id, "by": by}, article=NJ_11)
    if not 1 <= interval_d <= profile.watch.maintenance_interval_d:
        most = profile.watch.maintenance_interval_d
        raise Refusal(Kind.INVALID, "DEV_MAINTENANCE_INTERVAL", {"most": most}, article=NJ_11)
    return DeviceMaintenancePlanned(device.id, by, interval_d, duties)


def start(dossier: Dossier, *, by: Upkeeper, cause: MaintenanceCause) -> DeviceMaintenanceStarted:
    """Begin a maintenance of a device in use, or of one that is suspended and shall be put right."""
    device = dossier.device
    if device.state not in _STARTABLE or open_maintenance(dossier.upkeep) is not None:
        raise _not_in(device, "START_MAINTENANCE", "ACTIVE or SUSPENDED, not in maintenance")
    if by not in compliance.upkeepers(device):
        raise Refusal(Kind.INVALID, "DEV_UPKEEPER", {"device": device.id, "by": by}, article=NJ_11)
    number = len(dossier.upkeep.maintenances) + 1
    return DeviceMaintenanceStarted(device.id, device.agency_id, number, by, cause)


def end(
    dossier: Dossier,
    *,
    review: Review | None,
    parts: Collection[Part],
    work: Commitment,
    profile: Profile,
    at: datetime,
) -> DeviceMaintenanceEnded:
    """End the maintenance. A device that was in use is in use again, so every guard is asked, now (D-T10, D-T11).

    `review` is the newest of its figures: a device that was found out of place does not come back (NJ 13).
    """
    device, running = dossier.device, open_maintenance(dossier.upkeep)
    if running is None:
        raise _not_in(device, "END_MAINTENANCE", "in maintenance")
    is_metrology = any(part in profile.watch.metrology_parts for part in parts)
    if device.state is State.MAINTENANCE:
        require_resumable(device, review)
        done = replace(running, ended_at=at, is_metrology=is_metrology)
        others = tuple(m for m in dossier.upkeep.maintenances if m is not running)
        ended = replace(dossier, upkeep=replace(dossier.upkeep, maintenances=(*others, done)))
        failed = compliance.evaluate(ended, profile, at)
        compliance.require(failed, f"Device {device.id} cannot leave maintenance")
    return DeviceMaintenanceEnded(device.id, running.n, tuple(sorted(set(parts))), is_metrology, work)


def _not_in(device: Device, act: str, needed: str) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "DEV_TRANSITION_NOT_ALLOWED",
        {"device": device.id, "state": device.state, "act": act, "needed": needed},
        article=NJ_11,
    )
