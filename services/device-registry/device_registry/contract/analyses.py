"""The quarterly analysis of an agency's devices on the wire (NJ 13)."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Literal

from common.values.ids import AgencyId, AnalysisId, AnomalyReviewId, DeviceId
from common.web.wire import In, LongText, Out, Page
from device_registry.contract.anomalies import FlagName, Parameters

DecisionName = Literal["KEEP", "MOVE", "RE_PARAMETERISE", "STOP"]


class AnalysisDecisionOrder(In):
    """What is decided about a flagged device, and why. `parameters` come with RE_PARAMETERISE and with nothing else."""

    device_id: DeviceId
    decision: DecisionName
    reason: LongText
    parameters: Parameters | None = None


class AnalysisClosureOrder(In):
    """The closure. Its content is the report as it stands."""


class AnalysisTotalsView(Out):
    """What the devices did in the quarter: `devices` were in service at its end, amounts are fen."""

    devices: int
    captures: int
    accepted: int
    fines: int
    fine_fen: int
    disputes: int
    upheld: int


class AnalysisDecisionView(Out):
    """A decision about a flagged device. `review_id`: that of the review in which it was taken."""

    decision: DecisionName
    reason: str
    by: str
    at: datetime
    review_id: AnomalyReviewId | None


class FlaggedDeviceView(Out):
    """A device that was out of line in the quarter, with the decisions about it; none yet is the empty list."""

    device_id: DeviceId
    device_code: str | None
    flags: list[FlagName]
    decisions: list[AnalysisDecisionView]


class AnalysisView(Out):
    """An analysis. Once it is closed, `report` is its canonical JSON, and the digests are those of the record."""

    analysis_id: AnalysisId
    agency_id: AgencyId
    quarter: str
    from_on: Date
    totals: AnalysisTotalsView
    flagged: list[FlaggedDeviceView]
    opened_at: datetime
    due_on: Date
    is_overdue: bool
    closed_at: datetime | None
    report: str | None
    report_sha256: str | None
    document_sha256: str | None


class AnalysisSummary(Out):
    """An analysis in a list."""

    analysis_id: AnalysisId
    agency_id: AgencyId
    quarter: str
    flagged: int
    due_on: Date
    is_overdue: bool
    closed_at: datetime | None


class AnalysisPage(Page[AnalysisSummary]):
    """Analyses in the order of their opening."""
