"""The files of a report, made again from its content whenever somebody asks: the same bytes each time."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from hashlib import sha256 as digest

from common.documents.seal import SealStatement
from common.policy import not_found
from common.values.ids import CleanupReportId
from common.values.profile import Profile
from device_registry.cleanup import papers
from device_registry.cleanup.papers import Inspected
from device_registry.cleanup.workbook import workbook
from device_registry.domain.campaigns import CleanupCampaign
from device_registry.domain.reporting import CleanupReport, Files, ReportKind
from device_registry.store.reports import Content


def files_of(
    report_id: CleanupReportId,
    kind: ReportKind,
    content: Content,
    campaign: CleanupCampaign,
    profile: Profile,
    at: datetime,
) -> Files:
    """The digests of the files of a draft that is made at `at`. Takes a quarter of a second: call it in a thread."""
    pdf = _sealed_document(report_id, kind, content, campaign, profile, at)
    if kind is ReportKind.ZERO_DECLARATION:
        return Files(digest(pdf).hexdigest(), None)
    table = workbook(content.annex, content.header, profile.annex1, at)
    return Files(digest(pdf).hexdigest(), digest(table).hexdigest())


def file_of(
    name: str,
    report: CleanupReport,
    content: Content,
    campaign: CleanupCampaign,
    profile: Profile,
    inspected: Inspected,
) -> bytes:
    """One file of a drafted report. Refusal NOT_FOUND for a table that a zero declaration does not have."""
    at, kind = report.drafted_at, report.kind
    if at is None or kind is None or (name != "report.pdf" and kind is ReportKind.ZERO_DECLARATION):
        raise not_found(report.id)
    if name == "annex-1.xlsx":
        return workbook(content.annex, content.header, profile.annex1, at)
    if name == "report.pdf":
        return _sealed_document(report.id, kind, content, campaign, profile, at)
    return papers.overall_pdf(
        content.overall,
        content.header,
        (content.problems, content.next_steps),
        inspected,
        profile,
        as_of=campaign.as_of,
        number=report.id,
        at=at,
    )


def is_sealed(certificate: str, signature: str, *, sha256: str | None, pdf: bytes) -> bool:
    """Whether certificate and signature, both base64, are an electronic seal over exactly these bytes."""
    try:
        statement = SealStatement(
            sha256 or "",
            base64.b64decode(certificate, validate=True),
            base64.b64decode(signature, validate=True),
        )
        return statement.is_of(pdf)
    except (binascii.Error, ValueError):
        return False


def _sealed_document(
    report_id: CleanupReportId,
    kind: ReportKind,
    content: Content,
    campaign: CleanupCampaign,
    profile: Profile,
    at: datetime,
) -> bytes:
    if kind is ReportKind.ZERO_DECLARATION:
        return papers.zero_pdf(content.header, profile, as_of=campaign.as_of, number=report_id, at=at)
    return papers.annex_pdf(content.annex, content.header, profile.annex1, at, number=report_id)
