"""The life of an enforcement device (APL 41).

    DRAFT ─submit─▶ UNDER_REVIEW ─approve─▶ APPROVED ─install─▶ INSTALLED ─start_trial─▶ TRIAL
                         └─a failed review─▶ REJECTED (final)                              │ publish
             SUSPENDED ◀─suspend─ ACTIVE ◀──────────────activate────────────── PUBLISHED ◀─┘
                  └────resume───────▲

Each rule takes the device or its dossier and returns the fact that follows, or raises Refusal. The acts before
APPROVED are in `application`, the state after each fact is in `facts`. Nothing here reads a clock, a database or a
setting: time is always an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Calendar, Holder, Period, Unit, deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId
from common.values.law import APL_41, NJ_8, NJ_10, NJ_11
from common.values.profile import DayUnit, Profile
from device_registry.domain import compliance
from device_registry.domain.device import Device, Dossier, State
from device_registry.domain.mobile import Point, require_watched
from device_registry.domain.places import metres_apart
from device_registry.domain.upkeep import open_maintenance


class Act(StrEnum):
    """The acts upon a device. `ALLOWED` says in which state an act is possible, and to which state it leads.

    A device in maintenance is suspended too (`suspend`): it would come back into use by itself.
    """

    SUBMIT = "SUBMIT"
    REVIEW = "REVIEW"
    REJECT = "REJECT"
    APPROVE = "APPROVE"
    INSTALL = "INSTALL"
    START_TRIAL = "START_TRIAL"
    TEST = "TEST"
    PUBLISH = "PUBLISH"
    ACTIVATE = "ACTIVATE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"


ALLOWED: dict[Act, tuple[State, State]] = {
    Act.SUBMIT: (State.DRAFT, State.UNDER_REVIEW),
    Act.REVIEW: (State.UNDER_REVIEW, State.UNDER_REVIEW),
    Act.REJECT: (State.UNDER_REVIEW, State.REJECTED),
    Act.APPROVE: (State.UNDER_REVIEW, State.APPROVED),
    Act.INSTALL: (State.APPROVED, State.INSTALLED),
    Act.START_TRIAL: (State.INSTALLED, State.TRIAL),
    Act.TEST: (State.TRIAL, State.TRIAL),
    Act.PUBLISH: (State.TRIAL, State.PUBLISHED),
    Act.ACTIVATE: (State.PUBLISHED, State.ACTIVE),
    Act.SUSPEND: (State.ACTIVE, State.SUSPENDED),
    Act.RESUME: (State.SUSPENDED, State.ACTIVE),
}


class SuspensionReason(StrEnum):
    """Why a device is withdrawn from lawful use."""

    ORDERED = "ORDERED"
    VERIFICATION_EXPIRED = "VERIFICATION_EXPIRED"
    GUARD_FAILED = "GUARD_FAILED"
    SIGNAGE_MISSING = "SIGNAGE_MISSING"
    ABNORMAL_VOLUME = "ABNORMAL_VOLUME"
    FAULT = "FAULT"
    CLOCK_DRIFT = "CLOCK_DRIFT"
    MAINTENANCE_OVERDUE = "MAINTENANCE_OVERDUE"
    VERIFICATION_FAILED = "VERIFICATION_FAILED"
    CHANGE_REFUSED = "CHANGE_REFUSED"  # a review refused its change, and nobody has put it back into use yet


@dataclass(frozen=True)
class DeviceInstalled(Fact):
    type: ClassVar[str] = "device.installed"
    v: ClassVar[int] = 2
    longitude: str
    latitude: str
    metres_off: int
    view_sha256: str
    sign_sha256: str


@dataclass(frozen=True)
class DeviceTrialStarted(Fact):
    type: ClassVar[str] = "device.trial_started"
    clock_drift_ms: int


@dataclass(frozen=True)
class DevicePublished(Fact):
    """`watched` is the area or the route of a device that moves, each point as "longitude,latitude"."""

    type: ClassVar[str] = "device.published"
    v: ClassVar[int] = 2
    published_at: datetime
    lead_ends_at: datetime
    watched: tuple[str, ...]


@dataclass(frozen=True)
class DeviceActivated(Fact):
    type: ClassVar[str] = "device.activated"
    profile: str


@dataclass(frozen=True)
class DeviceSuspended(Fact):
    type: ClassVar[str] = "device.suspended"
    v: ClassVar[int] = 2
    agency_id: AgencyId  # of the device
    reason: SuspensionReason
    effective_from: datetime
    by_agency: AgencyId | None  # None: the registry by itself


@dataclass(frozen=True)
class DeviceResumed(Fact):
    type: ClassVar[str] = "device.resumed"
    profile: str


def require(device: Device, act: Act) -> None:
    """Refuse `act` in every state but the one that `ALLOWED` names."""
    needed = ALLOWED[act][0]
    if device.state is not needed:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_TRANSITION_NOT_ALLOWED",
            {"device": device.id, "state": device.state, "act": act, "needed": needed},
            article=APL_41,
        )


def install(
    device: Device,
    *,
    longitude: Decimal,
    latitude: Decimal,
    view_sha256: str,
    sign_sha256: str,
    profile: Profile,
) -> DeviceInstalled:
    """The device stands where it was approved, within the profile's tolerance (D-T7; NJ 10).

    A device that stands elsewhere was neither reviewed nor will be published there.
    """
    require(device, Act.INSTALL)
    off = metres_between(device, longitude=longitude, latitude=latitude)
    if off > profile.install_tolerance_m:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_INSTALLED_ELSEWHERE",
            {"device": device.id, "off": off, "tolerance_m": profile.install_tolerance_m},
            article=NJ_10,
        )
    return DeviceInstalled(device.id, str(longitude), str(latitude), off, view_sha256, sign_sha256)


def metres_between(device: Device, *, longitude: Decimal, latitude: Decimal) -> int:
    """Whole metres between the approved place and a point, rounded up."""
    if device.site.longitude is None or device.site.latitude is None:
        raise Refusal(Kind.CONFLICT, "NO_LOCATION", {"device": device.id}, wording="approved", article=NJ_10)
    return metres_apart((device.site.longitude, device.site.latitude), (longitude, latitude))


def start_trial(device: Device, *, clock_drift_ms: int, profile: Profile) -> DeviceTrialStarted:
    """A connected device whose clock agrees with ours may try out; its data never becomes evidence (D-T8)."""
    require(device, Act.START_TRIAL)
    if abs(clock_drift_ms) > profile.evidence.max_clock_drift_s * 1000:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_CLOCK_DRIFT",
            {
                "device": device.id,
                "clock_drift_ms": clock_drift_ms,
                "most_s": profile.evidence.max_clock_drift_s,
            },
            article=NJ_8,
        )
    return DeviceTrialStarted(device.id, clock_drift_ms)


def publish(
    dossier: Dossier,
    *,
    published_at: datetime,
    watched: tuple[Point, ...] = (),
    profile: Profile,
    calendar: Calendar,
    at: datetime,
) -> DevicePublished:
    """The location is public before the device is used (APL 41(1); NJ 10; D-T9).

    A publication may be recorded after it was made, but none counts that is older than the approval: until then
    nobody had decided that a device would stand there. Its lead time runs from when it is on record, here and in
    the public list, and not from the day that the applicant claims (Inv. 3). A device that moves is published with
    what it watches (PD 7).
    """
    device = dossier.device
    require(device, Act.PUBLISH)
    require_watched(device, watched, profile)
    approved_at = dossier.approvals[-1].at if dossier.approvals else at
    if not approved_at <= published_at <= at:
        raise Refusal(
            Kind.INVALID, "DEV_PUBLICATION_PERIOD", {"approved_at": approved_at, "at": at}, article=NJ_10
        )
    failed = compliance.evaluate(dossier, profile, at, compliance.OF_PUBLICATION)
    compliance.require(failed, f"Device {device.id} cannot be published")
    ends_at = lead_end(at, profile=profile, calendar=calendar)
    return DevicePublished(
        device.id, published_at, ends_at, tuple(f"{p.longitude},{p.latitude}" for p in watched)
    )


def lead_end(on_record_at: datetime, *, profile: Profile, calendar: Calendar) -> datetime:
    """The first instant at which a device whose publication is on record then may be used: the profile's days later.

    Calendar days run from the instant; working days as the law counts them, to the end of the last one.
    """
    days = profile.publication_lead_days
    if profile.publication_lead_unit is DayUnit.CALENDAR:
        return on_record_at + timedelta(days=days)
    period = Period("publication_lead", NJ_10, days, Unit.WORKING_DAY, Holder.EFFECT)
    return deadline(period, legal_day(on_record_at), calendar=calendar).due_at


def activate(dossier: Dossier, *, profile: Profile, at: datetime) -> DeviceActivated:
    """Put the device into use: every guard holds again at this instant, the lead time among them (D-T10)."""
    device = dossier.device
    require(device, Act.ACTIVATE)
    compliance.require(compliance.evaluate(dossier, profile, at), f"Device {device.id} cannot be activated")
    return DeviceActivated(device.id, profile.id)


def suspend(
    device: Device,
    *,
    reason: SuspensionReason,
    effective_from: datetime,
    by_agency: AgencyId | None,
    at: datetime,
) -> DeviceSuspended:
    """Withdraw the device from lawful use from `effective_from` onwards (D-T12, D-T13).

    A suspension may reach back to when the fault began, because what an unsound device recorded is not evidence
    (APL 41). It may not reach back before the device entered service, nor lie in the future. A device in maintenance
    is suspended as well: the end of the work would put it back into use (D-T11).
    """
    if device.state is not State.MAINTENANCE:
        require(device, Act.SUSPEND)
    if device.in_service_from is None or not device.in_service_from <= effective_from <= at:
        raise Refusal(
            Kind.INVALID,
            "DEV_SUSPENSION_PERIOD",
            {"device": device.id, "in_service_from": device.in_service_from, "at": at},
            article=APL_41,
        )
    return DeviceSuspended(device.id, device.agency_id, reason, effective_from, by_agency)


def resume(
    dossier: Dossier,
    *,
    suspended_by: AgencyId | None,
    by_agency: AgencyId | None,
    profile: Profile,
    at: datetime,
) -> DeviceResumed:
    """Back into use once every guard holds again (D-T14). Only the supervisor lifts his own suspension.

    The time out of service stays what it was: a certificate of today does not heal yesterday (Inv. 3). While somebody
    works on the device it is not resumed: what he touches is asked about when the work ends (D-T11).
    """
    device = dossier.device
    require(device, Act.RESUME)
    if open_maintenance(dossier.upkeep) is not None:
        raise Refusal(Kind.CONFLICT, "DEV_MAINTENANCE_OPEN", {"device": device.id}, article=NJ_11)
    lifting = suspended_by or device.agency_id
    if by_agency != lifting:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_SUSPENDED_BY_ANOTHER",
            {"device": device.id, "lifting": lifting},
            article=APL_41,
        )
    compliance.require(compliance.evaluate(dossier, profile, at), f"Device {device.id} cannot be resumed")
    return DeviceResumed(device.id, profile.id)
