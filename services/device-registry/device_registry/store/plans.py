"""Work plans, and the devices that named one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, DeviceId, PlanId
from device_registry.domain.device import Funding, State
from device_registry.domain.plans import Linked, Plan, PlanAdopted, Planned, begun
from device_registry.store import tables


@dataclass(frozen=True)
class PlanTexts:
    """The name of a plan, and the texts of its four sections."""

    name: str
    devices: str
    enforcement_equipment: str
    network_security: str
    technical_indicators: str


@dataclass(frozen=True)
class LinkedDevice:
    """A device whose application named the plan."""

    id: DeviceId
    code: str | None
    state: State


@dataclass(frozen=True)
class PlanEntry:
    """A plan with its texts."""

    plan: Plan
    texts: PlanTexts


def resource(plan: Plan) -> Resource:
    """The plan as the policy sees it."""
    return Resource(plan.id, plan.agency_id)


async def get(at: Tx | View, plan_id: PlanId) -> PlanEntry:
    """The plan. Refusal NOT_FOUND without one that the caller sees."""
    query = sa.select(tables.plans).where(tables.plans.c.id == plan_id)
    row = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(plan_id)
    return _entry(row)


async def lock(tx: Tx, plan_id: PlanId) -> Plan:
    """The plan, held until commit, so that of two devices that name it at once the second counts the first."""
    query = sa.select(tables.plans).where(tables.plans.c.id == plan_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(plan_id)
    return _entry(row).plan


async def list_linked(tx: Tx, plan_id: PlanId, *, besides: DeviceId) -> list[Linked]:
    """What the devices `besides` one that named the plan record, and where; not those that were refused or are gone."""
    table = tables.devices
    query = sa.select(table.c.functions, table.c.division).where(
        table.c.plan_id == plan_id,
        table.c.id != besides,
        table.c.state.not_in((State.REJECTED, State.RETIRED)),
    )
    rows = await tx.conn.execute(query)
    return [Linked(tuple(each["code"] for each in row.functions), row.division) for row in rows]


async def list_all(v: View, *, after: str, limit: int) -> list[PlanEntry]:
    """The plans of the agencies that the caller sees, oldest first, after the id `after`."""
    table = tables.plans
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def list_devices(v: View, plan_id: PlanId) -> list[LinkedDevice]:
    """The devices whose applications named the plan, oldest first."""
    table = tables.devices
    query = sa.select(table.c.id, table.c.code, table.c.state).where(table.c.plan_id == plan_id)
    rows = await v.conn.execute(query.order_by(table.c.id))
    return [LinkedDevice(DeviceId(row.id), row.code, State(row.state)) for row in rows]


async def add(tx: Tx, permit: Permit, fact: PlanAdopted, *, texts: PlanTexts) -> Plan:
    """The plan that `fact` adopts."""
    tx.record(permit, fact)
    plan = begun(fact, at=tx.now)
    row = {
        "id": plan.id,
        "agency_id": plan.agency_id,
        "from_on": plan.from_day,
        "until_on": plan.until_day,
        "funding": plan.funding,
        "planned": [asdict(line) for line in plan.planned],
        "adopted_at": plan.adopted_at,
    }
    await tx.add(fact, tables.plans, row | asdict(texts))
    return plan


def _entry(row: sa.RowMapping) -> PlanEntry:
    plan = Plan(
        id=PlanId(row["id"]),
        agency_id=AgencyId(row["agency_id"]),
        from_day=row["from_on"],
        until_day=row["until_on"],
        funding=Funding(row["funding"]),
        planned=tuple(Planned(**line) for line in row["planned"]),
        adopted_at=row["adopted_at"],
    )
    names: dict[str, Any] = {name: row[name] for name in PlanTexts.__dataclass_fields__}
    return PlanEntry(plan, PlanTexts(**names))
