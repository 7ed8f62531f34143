"""The reports of a campaign as wire models."""

from __future__ import annotations

from datetime import datetime

from common.policy import not_found
from common.values.profile import Profile
from device_registry.cleanup.workbook import total_in
from device_registry.contract.campaigns import (
    AnnexRowView,
    AnnexTotalView,
    AnnexView,
    CleanupReportView,
)
from device_registry.domain.annex import NO, YES
from device_registry.domain.money import amount_in
from device_registry.domain.reporting import ReportKind, is_overdue
from device_registry.store.reports import Content, ReportEntry


def report_view(entry: ReportEntry, profile: Profile, at: datetime) -> CleanupReportView:
    """The report, with its annex once it is drafted."""
    report, content = entry.report, entry.content
    has_table = content is not None and report.kind is ReportKind.ANNEX_1
    files = ("annex-1-workbook", "document", "overall-report") if has_table else ("document",)
    return CleanupReportView(
        report_id=report.id,
        campaign_id=report.campaign_id,
        agency_id=report.agency_id,
        deadline=report.deadline,
        state=report.state.value,
        kind=report.kind.value if report.kind else None,
        drafted_at=report.drafted_at,
        pdf_sha256=report.pdf_sha256,
        submitted_at=report.submitted_at,
        late=is_overdue(report, at=at),
        return_reason=entry.return_reason,
        annex=annex_view(content, profile) if content and has_table else None,
        files=[f"/v1/cleanup-reports/{report.id}/{name}" for name in files] if content else [],
    )


def content_or_refuse(entry: ReportEntry) -> Content:
    """The content. Refusal NOT_FOUND before the first draft."""
    if entry.content is None:
        raise not_found(entry.report.id)
    return entry.content


def annex_view(content: Content, profile: Profile) -> AnnexView:
    """附件1 on the wire."""
    form, annex, header = profile.annex1, content.annex, content.header
    return AnnexView.model_validate(
        {
            "title": form.title,
            "unit": header.unit,
            "filler": header.filler,
            "contact": header.contact,
            "filled_on": header.filled_on,
            "amount_unit": form.amount_unit,
            "rows": [
                AnnexRowView(
                    number=row.number,
                    scenario=row.scenario,
                    basis=row.basis,
                    devices=row.devices,
                    fines=f"{amount_in(row.fines_fen, form.amount_unit)}",
                    needs_cleanup=YES if row.needs_cleanup else NO,
                    reason=row.reason,
                    result=row.result,
                    remark=row.remark,
                )
                for row in annex.rows
            ],
            "total": AnnexTotalView(
                devices=annex.total.devices,
                fines=f"{total_in(annex, form)}",
                stopped=annex.total.stopped,
                kept=annex.total.kept,
                result=annex.total.result,
            ),
        }
    )
