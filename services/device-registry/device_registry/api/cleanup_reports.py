"""The report of one agency: drafted from the register, sealed, handed in, returned or accepted (PJ §3(2); Annex 1)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import CleanupReportId
from common.values.law import PJ_ANNEX_1
from common.values.profile import Profile
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.report_views import annex_view, content_or_refuse, report_view
from device_registry.cleanup import annexing, filing
from device_registry.cleanup.papers import Inspected
from device_registry.contract.campaigns import (
    AnnexView,
    CleanupReportPage,
    CleanupReportView,
    ReportAcceptanceOrder,
    ReportDraftOrder,
    ReportReturnOrder,
    ReportSubmissionOrder,
    SealOrder,
)
from device_registry.domain import reporting as law
from device_registry.domain.annex import Header
from device_registry.domain.campaigns import CleanupCampaign, require_frozen
from device_registry.domain.reporting import ReportKind, SealKind
from device_registry.runtime import Run
from device_registry.store import campaigns, drawn, reports
from device_registry.store.reports import Content, ReportEntry, ReportText

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_READ))]
Filling = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_FILL))]
Reviewing = Annotated[Mandate, Depends(Allow(Action.CLEANUP_REPORT_REVIEW))]
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post("/v1/cleanup-reports/{report_id}/draft", summary="填报 · Draft a report", status_code=201)
async def draft_report(
    report_id: CleanupReportId, order: ReportDraftOrder, db: Db, runtime: Run, mandate: Filling
) -> CleanupReportView:
    """Fill the form in from the register as it is now: rows and total are computed (note 4)."""
    async with view(db, mandate) as v:
        entry = await reports.get(v, report_id)
        v.permit(reports.resource(entry.report))
        campaign = (await campaigns.get(v, entry.report.campaign_id)).campaign
    require_frozen(campaign)
    fines = await annexing.fines_of(runtime, campaign)
    header = Header(mandate.actor.agency_name or "", order.filler, order.contact, order.filled_on)
    kind = ReportKind(order.kind)
    async with view(db, mandate) as v:
        result = await annexing.result_of(v, campaign, entry.report.agency_id, fines)
        at = v.now
    law.require_fitting(kind, result.annex, header)
    content = Content(header, result.annex, result.overall, order.problems, order.next_steps)
    files = await asyncio.to_thread(filing.files_of, report_id, kind, content, campaign, runtime.profile, at)
    async with change(db, mandate) as tx:
        report = await reports.lock(tx, report_id)
        permit = tx.permit(reports.resource(report))
        fact = law.draft(report, campaign, kind, result.annex, header, files, made_at=at)
        report = await reports.save(tx, permit, report, fact, texts=content)
        return tx.answer(
            report_view(ReportEntry(report, content, entry.return_reason), runtime.profile, tx.now)
        )


@router.post("/v1/cleanup-reports/{report_id}/submission", summary="报送 · Hand a report in", status_code=201)
async def submit_report(
    report_id: CleanupReportId, order: ReportSubmissionOrder, db: Db, runtime: Run, mandate: Filling
) -> CleanupReportView:
    """Hand the draft in under the seal. It has to say what is true now, and every finding is decided."""
    async with view(db, mandate) as v:
        entry = await reports.get(v, report_id)
        v.permit(reports.resource(entry.report))
        campaign = (await campaigns.get(v, entry.report.campaign_id)).campaign
    fines = await annexing.fines_of(runtime, campaign)
    if order.seal is not None and order.seal.kind == "E_SEAL":
        await _require_sealed(order.seal, entry, campaign, runtime.profile)
    async with change(db, mandate) as tx:
        report = await reports.lock(tx, report_id)
        permit = tx.permit(reports.resource(report))
        result = await annexing.result_of(tx, campaign, report.agency_id, fines)
        content = (await reports.get(tx, report_id)).content
        fact = law.submit(
            report,
            seal=SealKind(order.seal.kind) if order.seal else None,
            seal_sha256=order.seal.sha256 if order.seal else "",
            undecided=result.undecided,
            drafted=(content.annex, content.header) if content else None,
            current=result.annex,
            at=tx.now,
        )
        report = await reports.save(tx, permit, report, fact)
        return tx.answer(
            report_view(ReportEntry(report, content, entry.return_reason), runtime.profile, tx.now)
        )


@router.post("/v1/cleanup-reports/{report_id}/return", summary="退回 · Return a report", status_code=201)
async def return_report(
    report_id: CleanupReportId, order: ReportReturnOrder, db: Db, runtime: Run, mandate: Reviewing
) -> CleanupReportView:
    """The supervisor sends a report back with its reason."""
    async with change(db, mandate) as tx:
        report = await reports.lock(tx, report_id)
        permit = tx.permit(reports.resource(report))
        fact = law.give_back(report, reason=await tx.commit_to(report_id, "return_reason", order.reason))
        await reports.save(tx, permit, report, fact, texts=ReportText(order.reason))
        return tx.answer(report_view(await reports.get(tx, report_id), runtime.profile, tx.now))


@router.post("/v1/cleanup-reports/{report_id}/acceptance", summary="收讫 · Accept a report", status_code=201)
async def accept_report(
    report_id: CleanupReportId, order: ReportAcceptanceOrder, db: Db, runtime: Run, mandate: Reviewing
) -> CleanupReportView:
    """The supervisor accepts a report."""
    async with change(db, mandate) as tx:
        report = await reports.lock(tx, report_id)
        permit = tx.permit(reports.resource(report))
        await reports.save(tx, permit, report, law.accept(report))
        return tx.answer(report_view(await reports.get(tx, report_id), runtime.profile, tx.now))


@router.get("/v1/cleanup-reports", summary="填报列表 · List the reports")
async def list_reports(
    db: Db, runtime: Run, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> CleanupReportPage:
    """The reports that the caller sees, oldest first."""
    place = after(cursor, CleanupReportId) or ""
    async with view(db, mandate) as v:
        listed = await reports.list_all(v, after=place, limit=limit + 1)
    return CleanupReportPage(
        items=[report_view(entry, runtime.profile, v.now) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, _id),
    )


@router.get("/v1/cleanup-reports/{report_id}", summary="填报详情 · Read one report")
async def get_report(report_id: CleanupReportId, db: Db, runtime: Run, mandate: Reading) -> CleanupReportView:
    """One report as it was drafted last."""
    async with view(db, mandate) as v:
        entry = await reports.get(v, report_id)
        v.permit(reports.resource(entry.report))
    return report_view(entry, runtime.profile, v.now)


@router.get("/v1/cleanup-reports/{report_id}/annex-1", summary="附件1 · Annex 1 as JSON")
async def get_annex(report_id: CleanupReportId, db: Db, runtime: Run, mandate: Reading) -> AnnexView:
    """附件1 as it was drafted last. Refusal NOT_FOUND before the first draft."""
    async with view(db, mandate) as v:
        entry = await reports.get(v, report_id)
        v.permit(reports.resource(entry.report))
    return annex_view(content_or_refuse(entry), runtime.profile)


@router.get(
    "/v1/cleanup-reports/{report_id}/annex-1-workbook",
    summary="附件1 · Annex 1 as a workbook",
    responses=sends(XLSX),
)
async def get_workbook(report_id: CleanupReportId, db: Db, runtime: Run, mandate: Reading) -> Response:
    """附件1 as XLSX."""
    return await _file(report_id, "annex-1.xlsx", db, runtime, mandate)


@router.get(
    "/v1/cleanup-reports/{report_id}/document",
    summary="附件1 或零报告 · The sealed document",
    responses=sends("application/pdf"),
)
async def get_pdf(report_id: CleanupReportId, db: Db, runtime: Run, mandate: Reading) -> Response:
    """The document that the agency seals: Annex 1 on A4 landscape, or the zero declaration."""
    return await _file(report_id, "report.pdf", db, runtime, mandate)


@router.get(
    "/v1/cleanup-reports/{report_id}/overall-report",
    summary="总体情况报告 · The overall report",
    responses=sends("application/pdf"),
)
async def get_overall(report_id: CleanupReportId, db: Db, runtime: Run, mandate: Reading) -> Response:
    """总体情况报告."""
    return await _file(report_id, "overall-report.pdf", db, runtime, mandate)


async def _file(report_id: CleanupReportId, name: str, db: Db, runtime: Run, mandate: Mandate) -> Response:
    async with view(db, mandate) as v:
        entry = await reports.get(v, report_id)
        v.permit(reports.resource(entry.report))
        campaign = (await campaigns.get(v, entry.report.campaign_id)).campaign
        visits = [
            each.inspection
            for each in await drawn.list_by_campaign(v, campaign.id)
            if each.inspection.agency_id == entry.report.agency_id
        ]
    content = content_or_refuse(entry)
    data = await asyncio.to_thread(
        filing.file_of, name, entry.report, content, campaign, runtime.profile, Inspected.of(visits)
    )
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    media_type = XLSX if name.endswith("xlsx") else "application/pdf"
    return Response(data, media_type=media_type, headers=headers)


async def _require_sealed(
    seal: SealOrder, entry: ReportEntry, campaign: CleanupCampaign, profile: Profile
) -> None:
    """Refuse an electronic seal that is not one over exactly the bytes of the drafted document."""
    content, sha256 = content_or_refuse(entry), entry.report.pdf_sha256
    pdf = await asyncio.to_thread(
        filing.file_of, "report.pdf", entry.report, content, campaign, profile, Inspected()
    )
    if seal.sha256 != sha256 or not filing.is_sealed(
        seal.certificate, seal.signature, sha256=sha256, pdf=pdf
    ):
        raise Refusal(Kind.INVALID, "CLN_SEAL_WRONG", {"sha256": sha256 or ""}, article=PJ_ANNEX_1)


def _id(entry: ReportEntry) -> CleanupReportId:
    return entry.report.id
