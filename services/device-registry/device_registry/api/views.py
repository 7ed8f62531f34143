"""Values of the domain and of the store as wire models."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from common.policy import Mandate
from common.values.errors import Kind, Refusal, Violation
from common.values.ids import AgencyId
from common.values.profile import BasisLevel
from common.web.telemetry import language
from device_registry.contract import (
    BasisOrder,
    Capability,
    DeviceView,
    FunctionStandingView,
    FunctionView,
    GuardView,
    MeasurementView,
    ViolationView,
)
from device_registry.domain.device import Basis, Device, Function, Measurement
from device_registry.domain.standing import Standing
from device_registry.publishing.views import cited_as


def agency_of(mandate: Mandate) -> AgencyId:
    """The agency for which the caller acts. Every device belongs to an agency, so a caller without one makes none."""
    if mandate.actor.agency_id is None:
        raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", wording="no_agency")
    return mandate.actor.agency_id


def device_view(device: Device, findings: Sequence[str] = ()) -> DeviceView:
    """The device, with the findings of its import if it was imported."""
    site, provision = device.site, device.provision
    return DeviceView(
        id=device.id,
        agency_id=device.agency_id,
        device_code=device.code,
        agency_number=device.agency_number,
        kind=device.kind.value,
        state=device.state.value,
        place=site.place,
        place_type=site.place_type.value,
        division=site.division,
        longitude=_figure(site.longitude),
        latitude=_figure(site.latitude),
        direction=site.direction,
        owner_type=provision.owner,
        installer_type=provision.installer,
        funding_source=provision.funding,
        functions=[_function_view(function) for function in device.functions],
        plan_id=device.plan_id,
        operator_id=device.operator_id,
        shared_from=device.shared.agency if device.shared else None,
        sharing_id=device.shared.sharing_id if device.shared else None,
        in_service_from=device.in_service_from,
        findings=list(findings),
        warnings=list(device.warnings),
    )


def capability_of(device: Device, standing: Standing, profile: str) -> Capability:
    """The standing as the registry states it."""
    return Capability(
        v=2,
        device_id=device.id,
        device_code=device.code,
        agency_id=device.agency_id,
        at=standing.at,
        known_at=standing.known_at,
        state=standing.state.value if standing.state else None,
        lawful=standing.lawful,
        codes=list(standing.codes),
        functions=[
            FunctionStandingView(
                code=function.code,
                name=function.name,
                lawful=function.lawful,
                measures=measurement_view(function.measures),
            )
            for function in standing.functions
        ],
        guards=[
            GuardView(guard=result.guard, passed=result.passed, violations=violation_views(result.violations))
            for result in standing.guards
        ],
        place=device.site.place,
        division=device.site.division,
        longitude=_figure(device.site.longitude),
        latitude=_figure(device.site.latitude),
        profile=profile,
    )


def violation_views(violations: Sequence[Violation]) -> list[ViolationView]:
    return [ViolationView(code=v.code, law=v.law, detail=v.said(language())) for v in violations]


def _function_view(function: Function) -> FunctionView:
    return FunctionView(
        code=function.code,
        name=function.name,
        metrology=function.metrology.value,
        measures=measurement_view(function.measures),
        bases=[cited_as(basis) for basis in function.bases],
    )


def measurement_view(measures: Measurement | None) -> MeasurementView | None:
    """What a function measures; None where it measures nothing."""
    if measures is None:
        return None
    error = measures.error
    return MeasurementView.model_validate(
        {
            "quantity": measures.quantity,
            "unit": measures.unit,
            "limit": _figure(measures.limit),
            "permissible_error": {name: _figure(figure) for name, figure in vars(error).items()},
        }
    )


def basis_from(order: BasisOrder) -> Basis:
    """The basis that an order cites."""
    return Basis(
        BasisLevel(order.level),
        order.title,
        order.article,
        order.from_on,
        order.until_on,
        order.organ,
        order.number,
    )


def _figure(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
