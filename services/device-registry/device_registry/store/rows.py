"""A device as its row, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from common.values.ids import AgencyId, DeviceId, PartyId, PlanId, SharingId
from common.values.profile import BasisLevel
from device_registry.domain.coverage import cell_of
from device_registry.domain.device import (
    Basis,
    Datum,
    Device,
    DeviceKind,
    Function,
    Funding,
    InstallerType,
    Measurement,
    Metrology,
    OwnerType,
    PermissibleError,
    PlaceType,
    Provision,
    Quantity,
    RevenueLink,
    SharedSource,
    Site,
    State,
)


def columns(device: Device) -> dict[str, Any]:
    """The device as the columns of its row, but for `registered_at`, which never changes."""
    site, provision = device.site, device.provision
    return {
        "id": device.id,
        "agency_id": device.agency_id,
        "code": device.code,
        "kind": device.kind,
        "state": device.state,
        "place": site.place,
        "place_type": site.place_type,
        "division": site.division,
        "longitude": site.longitude,
        "latitude": site.latitude,
        "datum": site.datum,
        "direction": site.direction,
        "secret_unit_consent": site.secret_unit_consent,
        "owner_type": provision.owner,
        "installer_type": provision.installer,
        "funding": provision.funding,
        "revenue_link": provision.revenue_link,
        "obligation_basis": provision.obligation_basis,
        "installer_contract": provision.installer_contract,
        "functions": [function_row(function) for function in device.functions],
        "registered_by": device.registered_by,
        "submitted_by": device.submitted_by,
        "plan_id": device.plan_id,
        "in_service_from": device.in_service_from,
        "agency_number": device.agency_number,
        "warnings": list(device.warnings),
        "sharing_id": device.shared.sharing_id if device.shared else None,
        "shared": _shared_row(device.shared) if device.shared else None,
        # An agency that takes the device over takes it out of the party's sight.
        "operator_id": device.operator_id if provision.owner is OwnerType.REGULATED_PARTY else None,
        "cell": cell_of(site.longitude, site.latitude),
    }


def _shared_row(shared: SharedSource) -> dict[str, Any]:
    return {
        "agency": shared.agency,
        "basis": basis_row(shared.basis),
        "until_on": shared.until_day.isoformat() if shared.until_day else None,
        "ended_at": shared.ended_at.isoformat() if shared.ended_at else None,
    }


def _shared_of(row: sa.RowMapping) -> SharedSource | None:
    shared = row["shared"]
    if shared is None:
        return None
    return SharedSource(
        agency=shared["agency"],
        basis=basis_of(shared["basis"]),
        sharing_id=SharingId(row["sharing_id"]) if row["sharing_id"] else None,
        until_day=date.fromisoformat(shared["until_on"]) if shared["until_on"] else None,
        ended_at=datetime.fromisoformat(shared["ended_at"]) if shared["ended_at"] else None,
    )


def basis_row(basis: Basis) -> dict[str, Any]:
    """A basis as an object of a JSON column."""
    return {
        "level": basis.level,
        "title": basis.title,
        "article": basis.article,
        "from_on": basis.from_day.isoformat(),
        "until_on": basis.until_day.isoformat() if basis.until_day else None,
        "organ": basis.organ,
        "number": basis.number,
    }


def basis_of(row: Mapping[str, Any]) -> Basis:
    """The basis of such an object."""
    return Basis(
        level=BasisLevel(row["level"]),
        title=row["title"],
        article=row["article"],
        from_day=date.fromisoformat(row["from_on"]),
        until_day=date.fromisoformat(row["until_on"]) if row["until_on"] else None,
        organ=row["organ"],
        number=row["number"],
    )


def function_row(function: Function) -> dict[str, Any]:
    """The function as an element of the column `functions`."""
    return {
        "code": function.code,
        "name": function.name,
        "metrology": function.metrology,
        "bases": [basis_row(basis) for basis in function.bases],
        "measures": _measurement_row(function.measures) if function.measures else None,
    }


def _measurement_row(measures: Measurement) -> dict[str, Any]:
    error = {name: None if figure is None else str(figure) for name, figure in vars(measures.error).items()}
    return {
        "quantity": measures.quantity,
        "unit": measures.unit,
        "limit": str(measures.limit),
        "error": error,
    }


def _measurement_of(row: Mapping[str, Any]) -> Measurement:
    error = {name: None if figure is None else Decimal(figure) for name, figure in row["error"].items()}
    return Measurement(
        Quantity(row["quantity"]), row["unit"], Decimal(row["limit"]), PermissibleError(**error)
    )


def function_of(row: Mapping[str, Any]) -> Function:
    """The function of an element of the column `functions`."""
    bases = tuple(basis_of(basis) for basis in row["bases"])
    measures = _measurement_of(row["measures"]) if row["measures"] else None
    return Function(row["code"], row["name"], Metrology(row["metrology"]), bases, measures)


def device_of(row: sa.RowMapping) -> Device:
    """The device of a row."""
    return Device(
        id=DeviceId(row["id"]),
        agency_id=AgencyId(row["agency_id"]),
        code=row["code"],
        kind=DeviceKind(row["kind"]),
        state=State(row["state"]),
        site=Site(
            place=row["place"],
            place_type=PlaceType(row["place_type"]),
            division=row["division"],
            longitude=row["longitude"],
            latitude=row["latitude"],
            direction=row["direction"],
            datum=Datum(row["datum"]),
            secret_unit_consent=row["secret_unit_consent"],
        ),
        provision=Provision(
            owner=OwnerType(row["owner_type"]),
            installer=InstallerType(row["installer_type"]),
            funding=Funding(row["funding"]),
            revenue_link=RevenueLink(row["revenue_link"]),
            obligation_basis=row["obligation_basis"],
            installer_contract=row["installer_contract"],
        ),
        functions=tuple(function_of(function) for function in row["functions"]),
        registered_by=row["registered_by"],
        submitted_by=row["submitted_by"],
        plan_id=PlanId(row["plan_id"]) if row["plan_id"] else None,
        in_service_from=row["in_service_from"],
        agency_number=row["agency_number"],
        warnings=tuple(row["warnings"]),
        shared=_shared_of(row),
        operator_id=PartyId(row["operator_id"]) if row["operator_id"] else None,
    )
