"""A device that was in use before the platform (D-T0; PJ §2–3).

No guard keeps it out of the register, because a device that is not registered cannot be cleaned up; every guard that
fails is written down as a finding. A place of VSR 8, or fines that pay for the device, stop it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.errors import InputError, Violation
from common.values.facts import Fact
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.profile import Profile
from device_registry.domain import compliance
from device_registry.domain.cells import Column
from device_registry.domain.device import (
    Datum,
    Device,
    DeviceKind,
    Dossier,
    Funding,
    InstallerType,
    OwnerType,
    Provision,
    RevenueLink,
    Site,
    State,
)
from device_registry.domain.inventory import InventoryRow, RefusedRow

_STOPS = {"DEV_PROHIBITED_PLACE", "DEV_MARKET_ENTITY_REVENUE"}


@dataclass(frozen=True)
class DeviceImported(Fact):
    """`findings` are the codes of the guards that failed at the import, in the guards' order."""

    type: ClassVar[str] = "device.imported"
    agency_id: AgencyId
    import_id: ImportId
    row: int
    identity: bytes
    state: State
    division: str | None
    longitude: str | None
    latitude: str | None
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Existing:
    """The devices of a batch that the register has already, by the identity of their row, and the codes in use."""

    devices: Mapping[bytes, DeviceId]
    codes: Collection[str]


@dataclass(frozen=True)
class Known:
    """A row that was imported before: its device stays as it is."""

    row: InventoryRow
    device_id: DeviceId


@dataclass(frozen=True)
class Brought:
    """A row that brings a device, with the device and the fact that takes it into the register."""

    device: Device
    row: InventoryRow
    fact: DeviceImported


Outcome = Known | Brought | RefusedRow


def judge(
    row: InventoryRow,
    *,
    source: str,
    agency_id: AgencyId,
    import_id: ImportId,
    by: str,
    existing: Existing,
    profile: Profile,
    at: datetime,
) -> Outcome:
    """The outcome of a readable row: UNCHANGED if its device exists, refused if another device has its code."""
    device_id = existing.devices.get(row.identity(source))
    if device_id is not None:
        return Known(row, device_id)
    if row.device_code in existing.codes:
        return RefusedRow(row.number, (InputError(f"{row.number}/{Column.DEVICE_CODE}", "IMP_CODE_IN_USE"),))
    device = device_of(row, device_id=DeviceId.new(at), agency_id=agency_id, by=by)
    failed = findings(device, profile=profile, at=at)
    fact = import_device(device, row, failed, import_id=import_id, source=source)
    return Brought(replace(device, state=fact.state), row, fact)


def device_of(row: InventoryRow, *, device_id: DeviceId, agency_id: AgencyId, by: str) -> Device:
    """The device a row describes: LEGACY, with no function and no paper, because the inventory names none."""
    site = Site(
        place=row.place,
        place_type=row.place_type,
        division=row.division,
        longitude=row.longitude,
        latitude=row.latitude,
        datum=Datum.UNKNOWN,
    )
    return Device(
        id=device_id,
        agency_id=agency_id,
        code=row.device_code,
        kind=DeviceKind.UNKNOWN,
        state=State.LEGACY,
        site=site,
        provision=Provision(OwnerType.UNKNOWN, InstallerType.UNKNOWN, Funding.UNKNOWN, RevenueLink.UNKNOWN),
        functions=(),
        registered_by=by,
    )


def findings(device: Device, *, profile: Profile, at: datetime) -> tuple[Violation, ...]:
    """Every guard that fails for the device as the inventory shows it."""
    return compliance.evaluate(Dossier(device), profile, at)


def import_device(
    device: Device, row: InventoryRow, failed: tuple[Violation, ...], *, import_id: ImportId, source: str
) -> DeviceImported:
    """Take the device into the register as the inventory shows it (D-T0), STOPPED where it may not even stand."""
    codes = tuple(violation.code for violation in failed)
    state = State.STOPPED if _STOPS & set(codes) else State.LEGACY
    return DeviceImported(
        device.id,
        agency_id=device.agency_id,
        import_id=import_id,
        row=row.number,
        identity=row.identity(source),
        state=state,
        division=device.site.division,
        longitude=None if row.longitude is None else str(row.longitude),
        latitude=None if row.latitude is None else str(row.latitude),
        findings=codes,
    )
