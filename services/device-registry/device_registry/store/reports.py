"""The reports of the agencies in a clean-up campaign."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, CampaignId, CleanupReportId
from device_registry.domain.annex import Annex, Header, Row, Total
from device_registry.domain.concluding import Overall
from device_registry.domain.reporting import (
    CleanupReport,
    ReportAccepted,
    ReportDrafted,
    ReportFact,
    ReportKind,
    ReportOverdue,
    ReportRequested,
    ReportReturned,
    ReportState,
    ReportSubmitted,
    after,
    begun,
)
from device_registry.store import tables_cleanup as tables


@dataclass(frozen=True)
class Content:
    """What the files of a report print: the header, the annex, the figures, and the agency's own words."""

    header: Header
    annex: Annex
    overall: Overall
    problems: str
    next_steps: str


@dataclass(frozen=True)
class ReportText:
    """Of `ReportReturned`: the reason."""

    reason: str


@dataclass(frozen=True)
class ReportEntry:
    """A report with its content, None until it is drafted, and the reason of its last return."""

    report: CleanupReport
    content: Content | None
    return_reason: str


def resource(report: CleanupReport) -> Resource:
    """The report as the policy sees it."""
    return Resource(report.id, report.agency_id)


async def lock(tx: Tx, report_id: CleanupReportId) -> CleanupReport:
    """The report, held until commit."""
    query = sa.select(tables.reports).where(tables.reports.c.id == report_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(report_id)
    return _report(row)


async def get(at: Tx | View, report_id: CleanupReportId) -> ReportEntry:
    """The report. Refusal NOT_FOUND without one that the caller sees."""
    query = sa.select(tables.reports).where(tables.reports.c.id == report_id)
    row = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(report_id)
    return _entry(row)


async def list_by_campaign(at: Tx | View, campaign_id: CampaignId) -> list[CleanupReport]:
    """The reports of a campaign that the caller sees, by agency."""
    table = tables.reports
    query = sa.select(table).where(table.c.campaign_id == campaign_id).order_by(table.c.agency_id)
    return [_report(row) for row in (await at.conn.execute(query)).mappings()]


async def list_all(v: View, *, after: str, limit: int) -> list[ReportEntry]:
    """The reports that the caller sees, oldest first, after the id `after`."""
    table = tables.reports
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def list_unnoted(v: View, *, until: datetime) -> list[CleanupReportId]:
    """Reports not handed in whose deadline may have passed at `until`, and that are not noted as overdue."""
    table = tables.reports
    missing = (ReportState.NOT_STARTED, ReportState.DRAFT, ReportState.RETURNED)
    query = sa.select(table.c.id).where(
        table.c.overdue_at.is_(None), table.c.state.in_(missing), table.c.deadline <= until.date()
    )
    return [CleanupReportId(each) for each in (await v.conn.execute(query.order_by(table.c.id))).scalars()]


async def add(tx: Tx, permit: Permit, *facts: ReportRequested) -> list[CleanupReport]:
    """The reports that a campaign asks for."""
    tx.record(permit, *facts)
    made = [begun(fact) for fact in facts]
    rows = [(fact, _new_row(report)) for fact, report in zip(facts, made, strict=True)]
    await tx.add_all(tables.reports, rows)
    return made


async def save(
    tx: Tx,
    permit: Permit,
    report: CleanupReport,
    *facts: ReportFact,
    texts: Content | ReportText | None = None,
) -> CleanupReport:
    """The report as `facts` leave it; `texts` is the content of a draft or the reason of a return."""
    tx.record(permit, *facts)
    for fact in facts:
        report = after(report, fact, at=tx.now)
        await tx.set(fact, tables.reports, {"id": report.id}, _changed(report, fact, texts))
    return report


def _changed(report: CleanupReport, fact: ReportFact, texts: Content | ReportText | None) -> dict[str, Any]:
    match fact:
        case ReportDrafted():
            own: dict[str, Any] = {
                "kind": report.kind,
                "content": _content_row(texts) if isinstance(texts, Content) else None,
                "drafted_at": report.drafted_at,
                "pdf_sha256": report.pdf_sha256,
            }
        case ReportSubmitted():
            own = {"seal": fact.seal, "seal_sha256": fact.seal_sha256, "submitted_at": report.submitted_at}
        case ReportReturned():
            own = {"return_reason": texts.reason if isinstance(texts, ReportText) else ""}
        case ReportAccepted():
            own = {}
        case ReportOverdue():
            own = {"overdue_at": report.overdue_at}
        case _:
            assert_never(fact)
    return own | {"state": report.state}


def _new_row(report: CleanupReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "campaign_id": report.campaign_id,
        "agency_id": report.agency_id,
        "deadline": report.deadline,
        "state": report.state,
        "kind": None,
        "content": None,
        "drafted_at": None,
        "pdf_sha256": None,
        "seal": None,
        "seal_sha256": None,
        "submitted_at": None,
        "overdue_at": None,
        "return_reason": "",
    }


def _content_row(content: Content) -> dict[str, Any]:
    row = asdict(content)
    filled_on = content.header.filled_on
    row["header"]["filled_on"] = filled_on.isoformat() if filled_on else None
    return row


def content_of(row: dict[str, Any]) -> Content:
    """The content of the column `content`."""
    header, overall = row["header"], row["overall"]
    filled_on = header["filled_on"]
    pairs = ("by_kind", "by_level", "by_category", "top")
    return Content(
        Header(
            header["unit"],
            header["filler"],
            header["contact"],
            datetime.fromisoformat(filled_on).date() if filled_on else None,
        ),
        Annex(tuple(Row(**each) for each in row["annex"]["rows"]), Total(**row["annex"]["total"])),
        Overall(**(overall | {name: tuple(tuple(pair) for pair in overall[name]) for name in pairs})),
        row["problems"],
        row["next_steps"],
    )


def _report(row: sa.RowMapping) -> CleanupReport:
    return CleanupReport(
        CleanupReportId(row["id"]),
        CampaignId(row["campaign_id"]),
        AgencyId(row["agency_id"]),
        row["deadline"],
        ReportState(row["state"]),
        ReportKind(row["kind"]) if row["kind"] else None,
        row["drafted_at"],
        row["pdf_sha256"],
        row["submitted_at"],
        row["overdue_at"],
    )


def _entry(row: sa.RowMapping) -> ReportEntry:
    content = content_of(row["content"]) if row["content"] is not None else None
    return ReportEntry(_report(row), content, row["return_reason"])
