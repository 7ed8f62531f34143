"""A device that was in use before the platform (D-T0; PJ §2–3).

No guard keeps it out of the register, because a device that is not registered cannot be cleaned up; every guard that
fails is written down as a finding. A place of VSR 8, or fines that pay for the device, stop it at once.

    row ─▶ claims ─▶ the device as the file describes it       a later row of the same device: its claims over the old
                                                               ones, and only what then differs is changed

What a file claims of a verification, a sign, a publication or a contract is kept as its claim. It is no paper: a
certificate, a photograph and a signed contract are recorded by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import ClassVar, Final

from common.values.calendar import legal_day
from common.values.errors import InputError
from common.values.facts import Fact
from common.values.ids import AgencyId, DeviceId, ImportId
from common.values.profile import Profile
from device_registry.domain import compliance
from device_registry.domain.cells import Claims, InventoryRow, RefusedRow, division_of
from device_registry.domain.citedlaw import NOTHING_KNOWN, CitedLaw
from device_registry.domain.claimed import functions_of, provision_of
from device_registry.domain.cleanup import living_on_fines
from device_registry.domain.columns import Column
from device_registry.domain.compliance import Guard
from device_registry.domain.device import (
    Datum,
    Device,
    DeviceKind,
    Dossier,
    OwnerType,
    PlaceType,
    Site,
    State,
)
from device_registry.domain.matching import identity
from device_registry.domain.values import Claimed

_STOPS: Final = {"DEV_PROHIBITED_PLACE", "DEV_MARKET_ENTITY_REVENUE"}


@dataclass(frozen=True)
class DeviceImported(Fact):
    """`findings` are the codes of the guards that failed at the import, in the guards' order, then those of the row."""

    type: ClassVar[str] = "device.imported"
    v: ClassVar[int] = 2
    begins: ClassVar[bool] = True
    agency_id: AgencyId
    import_id: ImportId
    row: int
    identity: bytes
    state: State
    division: str | None
    longitude: str | None
    latitude: str | None
    datum: Datum
    findings: tuple[str, ...]


@dataclass(frozen=True)
class DeviceReimported(Fact):
    """A later file of the same source says something else of the device: `fields` are what it changed."""

    type: ClassVar[str] = "device.reimported"
    agency_id: AgencyId
    import_id: ImportId
    row: int
    fields: tuple[str, ...]
    state: State
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A device that an earlier file of the source brought, as it stands, with what was claimed and found."""

    device: Device
    claims: Claims
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A row that says nothing new: its device stays as it is."""

    row: InventoryRow
    device_id: DeviceId


@dataclass(frozen=True)
class Brought:
    """A row that brings a device, with the device and the fact that takes it into the register."""

    device: Device
    row: InventoryRow
    fact: DeviceImported


@dataclass(frozen=True)
class Corrected:
    """A row that changes its device: the device before and after, all that is claimed of it now, and the fact."""

    before: Device
    device: Device
    claims: Claims
    row: InventoryRow
    fact: DeviceReimported


Outcome = Known | Brought | Corrected | RefusedRow


@dataclass(frozen=True)
class Circumstances:
    """What all rows of one import share. `by` is the person who sent the file, `law` what is known of the articles."""

    source: str
    agency_id: AgencyId
    import_id: ImportId
    by: str
    profile: Profile
    at: datetime
    law: CitedLaw = NOTHING_KNOWN
    seen: dict[Hashable, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def day(self) -> date:
        """The legal day on which the file is read."""
        return legal_day(self.at)


def judge(
    row: InventoryRow,
    held: Held | None,
    new: Brought | None = None,
    *,
    codes: Mapping[str, DeviceId],
    now: Circumstances,
) -> Outcome:
    """The outcome of a readable row whose device, if any, is `held`; without one it brings a device: `new`, if made.

    `codes` are those in use, with their devices.
    """
    device_id = held.device.id if held else None
    if row.code is not None and codes.get(row.code, device_id) != device_id:
        return _refused(row, Column.DEVICE_CODE, "IMP_CODE_IN_USE")
    if held is None:
        return new or bring(row, now)
    return _correct(row, held, now)


def bring(row: InventoryRow, now: Circumstances) -> Brought:
    """The new device of a row, LEGACY or STOPPED, with the fact that takes it into the register."""
    device = device_of(row.claims, device_id=DeviceId.new(now.at), now=now)
    codes = _findings(device, row.claims, row.notes, now)
    fact = DeviceImported(
        device.id,
        agency_id=now.agency_id,
        import_id=now.import_id,
        row=row.number,
        identity=identity(row.claims, now.source),
        state=_state(device, codes),
        division=device.site.division,
        longitude=row.claims.get(Column.LONGITUDE),
        latitude=row.claims.get(Column.LATITUDE),
        datum=device.site.datum,
        findings=codes,
    )
    return Brought(device if fact.state is device.state else replace(device, state=fact.state), row, fact)


def _correct(row: InventoryRow, held: Held, now: Circumstances) -> Outcome:
    """Lay the row's claims over those of before. An empty cell claims nothing, so it changes nothing."""
    kept = {column: text for column, text in held.claims.items() if column not in row.cleared}
    claims = kept | dict(_over(row.claims, held.claims))
    # The coordinates as the file wrote them say nothing new if the point is the same.
    changed = {c for c in Column if claims.get(c) != held.claims.get(c)} - {Column.COORDINATES}
    if not changed:
        return Known(row, held.device.id)
    before = held.device
    described = device_of(claims, device_id=before.id, now=now)
    if before.state is State.LEGACY and _is_as_imported(before, held.claims, now):
        # An operator stays as long as the file says that the device is a party's own.
        is_partys = described.provision.owner is OwnerType.REGULATED_PARTY
        after = replace(
            described,
            registered_by=before.registered_by,
            in_service_from=before.in_service_from,
            operator_id=before.operator_id if is_partys else None,
        )
        codes = _findings(after, claims, row.notes, now)
        after = replace(after, state=_state(after, codes))
    else:
        # What was reviewed, decided or stopped is not undone by a spreadsheet.
        if fixed := sorted(changed - _DESCRIBING):
            facts = {"device": before.id, "state": before.state, "columns": fixed}
            return _refused(row, fixed[0], "IMP_CERTIFIED", facts)
        site = replace(before.site, direction=described.site.direction)
        after, codes = replace(before, site=site, agency_number=described.agency_number), held.findings
    fact = DeviceReimported(
        before.id,
        agency_id=now.agency_id,
        import_id=now.import_id,
        row=row.number,
        fields=tuple(sorted(changed)),
        state=after.state,
        findings=codes,
    )
    return Corrected(before, after, claims, row, fact)


def _over(claims: Claims, held: Claims) -> Claims:
    """The new claims, without the point of a file that no longer says the datum of the same coordinates."""
    same = claims.get(Column.COORDINATES) == held.get(Column.COORDINATES)
    if claims.get(Column.DATUM) == Datum.UNKNOWN and held.get(Column.DATUM) == Datum.WGS84 and same:
        return {c: text for c, text in claims.items() if c not in _POINT}
    return claims


_POINT: Final = (Column.LONGITUDE, Column.LATITUDE, Column.DATUM)
_DESCRIBING: Final = frozenset({Column.DIRECTION, Column.OWN_NUMBER, Column.VIOLATION_INDEX, Column.REMARK})
"""What an import may still change of a device that has left LEGACY. Everything else was reviewed or decided."""


def _is_as_imported(device: Device, claims: Claims, now: Circumstances) -> bool:
    """Whether the device still is what the files say: an applicant who described it since then knows better."""
    as_imported = device_of(claims, device_id=device.id, now=now)
    return (device.site, device.provision, device.kind, device.code, device.shared) == (
        as_imported.site,
        as_imported.provision,
        as_imported.kind,
        as_imported.code,
        as_imported.shared,
    )


def _refused(
    row: InventoryRow, column: Column, code: str, facts: Mapping[str, object] | None = None
) -> RefusedRow:
    return RefusedRow(row.sheet, row.number, (InputError(f"{row.number}/{column}", code, facts or {}),))


def _state(device: Device, findings: Collection[str]) -> State:
    """STOPPED for a private place, and for a device that lives on its fines (D-T0; VSR 8; PJ §2.6)."""
    stops = _STOPS & set(findings) or living_on_fines(device.provision)
    return State.STOPPED if stops else State.LEGACY


def device_of(claims: Claims, *, device_id: DeviceId, now: Circumstances) -> Device:
    """The device that a file describes: UNKNOWN in everything that the file does not say, and without any paper."""
    said = claims.get
    longitude, latitude = said(Column.LONGITUDE), said(Column.LATITUDE)
    district = said(Column.DISTRICT)
    site = Site(
        place=claims[Column.PLACE],
        place_type=PlaceType(said(Column.PLACE_TYPE, PlaceType.UNKNOWN)),
        division=division_of(district, now.profile) if district else None,
        longitude=Decimal(longitude) if longitude else None,
        latitude=Decimal(latitude) if latitude else None,
        direction=said(Column.DIRECTION, "")[:80],
        datum=Datum(said(Column.DATUM, Datum.UNKNOWN)),
    )
    return Device(
        id=device_id,
        agency_id=now.agency_id,
        code=said(Column.DEVICE_CODE),
        kind=DeviceKind(said(Column.KIND, DeviceKind.UNKNOWN)),
        state=State.LEGACY,
        site=site,
        provision=provision_of(claims),
        functions=functions_of(claims, now.day),
        registered_by=now.by,
        agency_number=said(Column.OWN_NUMBER, ""),
    )


def _findings(
    device: Device, claims: Claims, notes: tuple[InputError, ...], now: Circumstances
) -> tuple[str, ...]:
    """The codes of every guard that fails, then of what the file claims against the device, then of the row itself."""
    failed = _guards_failed(device, now)
    claimed = verification_claimed(claims, now.day)
    failed += [claimed] if claimed else []
    return tuple(dict.fromkeys([*failed, *(note.code for note in notes)]))


def _guards_failed(device: Device, now: Circumstances) -> list[str]:
    """The codes of the guards that fail, in the guards' order.

    Thousands of rows of a file differ only in place and coordinates, which no guard but that of the territory asks
    for; a device of an inventory has no paper. So every other guard is asked once for each kind of row.
    """
    alike = (
        device.kind,
        device.site.place_type,
        device.provision,
        device.functions,
        now.law,
        now.day,
    )
    dossier = Dossier(device, law=now.law)
    failed: list[str] = []
    for part in (_BEFORE, _OF_THE_POINT, _AFTER):
        codes = None if part is _OF_THE_POINT else now.seen.get((part, alike))
        if codes is None:
            codes = tuple(v.code for v in compliance.evaluate(dossier, now.profile, now.at, part))
            now.seen[part, alike] = codes
        failed += codes
    return failed


_OF_THE_POINT: Final = (Guard.TERRITORY,)
_BEFORE: Final = tuple(Guard)[: tuple(Guard).index(Guard.TERRITORY)]
_AFTER: Final = tuple(Guard)[tuple(Guard).index(Guard.TERRITORY) + 1 :]


def verification_claimed(claims: Claims, day: date) -> str | None:
    """The finding of what a file says against a device's verification: failed, expired or never done (Metrology 9).

    What it says in favour of the device proves nothing, so it is no certificate.
    """
    result, until = claims.get(Column.VERIFICATION_RESULT), claims.get(Column.VALID_UNTIL)
    if result == Claimed.FAIL:
        return "DEV_VERIFICATION_FAILED"
    if result == Claimed.EXPIRED or (until is not None and date.fromisoformat(until) < day):
        return "DEV_VERIFICATION_EXPIRED"
    return "DEV_VERIFICATION_MISSING" if result == Claimed.MISSING else None
