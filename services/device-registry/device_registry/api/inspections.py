"""The verification on site: drawn and recorded by the supervisor (PJ §3(1))."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CampaignId, InspectionId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.contract.inspections import (
    DrawOrder,
    DrawView,
    InspectionPage,
    InspectionResultOrder,
    InspectionView,
)
from device_registry.domain import inspections as law
from device_registry.domain.inspections import DrawnAs, InspectionOutcome
from device_registry.runtime import Run
from device_registry.store import campaigns, drawn
from device_registry.store.drawn import InspectionEntry, InspectionText

router = APIRouter()

Inspecting = Annotated[Mandate, Depends(Allow(Action.CAMPAIGN_INSPECT))]
Reading = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_READ))]


@router.post(
    "/v1/cleanup-campaigns/{campaign_id}/draws",
    summary="抽取核查设备 · Draw devices to visit",
    status_code=201,
)
async def draw_devices(
    campaign_id: CampaignId, order: DrawOrder, db: Db, runtime: Run, mandate: Inspecting
) -> DrawView:
    """Every device with a CU-5 finding, and a sample of the rest by a seed that goes on record."""
    async with change(db, mandate) as tx:
        campaign = await campaigns.lock(tx, campaign_id)
        permit = tx.permit(campaigns.resource(campaign))
        known = {each.inspection.device_id for each in await drawn.list_by_campaign(tx, campaign_id)}
        devices = await campaigns.list_baseline(tx, campaign_id)
        drawing = law.draw(
            campaign,
            [device for device in devices if device.device_id not in known],
            flagged=await drawn.list_flagged(tx, campaign),
            seed=secrets.token_hex(16),
            profile=runtime.profile,
        )
        ordered = [
            law.order(InspectionId.new(tx.now), campaign, device, drawn_as)
            for drawn_as, chosen in ((DrawnAs.ABNORMAL, drawing.abnormal), (DrawnAs.SAMPLE, drawing.sample))
            for device in chosen
        ]
        made = await drawn.add_draw(tx, permit, drawing.fact, ordered)
        return tx.answer(
            DrawView(
                campaign_id=campaign_id,
                seed=drawing.fact.seed,
                population=drawing.fact.population,
                inspections=[_view(InspectionEntry(inspection, "")) for inspection in made],
            )
        )


@router.get("/v1/cleanup-inspections", summary="实地核查列表 · List the inspections")
async def list_inspections(
    db: Db,
    mandate: Reading,
    campaign_id: CampaignId | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> InspectionPage:
    """The inspections that the caller sees, in the order of their drawing."""
    place = after(cursor, InspectionId) or ""
    async with view(db, mandate) as v:
        listed = await drawn.list_by_campaign(v, campaign_id, after=place, limit=limit + 1)
    return InspectionPage(
        items=[_view(entry) for entry in listed[:limit]], next_cursor=next_cursor(listed, limit, _id)
    )


@router.get("/v1/cleanup-inspections/{inspection_id}", summary="实地核查详情 · Read one inspection")
async def get_inspection(inspection_id: InspectionId, db: Db, mandate: Reading) -> InspectionView:
    """One inspection with its result."""
    async with view(db, mandate) as v:
        entry = await drawn.get(v, inspection_id)
        v.permit(drawn.resource(entry.inspection))
    return _view(entry)


@router.post(
    "/v1/cleanup-inspections/{inspection_id}/result",
    summary="登记核查结果 · Record a result",
    status_code=201,
)
async def record_result(
    inspection_id: InspectionId, order: InspectionResultOrder, db: Db, mandate: Inspecting
) -> InspectionView:
    """What was found on site. UNRESOLVED opens an oversight item."""
    async with change(db, mandate) as tx:
        inspection = await drawn.lock(tx, inspection_id)
        permit = tx.permit(drawn.resource(inspection))
        fact = law.conclude(
            inspection,
            InspectionOutcome(order.outcome),
            photos=tuple(order.photo_sha256),
            note=await tx.commit_to(inspection_id, "note", order.note),
        )
        inspection = await drawn.save(tx, permit, inspection, fact, texts=InspectionText(order.note))
        return tx.answer(_view(InspectionEntry(inspection, order.note)))


def _id(entry: InspectionEntry) -> InspectionId:
    return entry.inspection.id


def _view(entry: InspectionEntry) -> InspectionView:
    inspection = entry.inspection
    return InspectionView(
        inspection_id=inspection.id,
        campaign_id=inspection.campaign_id,
        device_id=inspection.device_id,
        agency_id=inspection.agency_id,
        drawn_as=inspection.drawn_as.value,
        outcome=inspection.outcome.value if inspection.outcome else None,
        photo_sha256=list(inspection.photos),
        note=entry.note,
        inspected_at=inspection.inspected_at,
    )
