"""Inspections of an enterprise that need no visit (非现场检查), and the visits that follow from them (EMR 16, 35).

    open ──▶ OPEN ──close──▶ CLOSED: NO_FINDING or FINDING          order a visit (on-site task) of the same matter
                                        └──────────── NO_FINDING: only with a reason on record ──────────┘

Both count in what an agency may inspect an enterprise in a year (国办发〔2024〕54号); above that only on a ground that
the same paper leaves open. A record holds no enterprise in clear: its code is committed to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, OfficerId, OffsiteInspectionId, OnsiteTaskId
from common.values.law import EMR_16, EMR_35
from common.values.profile import Profile


class Result(StrEnum):
    NO_FINDING = "NO_FINDING"
    FINDING = "FINDING"


class Ground(StrEnum):
    """Why an enterprise is inspected more often than the yearly cap: somebody or something called for it."""

    COMPLAINT = "COMPLAINT"
    ASSIGNED = "ASSIGNED"
    MONITORING_LEAD = "MONITORING_LEAD"
    EMERGENCY = "EMERGENCY"


@dataclass(frozen=True)
class Enterprise:
    """How an enterprise stands with the agency: its inspections of the year, and the last result on the matter."""

    inspected: int
    last_result: Result | None
    last_inspection: OffsiteInspectionId | None


@dataclass(frozen=True)
class Offsite:
    """An off-site inspection of a matter, a code of the agency's own list."""

    id: OffsiteInspectionId
    agency_id: AgencyId
    matter: str
    opened_at: datetime
    result: Result | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class OffsiteOpened(Fact):
    """An inspection begins; `nth` of the year. `ground` is None within the cap."""

    type: ClassVar[str] = "offsite_inspection.opened"

    agency_id: AgencyId
    enterprise: Commitment
    matter: str
    year: int
    nth: int
    ground: Ground | None
    by: OfficerId


@dataclass(frozen=True)
class OffsiteClosed(Fact):
    """What was found, and the conclusion in words as a commitment."""

    type: ClassVar[str] = "offsite_inspection.closed"

    result: Result
    conclusion: Commitment
    by: OfficerId


@dataclass(frozen=True)
class OnsiteOrdered(Fact):
    """A visit is ordered. `despite` is the inspection without a finding on the same matter, with the reason for it."""

    type: ClassVar[str] = "onsite_task.ordered"

    agency_id: AgencyId
    enterprise: Commitment
    matter: str
    year: int
    nth: int
    ground: Ground | None
    despite: OffsiteInspectionId | None
    reason: Commitment | None
    by: OfficerId


OffsiteFact = OffsiteOpened | OffsiteClosed


@dataclass(frozen=True)
class Order:
    """Whom and what an inspection is about: the enterprise as a commitment, the matter, the ground above the cap."""

    agency_id: AgencyId
    enterprise: Commitment
    matter: str
    ground: Ground | None
    by: OfficerId


def open_offsite(
    inspection_id: OffsiteInspectionId,
    order: Order,
    enterprise: Enterprise,
    *,
    profile: Profile,
    at: datetime,
) -> OffsiteOpened:
    """Begin an inspection without a visit. It burdens the enterprise too, so it counts in the cap."""
    _require_within_cap(order, enterprise, profile)
    return OffsiteOpened(
        inspection_id, order.agency_id, order.enterprise, order.matter,
        legal_day(at).year, enterprise.inspected + 1, order.ground, order.by,
    )  # fmt: skip


def close_offsite(
    inspection: Offsite, *, result: Result, conclusion: Commitment, by: OfficerId
) -> OffsiteClosed:
    """Close it once, with what was found."""
    if inspection.result is not None:
        raise Refusal(
            Kind.CONFLICT,
            "INS_CLOSED",
            {"inspection": inspection.id, "result": inspection.result},
            article=EMR_35,
        )
    return OffsiteClosed(inspection.id, result, conclusion, by)


def order_onsite(
    task_id: OnsiteTaskId,
    order: Order,
    enterprise: Enterprise,
    *,
    reason: Commitment | None,
    profile: Profile,
    at: datetime,
) -> OnsiteOrdered:
    """Order a visit of the enterprise.

    What can be found without a visit is not visited for: after an inspection without a finding on the same matter a
    visit needs a reason on record (EMR 16).
    """
    blocked = enterprise.last_result is Result.NO_FINDING
    if blocked and reason is None:
        raise Refusal(
            Kind.CONFLICT,
            "INS_NO_FINDING",
            {"inspection": enterprise.last_inspection, "matter": order.matter},
            article=EMR_16,
        )
    _require_within_cap(order, enterprise, profile)
    return OnsiteOrdered(
        task_id, order.agency_id, order.enterprise, order.matter, legal_day(at).year, enterprise.inspected + 1,
        order.ground, enterprise.last_inspection if blocked else None, reason if blocked else None, order.by,
    )  # fmt: skip


def begun(fact: OffsiteOpened, *, at: datetime) -> Offsite:
    """The inspection that `fact`, recorded at `at`, begins."""
    return Offsite(OffsiteInspectionId(fact.owner), fact.agency_id, fact.matter, at)


def closed(inspection: Offsite, fact: OffsiteClosed, *, at: datetime) -> Offsite:
    """The inspection as `fact`, recorded at `at`, leaves it."""
    return replace(inspection, result=fact.result, closed_at=at)


def _require_within_cap(order: Order, enterprise: Enterprise, profile: Profile) -> None:
    cap = profile.inspections.yearly_cap
    if enterprise.inspected >= cap and order.ground is None:
        raise Refusal(
            Kind.CONFLICT, "INS_YEARLY_CAP", {"inspected": enterprise.inspected, "cap": cap}, article=EMR_35
        )
