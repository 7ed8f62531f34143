"""Devices as the register shows them: to the agency that owns them, and to the public."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import AgencyId, DeviceId, PartyId, PlanId, SharingId
from common.web.wire import Out, Page
from device_registry.contract.words import (
    KindShown,
    MetrologyShown,
    PlaceTypeName,
    QuantityName,
    StateName,
    UnitName,
)


class PermissibleErrorView(Out):
    """The maximum permissible error; each figure a decimal number as text, null where the certificate states none."""

    amount: str | None
    percent: str | None
    percent_from: str | None


class MeasurementView(Out):
    """What a function measures, and its limit as a decimal number in text."""

    quantity: QuantityName
    unit: UnitName
    limit: str
    permissible_error: PermissibleErrorView


class FunctionView(Out):
    code: str
    name: str
    metrology: MetrologyShown
    measures: MeasurementView | None
    bases: list[str]


class DeviceView(Out):
    """One device as it stands. `findings` are the guards that failed when it was imported.

    `agency_number` is what the agency prints on the device; it may be empty. `operator_id` is the regulated party
    that runs its own device (NJ 9(2)). `shared_from` names the agency that owns a shared camera (PIPL 26).

    `warnings` block nothing: PLAN_MISSING for a device that was submitted without a work plan, PLAN_VIOLATION,
    PLAN_DIVISION or PLAN_COUNT for one that its plan does not provide for (NJ 7).
    """

    id: DeviceId
    agency_id: AgencyId
    device_code: str | None
    agency_number: str
    kind: KindShown
    state: StateName
    place: str
    place_type: PlaceTypeName
    division: str | None
    longitude: str | None
    latitude: str | None
    direction: str
    owner_type: str
    installer_type: str
    funding_source: str
    functions: list[FunctionView]
    plan_id: PlanId | None
    operator_id: PartyId | None
    shared_from: str | None
    sharing_id: SharingId | None
    in_service_from: datetime | None
    findings: list[str]
    warnings: list[str]


class DevicePage(Page[DeviceView]):
    """Devices in the order of their ids, oldest first."""


class PublicDeviceView(Out):
    """The public fields of a device (APL 41(1); NJ 10); coordinates are rounded to about ten metres.

    `address` is short and never changes: the code on its sign leads there. `ended_at` is since when a device that was
    published is stopped or taken down.

    `watched` is the area of a vehicle or the route of a drone: points "longitude,latitude", none for other devices.
    """

    device_id: DeviceId
    address: str
    device_code: str | None
    agency_id: AgencyId
    kind: KindShown
    state: StateName
    place: str
    direction: str
    longitude: str | None
    latitude: str | None
    functions: list[str]
    bases: list[str]
    published_at: datetime | None
    active_since: datetime | None
    ended_at: datetime | None
    verification_valid_until: date | None
    complaint_phone: str
    watched: list[str]


class PublicDevicePage(Page[PublicDeviceView]):
    """Published devices in the order of their registration."""
