"""Work plans (NJ 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Resource
from common.values.ids import PlanId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.views import agency_of
from device_registry.contract import PlanDeviceView, PlannedView, PlanOrder, PlanPage, PlanView
from device_registry.domain import plans as law
from device_registry.domain.device import Funding
from device_registry.domain.plans import Plan, Planned, Sections
from device_registry.store import plans
from device_registry.store.plans import LinkedDevice, PlanEntry, PlanTexts

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.PLAN_READ))]


@router.post("/v1/plans", summary="制定建设方案 · Adopt a work plan", status_code=201)
async def adopt_plan(
    order: PlanOrder, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.PLAN_ADOPT))]
) -> PlanView:
    """A work plan of the caller's agency. A device names it when it is submitted."""
    agency_id = agency_of(mandate)
    texts = PlanTexts(
        order.name,
        order.devices,
        order.enforcement_equipment,
        order.network_security,
        order.technical_indicators,
    )
    async with change(db, mandate) as tx:
        plan_id = PlanId.new(tx.now)
        permit = tx.permit(Resource(plan_id, agency_id))
        fact = law.adopt(
            plan_id,
            await _sections(tx, plan_id, texts),
            agency_id=agency_id,
            days=(order.from_on, order.until_on),
            funding=Funding(order.funding_source),
            planned=tuple(Planned(**line.model_dump()) for line in order.planned),
        )
        plan = await plans.add(tx, permit, fact, texts=texts)
        return tx.answer(_plan_view(plan, texts, ()))


@router.get("/v1/plans", summary="建设方案列表 · List the work plans")
async def list_plans(db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = "") -> PlanPage:
    """The plans of the agencies that the caller sees, oldest first."""
    place = after(cursor, PlanId) or ""
    async with view(db, mandate) as v:
        listed = await plans.list_all(v, after=place, limit=limit + 1)
    return PlanPage(
        items=[_plan_view(entry.plan, entry.texts, None) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, _id),
    )


@router.get("/v1/plans/{plan_id}", summary="建设方案详情 · Read one work plan")
async def get_plan(plan_id: PlanId, db: Db, mandate: Reading) -> PlanView:
    """One plan, with the devices whose applications named it."""
    async with view(db, mandate) as v:
        entry = await plans.get(v, plan_id)
        v.permit(plans.resource(entry.plan))
        linked = await plans.list_devices(v, plan_id)
    return _plan_view(entry.plan, entry.texts, linked)


async def _sections(tx: Tx, plan_id: PlanId, texts: PlanTexts) -> Sections:
    return Sections(
        await tx.commit_to(plan_id, "devices", texts.devices),
        await tx.commit_to(plan_id, "enforcement_equipment", texts.enforcement_equipment),
        await tx.commit_to(plan_id, "network_security", texts.network_security),
        await tx.commit_to(plan_id, "technical_indicators", texts.technical_indicators),
    )


def _id(entry: PlanEntry) -> PlanId:
    return entry.plan.id


def _plan_view(plan: Plan, texts: PlanTexts, linked: Sequence[LinkedDevice] | None) -> PlanView:
    return PlanView(
        plan_id=plan.id,
        agency_id=plan.agency_id,
        from_on=plan.from_day,
        until_on=plan.until_day,
        funding_source=plan.funding,
        planned=[PlannedView(**asdict(line)) for line in plan.planned],
        adopted_at=plan.adopted_at,
        linked=None
        if linked is None
        else [
            PlanDeviceView(device_id=device.id, device_code=device.code, state=device.state.value)
            for device in linked
        ],
        **asdict(texts),
    )
