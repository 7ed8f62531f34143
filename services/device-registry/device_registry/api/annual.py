"""The yearly report of new devices (PJ §3(3))."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate, not_found
from common.values.ids import AnnualReportId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.cleanup import yearly
from device_registry.contract.annual import (
    AnnualDraftOrder,
    AnnualReceiptOrder,
    AnnualReportPage,
    AnnualReportView,
    BalanceView,
    NewDeviceView,
)
from device_registry.domain import annual as law
from device_registry.domain.annual import Recipient
from device_registry.runtime import Run
from device_registry.store import annual
from device_registry.store.annual import AnnualEntry

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_READ))]
Filling = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_FILL))]


@router.get("/v1/annual-reports", summary="新增情况报告列表 · List the yearly reports")
async def list_annual_reports(
    db: Db, mandate: Reading, overdue: bool = False, limit: Limit = 50, cursor: Cursor = ""
) -> AnnualReportPage:
    """The yearly reports that the caller sees; with `overdue` the list of those that were missed."""
    place = after(cursor, AnnualReportId) or ""
    async with view(db, mandate) as v:
        listed = await annual.list_all(v, overdue=overdue, after=place, limit=limit + 1)
    return AnnualReportPage(
        items=[_view(entry) for entry in listed[:limit]], next_cursor=next_cursor(listed, limit, _id)
    )


@router.get("/v1/annual-reports/{report_id}", summary="新增情况报告详情 · Read one yearly report")
async def get_annual_report(report_id: AnnualReportId, db: Db, mandate: Reading) -> AnnualReportView:
    """One report as it was drafted last."""
    async with view(db, mandate) as v:
        entry = await annual.get(v, report_id)
        v.permit(annual.resource(entry.report))
    return _view(entry)


@router.post("/v1/annual-reports/{report_id}/draft", summary="填报新增情况 · Draft it", status_code=201)
async def draft_annual_report(
    report_id: AnnualReportId, order: AnnualDraftOrder, db: Db, runtime: Run, mandate: Filling
) -> AnnualReportView:
    """Compute the report from the register; a year without new devices gives a zero report."""
    async with view(db, mandate) as v:
        known = await annual.get(v, report_id)
        v.permit(annual.resource(known.report))
        name = mandate.actor.agency_name or ""
        content, in_use = await yearly.content_of(v, known.report, agency_name=name)
        at = v.now
    pdf = await asyncio.to_thread(yearly.annual_pdf, known.report, content, runtime.profile, at)
    async with change(db, mandate) as tx:
        report = await annual.lock(tx, report_id)
        permit = tx.permit(annual.resource(report))
        fact = law.draft(
            report,
            content.balances,
            in_use=in_use,
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            made_at=at,
        )
        report = await annual.save(tx, permit, report, fact, texts=content)
        return tx.answer(_view(AnnualEntry(report, content)))


@router.post(
    "/v1/annual-reports/{report_id}/receipts", summary="登记回执 · Record a receipt", status_code=201
)
async def record_receipt(
    report_id: AnnualReportId, order: AnnualReceiptOrder, db: Db, mandate: Filling
) -> AnnualReportView:
    """The receipt of the government or of the justice bureau; with both the report is filed."""
    async with change(db, mandate) as tx:
        report = await annual.lock(tx, report_id)
        permit = tx.permit(annual.resource(report))
        fact = law.receive(
            report,
            Recipient(order.recipient),
            number=order.number,
            received_on=order.received_on,
            at=tx.now,
        )
        await annual.save(tx, permit, report, fact)
        return tx.answer(_view(await annual.get(tx, report_id)))


@router.get(
    "/v1/annual-reports/{report_id}/document",
    summary="新增情况报告 · The report as a file",
    responses=sends("application/pdf"),
)
async def get_annual_document(report_id: AnnualReportId, db: Db, runtime: Run, mandate: Reading) -> Response:
    """The report as PDF/A-3a. Refusal NOT_FOUND before the first draft."""
    async with view(db, mandate) as v:
        entry = await annual.get(v, report_id)
        v.permit(annual.resource(entry.report))
    if entry.content is None or entry.report.drafted_at is None:
        raise not_found(report_id)
    at = entry.report.drafted_at
    data = await asyncio.to_thread(yearly.annual_pdf, entry.report, entry.content, runtime.profile, at)
    return Response(data, media_type="application/pdf", headers={"cache-control": "no-store"})


def _id(entry: AnnualEntry) -> AnnualReportId:
    return entry.report.id


def _view(entry: AnnualEntry) -> AnnualReportView:
    report, content = entry.report, entry.content
    return AnnualReportView(
        report_id=report.id,
        agency_id=report.agency_id,
        year=report.year,
        due=report.due,
        reminded=list(report.reminded),
        drafted_at=report.drafted_at,
        balances=[BalanceView(**asdict(each)) for each in content.balances] if content else None,
        devices=[NewDeviceView(device_id=each.device_id, cells=dict(each.cells)) for each in content.devices]
        if content
        else None,
        receipts=dict(report.receipts or {}),
        filed=report.is_filed,
        overdue=report.overdue_at is not None,
    )
