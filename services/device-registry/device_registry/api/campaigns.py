"""Clean-up campaigns: opened and watched by the supervisor (PJ §3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CampaignId, CleanupReportId
from common.values.law import PJ_3_2
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.views import agency_of
from device_registry.contract.campaigns import (
    CampaignOrder,
    CampaignPage,
    CampaignReportView,
    CampaignView,
)
from device_registry.domain import campaigns as law
from device_registry.domain.reporting import HANDED_IN, CleanupReport, ReportRequested, is_overdue, request
from device_registry.runtime import Run
from device_registry.store import campaigns, reports
from device_registry.store.campaigns import CampaignEntry, CampaignText

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.CAMPAIGN_READ))]


@router.post("/v1/cleanup-campaigns", summary="部署清理规范 · Open a clean-up campaign", status_code=201)
async def open_campaign(
    order: CampaignOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAMPAIGN_OPEN))],
) -> CampaignView:
    """Open a campaign with a report for each agency. The baseline is taken at once, in the background."""
    agency_id = agency_of(mandate)
    _require_seen(mandate, order.agency_ids)
    async with change(db, mandate) as tx:
        campaign_id = CampaignId.new(tx.now)
        permit = tx.permit(Resource(campaign_id, agency_id))
        fact = law.open_campaign(
            campaign_id,
            agency_id=agency_id,
            as_of=order.as_of,
            deadline=order.deadline,
            agencies=tuple(order.agency_ids),
            profile=runtime.profile,
            at=tx.now,
        )
        campaign = await campaigns.add(tx, permit, fact, texts=CampaignText(order.title))
        asked: list[ReportRequested] = [
            request(CleanupReportId.new(tx.now), campaign, agency_id=each) for each in fact.agencies
        ]
        made = await reports.add(tx, permit, *asked)
        entry = CampaignEntry(campaign, order.title, None)
        return tx.answer(_view(entry, made, at=tx.now))


@router.get("/v1/cleanup-campaigns", summary="清理规范列表 · List the campaigns")
async def list_campaigns(db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = "") -> CampaignPage:
    """The campaigns that the caller sees, oldest first; an agency sees its own report in each."""
    place = after(cursor, CampaignId) or ""
    async with view(db, mandate) as v:
        listed = await campaigns.list_all(v, after=place, limit=limit + 1)
        shown = [(entry, await reports.list_by_campaign(v, entry.campaign.id)) for entry in listed[:limit]]
    return CampaignPage(
        items=[_view(entry, known, at=v.now) for entry, known in shown],
        next_cursor=next_cursor(listed, limit, _id),
    )


@router.get("/v1/cleanup-campaigns/{campaign_id}", summary="清理规范详情 · Read one campaign")
async def get_campaign(campaign_id: CampaignId, db: Db, mandate: Reading) -> CampaignView:
    """One campaign with how far each agency is; who is late is listed first."""
    async with view(db, mandate) as v:
        entry = await campaigns.get(v, campaign_id)
        v.permit(campaigns.resource(entry.campaign))
        known = await reports.list_by_campaign(v, campaign_id)
    return _view(entry, known, at=v.now)


def _require_seen(mandate: Mandate, agencies: Sequence[AgencyId]) -> None:
    """Refuse an agency that is not below the supervisor: one that nobody knows looks the same."""
    unseen = sorted(set(agencies) - mandate.actor.visible)
    if unseen and not mandate.actor.sees_all:
        raise Refusal(Kind.INVALID, "CLN_AGENCY_UNKNOWN", {"agencies": unseen}, article=PJ_3_2)


def _id(entry: CampaignEntry) -> CampaignId:
    return entry.campaign.id


def _view(entry: CampaignEntry, known: Sequence[CleanupReport], *, at: datetime) -> CampaignView:
    campaign = entry.campaign
    listed = sorted(known, key=lambda report: (not is_overdue(report, at=at), report.agency_id))
    return CampaignView(
        campaign_id=campaign.id,
        agency_id=campaign.agency_id,
        title=entry.title,
        as_of=campaign.as_of,
        deadline=campaign.deadline,
        opened_at=campaign.opened_at,
        frozen_at=campaign.frozen_at,
        devices=entry.devices,
        complete=all(report.state in HANDED_IN for report in known),
        reports=[
            CampaignReportView(
                report_id=report.id,
                agency_id=report.agency_id,
                state=report.state.value,
                kind=report.kind.value if report.kind else None,
                submitted_at=report.submitted_at,
                late=is_overdue(report, at=at),
            )
            for report in listed
        ],
    )
