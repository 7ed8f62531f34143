"""The work plan of an agency for smart supervision (NJ 7): four sections, and the devices that it provides for.

A plan exists before a device names it. It is adopted once and never changed: another plan takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, PlanId
from common.values.law import NJ_7, PJ_1
from device_registry.domain import siting
from device_registry.domain.device import Funding, Provision


@dataclass(frozen=True)
class Planned:
    """So many devices for one violation in one division."""

    violation_code: str
    division: str
    count: int


@dataclass(frozen=True)
class Plan:
    """A plan as it was adopted. It runs on the days from `from_day` to `until_day`, both included."""

    id: PlanId
    agency_id: AgencyId
    from_day: date
    until_day: date
    funding: Funding
    planned: tuple[Planned, ...]
    adopted_at: datetime


@dataclass(frozen=True)
class PlanAdopted(Fact):
    """Commitments to the four sections that NJ 7 names, and the devices that the plan provides for."""

    type: ClassVar[str] = "plan.adopted"

    agency_id: AgencyId
    from_on: date
    until_on: date
    funding: Funding
    planned: tuple[Planned, ...]
    devices: Commitment
    enforcement_equipment: Commitment
    network_security: Commitment
    technical_indicators: Commitment


@dataclass(frozen=True)
class Sections:
    """Commitments to the texts of the four sections."""

    devices: Commitment
    enforcement_equipment: Commitment
    network_security: Commitment
    technical_indicators: Commitment


def adopt(
    plan_id: PlanId,
    sections: Sections,
    *,
    agency_id: AgencyId,
    days: tuple[date, date],
    funding: Funding,
    planned: tuple[Planned, ...],
) -> PlanAdopted:
    """Adopt a plan for the days from the first to the last of `days`.

    Government pays for it (NJ 5): a plan that lets the parties or a market entity pay is refused as a device would be,
    because every device of it would be unlawful (PJ 1).
    """
    first, last = days
    if last < first:
        raise Refusal(Kind.INVALID, "DEV_PLAN_PERIOD", {"first": first}, wording="order", article=NJ_7)
    provision = Provision(funding=funding)
    fault = siting.cost_shifted(provision) or siting.market_entity_revenue(provision)
    if fault is not None:
        raise Refusal(Kind.INVALID, fault.code, fault.facts, article=PJ_1, violations=(fault,))
    return PlanAdopted(
        plan_id,
        agency_id,
        first,
        last,
        funding,
        planned,
        sections.devices,
        sections.enforcement_equipment,
        sections.network_security,
        sections.technical_indicators,
    )


def begun(fact: PlanAdopted, *, at: datetime) -> Plan:
    """The plan that `fact`, recorded at `at`, begins."""
    return Plan(
        PlanId(fact.owner), fact.agency_id, fact.from_on, fact.until_on, fact.funding, fact.planned, at
    )


@dataclass(frozen=True)
class Linked:
    """A device that named the plan before: the violations that it records, and its division."""

    violations: tuple[str, ...]
    division: str | None


def gaps(
    plan: Plan | None, linked: Iterable[Linked], *, violations: Sequence[str], division: str | None
) -> tuple[str, ...]:
    """How far the plan does not provide for one more device (NJ 7): codes that reviewers see and that block nothing.

    PLAN_MISSING without a plan; PLAN_VIOLATION where it has no device for one of the violations at all, PLAN_DIVISION
    where it has none in this division, PLAN_COUNT where those it has are named already.
    """
    if plan is None:
        return ("PLAN_MISSING",)
    before = tuple(linked)
    found = {_gap(plan, before, violation=violation, division=division) for violation in violations}
    return tuple(sorted(found - {""}))


def _gap(plan: Plan, linked: tuple[Linked, ...], *, violation: str, division: str | None) -> str:
    lines = [line for line in plan.planned if line.violation_code == violation]
    here = [line for line in lines if _lies_in(division, line.division)]
    if not lines:
        return "PLAN_VIOLATION"
    if not here:
        return "PLAN_DIVISION"
    planned = {line.division for line in here}
    named = sum(
        violation in each.violations and any(_lies_in(each.division, p) for p in planned) for each in linked
    )
    return "PLAN_COUNT" if named >= sum(line.count for line in here) else ""


def _lies_in(division: str | None, planned: str) -> bool:
    # The code of a street begins with that of its district (GB/T 2260).
    return division is not None and division.startswith(planned)


def require_current(plan: Plan, *, agency_id: AgencyId, at: datetime) -> None:
    """Refuse a plan that is another agency's, or that does not run on the day of `at` (NJ 7)."""
    if plan.agency_id != agency_id:
        raise Refusal(Kind.INVALID, "DEV_PLAN_UNKNOWN", {"plan": plan.id}, article=NJ_7)
    if not plan.from_day <= legal_day(at) <= plan.until_day:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_PLAN_PERIOD",
            {"plan": plan.id, "first": plan.from_day, "last": plan.until_day},
            article=NJ_7,
        )
