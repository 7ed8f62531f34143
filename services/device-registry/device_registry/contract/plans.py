"""Work plans on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from common.values.ids import AgencyId, DeviceId, PlanId
from common.web.wire import Code, Day, In, Name, Out, Page, Text
from device_registry.contract.words import StateName


class PlannedOrder(In):
    """So many devices for one violation in one division."""

    violation_code: Code
    division: Code
    count: Annotated[int, Field(ge=1, le=100_000, strict=True)]


class PlanOrder(In):
    """智慧监管建设方案: its four sections, the days on which it runs, and the devices that it provides for (NJ 7)."""

    name: Name
    from_on: Day
    until_on: Day
    funding_source: Literal["FISCAL", "MARKET_ENTITY", "PARTY", "SHARED_WITH_PARTY"] = "FISCAL"
    devices: Text
    enforcement_equipment: Text
    network_security: Text
    technical_indicators: Text
    planned: list[PlannedOrder] = Field(min_length=1, max_length=500)


class PlannedView(Out):
    violation_code: str
    division: str
    count: int


class PlanDeviceView(Out):
    """A device whose application named the plan."""

    device_id: DeviceId
    device_code: str | None
    state: StateName


class PlanView(Out):
    """A plan. `linked` are the devices that named it: null in a list of plans, which does not look for them."""

    plan_id: PlanId
    agency_id: AgencyId
    name: str
    from_on: date
    until_on: date
    funding_source: str
    devices: str
    enforcement_equipment: str
    network_security: str
    technical_indicators: str
    planned: list[PlannedView]
    adopted_at: datetime
    linked: list[PlanDeviceView] | None


class PlanPage(Page[PlanView]):
    """Plans in the order of their adoption."""
