"""The quarterly analysis of an agency's devices: read it, decide about each flagged device, close it (NJ 13)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, not_found
from common.values.calendar import end_of
from common.values.ids import AnalysisId, DeviceId, OfficerId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.abnormality.report import digest_of, document_of, quarter_name, report_of, text_of
from device_registry.api.parameters import set_new_parameters
from device_registry.contract.analyses import (
    AnalysisClosureOrder,
    AnalysisDecisionOrder,
    AnalysisPage,
    AnalysisSummary,
    AnalysisView,
)
from device_registry.domain import analyses as law
from device_registry.domain.analyses import Analysis, Decision
from device_registry.runtime import Run
from device_registry.store import analyses, devices
from device_registry.store.analyses import AnalysisText, Decided, Report

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.ANALYSIS_READ))]


@router.get("/v1/device-analyses", summary="设备分析报告列表 · List the quarterly analyses")
async def list_analyses(db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = "") -> AnalysisPage:
    """The analyses of the agencies that the caller sees, oldest first."""
    place = after(cursor, AnalysisId) or ""
    async with view(db, mandate) as v:
        listed, now = await analyses.list_all(v, after=place, limit=limit + 1), v.now
    return AnalysisPage(
        items=[_summary(each, now) for each in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda each: each.id),
    )


@router.get("/v1/device-analyses/{analysis_id}", summary="设备分析报告 · Read a quarterly analysis")
async def get_analysis(analysis_id: AnalysisId, db: Db, mandate: Reading) -> AnalysisView:
    """One analysis, with the decisions about each flagged device."""
    async with view(db, mandate) as v:
        analysis = await analyses.get(v, analysis_id)
        v.permit(analyses.resource(analysis))
        return await _shown(v, analysis)


@router.get(
    "/v1/device-analyses/{analysis_id}/document",
    summary="设备分析报告文书 · Fetch the report",
    response_class=Response,
    responses=sends("application/pdf"),
)
async def get_analysis_document(analysis_id: AnalysisId, db: Db, mandate: Reading) -> Response:
    """The PDF of a closed analysis, the bytes of the digest in its record. Refusal NOT_FOUND while it is open."""
    async with view(db, mandate) as v:
        analysis = await analyses.get(v, analysis_id)
        v.permit(analyses.resource(analysis))
        report = await analyses.find_report(v, analysis_id)
    if report is None:
        raise not_found(f"document of {analysis_id}")
    return Response(report.document, media_type="application/pdf")


@router.post(
    "/v1/device-analyses/{analysis_id}/decisions",
    summary="逐台作出决定 · Decide about a flagged device",
    status_code=201,
)
async def decide_flagged_device(
    analysis_id: AnalysisId,
    order: AnalysisDecisionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.ANALYSIS_DECIDE))],
) -> AnalysisView:
    """Decide about one flagged device; the decision of its review counts too. STOP takes it out of use at once."""
    by = OfficerId(mandate.actor.id)
    async with change(db, mandate) as tx:
        # The device before the analysis: another act locks it first as well.
        device = await devices.lock(tx, order.device_id)
        analysis = await analyses.lock(tx, analysis_id)
        permit = tx.permit(analyses.resource(analysis))
        fact = law.decide(
            analysis,
            order.device_id,
            decision=Decision(order.decision),
            reason=await tx.commit_to(analysis_id, "reason", order.reason),
            sets_parameters=order.parameters is not None,
            by=by,
        )
        await analyses.add_decision(tx, permit, fact, reason=order.reason)
        of_device = tx.permit(devices.resource(device))
        if order.parameters is not None:
            await set_new_parameters(tx, of_device, device, order.parameters, reason=order.reason, by=by)
        suspension = law.suspension_by(device, fact, by_agency=device.agency_id, at=tx.now)
        if suspension is not None:
            await devices.save(tx, of_device, device, suspension)
        return tx.answer(await _shown(tx, analysis))


@router.post(
    "/v1/device-analyses/{analysis_id}/closure", summary="完成分析报告 · Close the analysis", status_code=201
)
async def close_analysis(
    analysis_id: AnalysisId,
    order: AnalysisClosureOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.ANALYSIS_CLOSE))],
) -> AnalysisView:
    """Make the report as JSON and PDF and sign their digests; refused while a flagged device has no decision."""
    async with view(db, mandate) as v:
        analysis = await analyses.get(v, analysis_id)
        v.permit(analyses.resource(analysis))
        decided, codes, now = await analyses.list_decided(v, analysis), await _codes(v, analysis), v.now
    law.require_whole(analysis, {each.device_id for each in decided})
    office = runtime.profile.office(mandate.actor.agency_name)
    # Rendered before the change: a page takes longer than a transaction should.
    pdf = await asyncio.to_thread(document_of, analysis, decided, codes, office=office, at=now)
    report = text_of(report_of(analysis, decided, codes))
    async with change(db, mandate) as tx:
        analysis = await analyses.lock(tx, analysis_id)
        permit = tx.permit(analyses.resource(analysis))
        current = await analyses.list_decided(tx, analysis)
        law.require_unchanged(analysis, decided=len(decided), current=len(current))
        fact = law.close(
            analysis,
            {each.device_id for each in current},
            report_sha256=digest_of(report.encode()),
            document_sha256=digest_of(pdf),
            decisions=len(current),
            by=OfficerId(mandate.actor.id),
        )
        analysis = await analyses.save(tx, permit, analysis, fact, texts=AnalysisText(report, pdf))
        return tx.answer(await _shown(tx, analysis))


async def _codes(at: Tx | View, analysis: Analysis) -> Mapping[DeviceId, str | None]:
    coded = await analyses.list_coded(at, [each.device_id for each in analysis.flagged])
    return {each.device_id: each.code for each in coded}


async def _shown(at: Tx | View, analysis: Analysis) -> AnalysisView:
    decided, codes = await analyses.list_decided(at, analysis), await _codes(at, analysis)
    report = await analyses.find_report(at, analysis.id)
    return _view(analysis, decided, codes, report, now=at.now)


def _view(
    analysis: Analysis,
    decided: Sequence[Decided],
    codes: Mapping[DeviceId, str | None],
    report: Report | None,
    *,
    now: datetime,
) -> AnalysisView:
    flagged = [
        {
            "device_id": each.device_id,
            "device_code": codes.get(each.device_id),
            "flags": list(each.flags),
            "decisions": [asdict(line) for line in decided if line.device_id == each.device_id],
        }
        for each in analysis.flagged
    ]
    return AnalysisView.model_validate(
        {
            "analysis_id": analysis.id,
            "agency_id": analysis.agency_id,
            "quarter": quarter_name(analysis),
            "from_on": analysis.quarter,
            "totals": asdict(analysis.totals),
            "flagged": flagged,
            "opened_at": analysis.opened_at,
            "due_on": analysis.due_on,
            "is_overdue": _is_overdue(analysis, now),
            "closed_at": analysis.closed_at,
            "report": report.report if report else None,
            "report_sha256": report.report_sha256 if report else None,
            "document_sha256": report.document_sha256 if report else None,
        }
    )


def _summary(analysis: Analysis, now: datetime) -> AnalysisSummary:
    return AnalysisSummary(
        analysis_id=analysis.id,
        agency_id=analysis.agency_id,
        quarter=quarter_name(analysis),
        flagged=len(analysis.flagged),
        due_on=analysis.due_on,
        is_overdue=_is_overdue(analysis, now),
        closed_at=analysis.closed_at,
    )


def _is_overdue(analysis: Analysis, now: datetime) -> bool:
    return not analysis.is_closed and now >= end_of(analysis.due_on)
