"""A device with every paper in order, to be spoilt one paper at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from common.values.datafiles import load_calendar, load_profile
from common.values.ids import AgencyId, DeviceId
from common.values.profile import BasisLevel
from device_registry.domain.compliance import Guard
from device_registry.domain.device import (
    AcceptanceTest,
    Approval,
    Basis,
    Certificate,
    Conformity,
    Contract,
    Device,
    DeviceKind,
    Dossier,
    Function,
    Funding,
    Metrology,
    PaperKind,
    Period,
    PlaceType,
    Provision,
    Publication,
    Result,
    Review,
    SharedSource,
    Sign,
    Site,
    State,
)

PROFILE = load_profile("DEMO")
CALENDAR = load_calendar()
NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
DAY = timedelta(days=1)
AGENCY = AgencyId.new(NOON)

LAW = Basis(BasisLevel.LAW, "中华人民共和国道路交通安全法", "第一百一十四条", date(2021, 4, 29))
FUNCTION = Function("CM-0107", "机动车违法停放人行道", Metrology.MANDATORY, (LAW,))
SITE = Site(
    place="衡山路进东平路北约5米",
    place_type=PlaceType.ROAD,
    division="310104",
    longitude=Decimal("121.445721"),
    latitude=Decimal("31.210443"),
)
DEVICE = Device(
    id=DeviceId.new(NOON),
    agency_id=AGENCY,
    code="31010400001190000001",
    kind=DeviceKind.FIXED_CAMERA,
    state=State.ACTIVE,
    site=SITE,
    provision=Provision(),
    functions=(FUNCTION,),
    registered_by="officer:admin",
    submitted_by="officer:admin",
    in_service_from=NOON - 10 * DAY,
)
CERTIFICATE = Certificate(
    PaperKind.VERIFICATION,
    "JL-2025-118",
    "市计量测试技术研究院",
    Result.PASS,
    ("CM-0107",),
    verified_on=date(2025, 3, 10),
    valid_until=date(2025, 6, 30),
    recorded_at=NOON - 80 * DAY,
)
COMPLETE = Dossier(
    DEVICE,
    legal_reviews=(Review(Result.PASS, "officer:legal", NOON - 85 * DAY),),
    technical_reviews=(Review(Result.PASS, "officer:tech", NOON - 85 * DAY),),
    approvals=(Approval("officer:head", NOON - 84 * DAY),),
    conformities=(
        Conformity("GA/T 497", "R-1", "实验室", Result.PASS, date(2025, 3, 1), None, NOON - 80 * DAY),
    ),
    certificates=(CERTIFICATE,),
    signs=(Sign("ab" * 32, date(2025, 3, 12), None, NOON - 80 * DAY),),
    publications=(
        Publication("https://x.example", "网站", NOON - 60 * DAY, NOON - 30 * DAY, NOON - 60 * DAY),
    ),
    acceptance_tests=(AcceptanceTest(100, 95, date(2025, 3, 20), NOON - 70 * DAY),),
    periods=(
        Period(State.DRAFT, NOON - 90 * DAY, NOON - 90 * DAY),
        Period(State.PUBLISHED, NOON - 60 * DAY, NOON - 60 * DAY),
        Period(State.ACTIVE, NOON - 10 * DAY, NOON - 10 * DAY),
    ),
)


def in_state(state: State, dossier: Dossier = COMPLETE) -> Dossier:
    return replace(dossier, device=replace(dossier.device, state=state))


def with_site(**changes: Any) -> Dossier:
    return replace(COMPLETE, device=replace(DEVICE, site=replace(SITE, **changes)))


def with_provision(**changes: Any) -> Dossier:
    return replace(COMPLETE, device=replace(DEVICE, provision=replace(DEVICE.provision, **changes)))


def with_function(**changes: Any) -> Dossier:
    return replace(COMPLETE, device=replace(DEVICE, functions=(replace(FUNCTION, **changes),)))


def with_contract(dossier: Dossier, **changes: Any) -> Dossier:
    """The dossier with a market entity's contract and declaration, signed a hundred days ago."""
    signed = Contract("ab" * 32, "cd" * 32, (NOON - 100 * DAY).date(), NOON - 90 * DAY)
    return replace(dossier, contracts=(replace(signed, **changes),))


_SHARED = replace(
    DEVICE,
    kind=DeviceKind.SHARED_CAMERA,
    shared=SharedSource("示范市公安局", LAW, until_day=(NOON - DAY).date()),
)

SPOILT: dict[Guard, tuple[str, Dossier]] = {
    Guard.PLACE: ("DEV_PROHIBITED_PLACE", with_site(place_type=PlaceType.TOILET)),
    Guard.FUNDING: ("DEV_COST_SHIFTED", with_provision(funding=Funding.PARTY)),
    Guard.SHARING: ("DEV_SHARING_ENDED", replace(COMPLETE, device=_SHARED)),
    Guard.TERRITORY: ("OUT_OF_TERRITORY", with_site(division="320106")),
    Guard.LEGAL_BASIS: ("DEV_LEGAL_BASIS_INSUFFICIENT", with_function(bases=())),
    Guard.LEGAL_REVIEW: ("DEV_LEGAL_REVIEW_MISSING", replace(COMPLETE, legal_reviews=())),
    Guard.TECHNICAL_REVIEW: ("DEV_TECH_REVIEW_MISSING", replace(COMPLETE, technical_reviews=())),
    Guard.CONFORMITY: ("DEV_STANDARD_NONCONFORM", replace(COMPLETE, conformities=())),
    Guard.VERIFICATION: ("DEV_VERIFICATION_MISSING", replace(COMPLETE, certificates=())),
    Guard.SIGNAGE: ("DEV_SIGNAGE_MISSING", replace(COMPLETE, signs=())),
    Guard.ACCEPTANCE_TEST: ("DEV_ACCEPTANCE_TEST_MISSING", replace(COMPLETE, acceptance_tests=())),
    Guard.PUBLICATION: ("DEV_NOT_PUBLISHED", replace(COMPLETE, publications=())),
    Guard.MAINTENANCE: (
        "DEV_MAINTENANCE_OVERDUE",
        replace(COMPLETE, device=replace(DEVICE, in_service_from=NOON - 800 * DAY)),
    ),
}
"""For each guard a dossier in which it alone fails, and its code."""
