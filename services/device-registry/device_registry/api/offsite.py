"""Off-site inspections of enterprises, and the visits that are ordered (EMR 16, 35)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate
from common.values.ids import Id, OfficerId, OffsiteInspectionId, OnsiteTaskId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.views import agency_of
from device_registry.contract.offsite import (
    OffsiteClosureOrder,
    OffsiteInspectionOrder,
    OffsiteInspectionPage,
    OffsiteInspectionView,
    OnsiteTaskOrder,
    OnsiteTaskView,
)
from device_registry.domain import offsite as law
from device_registry.domain.offsite import Ground, Order, Result
from device_registry.runtime import Run
from device_registry.store import offsite
from device_registry.store.offsite import Conclusion, OffsiteEntry, OffsiteTexts

router = APIRouter()

Inspecting = Annotated[Mandate, Depends(Allow(Action.INSPECTION_OPEN))]
Reading = Annotated[Mandate, Depends(Allow(Action.INSPECTION_READ))]


@router.post(
    "/v1/offsite-inspections", summary="开展非现场检查 · Open an off-site inspection", status_code=201
)
async def open_offsite_inspection(
    order: OffsiteInspectionOrder, db: Db, runtime: Run, mandate: Inspecting
) -> OffsiteInspectionView:
    """Inspect an enterprise without a visit. It counts in the yearly cap of the agency for this enterprise."""
    agency_id = agency_of(mandate)
    async with change(db, mandate) as tx:
        enterprise = await offsite.hold_enterprise(tx, agency_id, order.enterprise_code, matter=order.matter)
        inspection_id = OffsiteInspectionId.new(tx.now)
        fact = law.open_offsite(
            inspection_id,
            await _order(tx, inspection_id, order, mandate),
            enterprise,
            profile=runtime.profile,
            at=tx.now,
        )
        permit = tx.permit(offsite.resource(fact))
        texts = OffsiteTexts(order.enterprise_code, order.ground_note)
        await offsite.add(tx, permit, fact, texts=texts)
        return tx.answer(_view(await offsite.get(tx, inspection_id)))


@router.post(
    "/v1/offsite-inspections/{inspection_id}/closure",
    summary="非现场检查结论 · Close an off-site inspection",
    status_code=201,
)
async def close_offsite_inspection(
    inspection_id: OffsiteInspectionId,
    order: OffsiteClosureOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.INSPECTION_CLOSE))],
) -> OffsiteInspectionView:
    """Close it with what was found. Without a finding the enterprise is not visited on the matter."""
    async with change(db, mandate) as tx:
        inspection = await offsite.lock(tx, inspection_id)
        permit = tx.permit(offsite.resource(inspection))
        fact = law.close_offsite(
            inspection,
            result=Result(order.result),
            conclusion=await tx.commit_to(inspection_id, "conclusion", order.conclusion),
            by=OfficerId(mandate.actor.id),
        )
        await offsite.save(tx, permit, inspection, fact, texts=Conclusion(order.conclusion))
        return tx.answer(_view(await offsite.get(tx, inspection_id)))


@router.post("/v1/onsite-tasks", summary="派出现场检查 · Order a visit", status_code=201)
async def order_onsite_task(
    order: OnsiteTaskOrder, db: Db, runtime: Run, mandate: Inspecting
) -> OnsiteTaskView:
    """Order a visit of an enterprise; after an inspection without a finding on the matter only with a reason."""
    agency_id = agency_of(mandate)
    async with change(db, mandate) as tx:
        enterprise = await offsite.hold_enterprise(tx, agency_id, order.enterprise_code, matter=order.matter)
        task_id = OnsiteTaskId.new(tx.now)
        fact = law.order_onsite(
            task_id,
            await _order(tx, task_id, order, mandate),
            enterprise,
            reason=await tx.commit_to(task_id, "reason", order.reason) if order.reason else None,
            profile=runtime.profile,
            at=tx.now,
        )
        permit = tx.permit(offsite.resource(fact))
        texts = OffsiteTexts(order.enterprise_code, order.ground_note)
        ordered_at = await offsite.add_task(tx, permit, fact, texts=texts, reason=order.reason)
        return tx.answer(
            OnsiteTaskView(
                task_id=task_id,
                agency_id=fact.agency_id,
                matter=fact.matter,
                nth=fact.nth,
                ground=order.ground,
                despite=fact.despite,
                ordered_at=ordered_at,
            )
        )


@router.get("/v1/offsite-inspections", summary="非现场检查列表 · List off-site inspections")
async def list_offsite_inspections(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> OffsiteInspectionPage:
    """The off-site inspections of the agencies that the caller sees, oldest first."""
    place = after(cursor, OffsiteInspectionId) or ""
    async with view(db, mandate) as v:
        listed = await offsite.list_all(v, after=place, limit=limit + 1)
    return OffsiteInspectionPage(
        items=[_view(entry) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda entry: entry.inspection.id),
    )


@router.get("/v1/offsite-inspections/{inspection_id}", summary="非现场检查详情 · Read an off-site inspection")
async def get_offsite_inspection(
    inspection_id: OffsiteInspectionId, db: Db, mandate: Reading
) -> OffsiteInspectionView:
    """One off-site inspection."""
    async with view(db, mandate) as v:
        entry = await offsite.get(v, inspection_id)
        v.permit(offsite.resource(entry.inspection))
    return _view(entry)


async def _order(tx: Tx, owner: Id, order: OffsiteInspectionOrder, mandate: Mandate) -> Order:
    return Order(
        agency_of(mandate),
        await tx.commit_to(owner, "enterprise", order.enterprise_code),
        order.matter,
        Ground(order.ground) if order.ground else None,
        OfficerId(mandate.actor.id),
    )


def _view(entry: OffsiteEntry) -> OffsiteInspectionView:
    inspection = entry.inspection
    return OffsiteInspectionView.model_validate(
        {
            "inspection_id": inspection.id,
            "agency_id": inspection.agency_id,
            "enterprise_code": entry.enterprise_code,
            "matter": inspection.matter,
            "nth": entry.nth,
            "ground": entry.ground,
            "opened_at": inspection.opened_at,
            "result": inspection.result,
            "conclusion": entry.conclusion,
            "closed_at": inspection.closed_at,
        }
    )
