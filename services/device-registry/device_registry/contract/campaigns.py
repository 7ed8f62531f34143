"""Clean-up campaigns and the agencies' reports on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, CampaignId, CleanupReportId
from common.web.wire import Day, Digest, In, LongText, Name, Out, Page, Text

ReportStateName = Literal["NOT_STARTED", "DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"]
ReportKindName = Literal["ANNEX_1", "ZERO_DECLARATION"]


class CampaignOrder(In):
    """清理规范工作: the snapshot date (清理规范前), the last day for the reports, and who reports."""

    title: Name
    as_of: Day
    deadline: Day
    agency_ids: list[AgencyId] = Field(min_length=1, max_length=500)


class CampaignReportView(Out):
    """How far one agency is. `late`: the deadline passed and nothing was handed in."""

    report_id: CleanupReportId
    agency_id: AgencyId
    state: ReportStateName
    kind: ReportKindName | None
    submitted_at: datetime | None
    late: bool


class CampaignView(Out):
    """A campaign. `devices` is null until the baseline is frozen; `complete` once every agency handed in a report."""

    campaign_id: CampaignId
    agency_id: AgencyId
    title: str
    as_of: date
    deadline: date
    opened_at: datetime
    frozen_at: datetime | None
    devices: int | None
    complete: bool
    reports: list[CampaignReportView]


class CampaignPage(Page[CampaignView]):
    """Campaigns in the order in which they were opened."""


class ReportDraftOrder(In):
    """The form's header and the agency's own words; rows and total are computed and cannot be given."""

    kind: ReportKindName
    filler: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
    filled_on: Day | None = None
    problems: LongText = "无"
    next_steps: LongText = "无"


class SealOrder(In):
    """公章: an electronic seal over the bytes of the PDF (certificate and signature in base64), or a stamped scan."""

    kind: Literal["E_SEAL", "SCANNED_COPY"]
    sha256: Digest
    certificate: str = Field(default="", max_length=20_000)
    signature: str = Field(default="", max_length=2_000)


class ReportSubmissionOrder(In):
    """报送: the draft as it is, under the agency's seal."""

    seal: SealOrder | None = None


class ReportReturnOrder(In):
    """退回: what has to be mended."""

    reason: Text


class ReportAcceptanceOrder(In):
    """收讫. Nothing to fill in."""


class AnnexRowView(Out):
    """One row with the nine columns of the form; the amount is decimal text in the unit of the annex."""

    number: int
    scenario: str
    basis: str
    devices: int
    fines: str
    needs_cleanup: str = Field(pattern="^(是|否)$", examples=["否"])
    reason: str
    result: str = Field(pattern="^(停止使用|保留并继续使用)$", examples=["保留并继续使用"])
    remark: str


class AnnexTotalView(Out):
    devices: int
    fines: str
    stopped: int
    kept: int
    result: str


class AnnexView(Out):
    """附件1 as JSON."""

    title: str
    unit: str
    filler: str
    contact: str
    filled_on: date | None
    amount_unit: Literal["YUAN", "WAN_YUAN"]
    rows: list[AnnexRowView]
    total: AnnexTotalView


class CleanupReportView(Out):
    """One agency's report. `files` are the addresses of its documents, empty until it is drafted."""

    report_id: CleanupReportId
    campaign_id: CampaignId
    agency_id: AgencyId
    deadline: date
    state: ReportStateName
    kind: ReportKindName | None
    drafted_at: datetime | None
    pdf_sha256: str | None
    submitted_at: datetime | None
    late: bool
    return_reason: str
    annex: AnnexView | None
    files: list[str]


class CleanupReportPage(Page[CleanupReportView]):
    """Reports in the order in which they were asked for."""
