"""Domain values as the wire says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from common.policy import Mandate
from common.values.errors import Kind, Refusal, Violation
from common.values.ids import AgencyId
from device_registry.contract import (
    Capability,
    DeviceView,
    FunctionStandingView,
    FunctionView,
    GuardView,
    PublicDeviceView,
    ViolationView,
)
from device_registry.domain.device import Basis, Device, Function
from device_registry.domain.standing import Standing

_PUBLIC_DECIMALS = Decimal("0.0001")  # about ten metres (§2.10)


def agency_of(mandate: Mandate) -> AgencyId:
    """The agency for which the caller acts. A device belongs to one, so nobody without an agency makes any."""
    if mandate.actor.agency_id is None:
        raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", "This act is an agency's; you act for none.")
    return mandate.actor.agency_id


def device_view(device: Device, findings: Sequence[str] = ()) -> DeviceView:
    """The device, with the findings of its import if it was imported."""
    site, provision = device.site, device.provision
    return DeviceView(
        id=device.id,
        agency_id=device.agency_id,
        device_code=device.code,
        kind=device.kind.value,
        state=device.state.value,
        place=site.place,
        place_type=site.place_type.value,
        division=site.division,
        longitude=_degrees(site.longitude),
        latitude=_degrees(site.latitude),
        direction=site.direction,
        owner_type=provision.owner,
        installer_type=provision.installer,
        funding=provision.funding,
        functions=[_function_view(function) for function in device.functions],
        in_service_from=device.in_service_from,
        findings=list(findings),
    )


def capability_of(device: Device, standing: Standing, profile: str) -> Capability:
    """The standing as the registry states it."""
    return Capability(
        device_id=device.id,
        device_code=device.code,
        agency_id=device.agency_id,
        at=standing.at,
        known_at=standing.known_at,
        state=standing.state.value if standing.state else None,
        lawful=standing.lawful,
        codes=list(standing.codes),
        functions=[
            FunctionStandingView(code=function.code, name=function.name, lawful=function.lawful)
            for function in standing.functions
        ],
        guards=[
            GuardView(guard=result.guard, passed=result.passed, violations=violation_views(result.violations))
            for result in standing.guards
        ],
        place=device.site.place,
        division=device.site.division,
        longitude=_degrees(device.site.longitude),
        latitude=_degrees(device.site.latitude),
        profile=profile,
    )


def violation_views(violations: Sequence[Violation]) -> list[ViolationView]:
    return [ViolationView(code=v.code, law=v.law, detail=v.detail) for v in violations]


def public_view(row: Mapping[str, Any]) -> PublicDeviceView:
    """A published device, its place rounded to about ten metres."""
    functions = row["functions"]
    bases = {
        f"《{basis['title']}》{basis['article']}" for function in functions for basis in function["bases"]
    }
    measured = any(function["metrology"] == "MANDATORY" for function in functions)
    return PublicDeviceView(
        device_code=row["code"],
        agency_id=row["agency_id"],
        kind=row["kind"],
        state=row["state"],
        place=row["place"],
        direction=row["direction"],
        longitude=_rounded(row["longitude"]),
        latitude=_rounded(row["latitude"]),
        functions=[function["name"] for function in functions],
        bases=sorted(bases),
        published_at=row["published_at"],
        active_since=row["in_service_from"],
        verification_valid_until=row["valid_until"] if measured else None,
        complaint_phone=row["complaint_phone"],
    )


def _function_view(function: Function) -> FunctionView:
    return FunctionView(
        code=function.code,
        name=function.name,
        metrology=function.metrology.value,
        bases=[_cited(basis) for basis in function.bases],
    )


def _cited(basis: Basis) -> str:
    return f"《{basis.title}》{basis.article}"


def _degrees(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _rounded(value: Decimal | None) -> str | None:
    return None if value is None else format(value.quantize(_PUBLIC_DECIMALS), "f")
