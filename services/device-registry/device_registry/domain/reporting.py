"""The report of one agency in a clean-up campaign: Annex 1 with the overall report, or the zero declaration (PJ §3(2)).

NOT_STARTED ──draft──▶ DRAFT ──submit──▶ SUBMITTED ──accept──▶ ACCEPTED
                        ▲ │ (draft again)    │ return
                        └─┴──── RETURNED ◀───┘
beside it: the deadline passes without a report ─▶ overdue (OV-8). A late report is a report, and stays late on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, assert_never

from common.values.calendar import end_of
from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CampaignId, CleanupReportId
from common.values.law import PJ_3_2, PJ_ANNEX_1
from device_registry.domain.annex import Annex, Header, faults, header_faults
from device_registry.domain.campaigns import CleanupCampaign, require_frozen


class ReportState(StrEnum):
    NOT_STARTED = "NOT_STARTED"
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"


class ReportKind(StrEnum):
    ANNEX_1 = "ANNEX_1"
    ZERO_DECLARATION = "ZERO_DECLARATION"


class SealKind(StrEnum):
    """E_SEAL: an electronic seal over the bytes of the PDF. SCANNED_COPY: a scan of the stamped print."""

    E_SEAL = "E_SEAL"
    SCANNED_COPY = "SCANNED_COPY"


HANDED_IN = (ReportState.SUBMITTED, ReportState.ACCEPTED)


@dataclass(frozen=True)
class CleanupReport:
    """One agency's report. `deadline` is that of the campaign."""

    id: CleanupReportId
    campaign_id: CampaignId
    agency_id: AgencyId
    deadline: date
    state: ReportState = ReportState.NOT_STARTED
    kind: ReportKind | None = None
    drafted_at: datetime | None = None
    pdf_sha256: str | None = None
    submitted_at: datetime | None = None
    overdue_at: datetime | None = None


@dataclass(frozen=True)
class ReportRequested(Fact):
    type: ClassVar[str] = "cleanup_report.requested"
    owner: CleanupReportId
    campaign_id: CampaignId
    agency_id: AgencyId
    deadline: date


@dataclass(frozen=True)
class ReportDrafted(Fact):
    """The figures of the total row, and the digests of the two files as they were made at `made_at`."""

    type: ClassVar[str] = "cleanup_report.drafted"
    owner: CleanupReportId
    kind: ReportKind
    lines: int
    devices: int
    stopped: int
    kept: int
    fines_fen: int
    pdf_sha256: str
    xlsx_sha256: str | None
    made_at: datetime


@dataclass(frozen=True)
class ReportSubmitted(Fact):
    """`seal_sha256` is the digest of the sealed PDF, or of the scan of the stamped print."""

    type: ClassVar[str] = "cleanup_report.submitted"
    owner: CleanupReportId
    agency_id: AgencyId
    kind: ReportKind
    seal: SealKind
    seal_sha256: str
    late: bool


@dataclass(frozen=True)
class ReportReturned(Fact):
    type: ClassVar[str] = "cleanup_report.returned"
    owner: CleanupReportId
    reason: Commitment


@dataclass(frozen=True)
class ReportAccepted(Fact):
    type: ClassVar[str] = "cleanup_report.accepted"
    owner: CleanupReportId


@dataclass(frozen=True)
class ReportOverdue(Fact):
    """The deadline passed without a report: an oversight item follows (OV-8)."""

    type: ClassVar[str] = "cleanup_report.overdue"
    owner: CleanupReportId
    campaign_id: CampaignId
    agency_id: AgencyId
    deadline: date


ReportFact = ReportDrafted | ReportSubmitted | ReportReturned | ReportAccepted | ReportOverdue


@dataclass(frozen=True)
class Files:
    """The digests of the files of a draft; a zero declaration has no table."""

    pdf_sha256: str
    xlsx_sha256: str | None


def request(report_id: CleanupReportId, campaign: CleanupCampaign, *, agency_id: AgencyId) -> ReportRequested:
    """Ask an agency for its report by the deadline of the campaign (PJ §3(2))."""
    return ReportRequested(report_id, campaign.id, agency_id, campaign.deadline)


def draft(
    report: CleanupReport,
    campaign: CleanupCampaign,
    kind: ReportKind,
    annex: Annex,
    header: Header,
    files: Files,
    *,
    made_at: datetime,
) -> ReportDrafted:
    """Fill the form in, as often as the agency likes before it hands it in (PJ §3(2))."""
    require_frozen(campaign)
    _require(report, (ReportState.NOT_STARTED, ReportState.DRAFT, ReportState.RETURNED))
    require_fitting(kind, annex, header)
    total = annex.total
    return ReportDrafted(
        report.id,
        kind,
        len(annex.rows),
        total.devices,
        total.stopped,
        total.kept,
        total.fines_fen,
        files.pdf_sha256,
        files.xlsx_sha256,
        made_at,
    )


def require_fitting(kind: ReportKind, annex: Annex, header: Header) -> None:
    """Refuse a form that nobody could print. Who has devices reports them; who has none says so (PJ §3(2)).

    A draft may still have rows that lack a decision; `submit` refuses these.
    """
    if kind is ReportKind.ZERO_DECLARATION and annex.rows:
        raise Refusal(Kind.CONFLICT, "CLN_NOT_ZERO", {"devices": annex.total.devices}, article=PJ_3_2)
    if kind is ReportKind.ANNEX_1 and not annex.rows:
        raise _refused((Violation("ANX_NOTHING_DECLARED", str(PJ_3_2)),))
    if found := header_faults(header):
        raise _refused(found)


def submit(
    report: CleanupReport,
    *,
    seal: SealKind | None,
    seal_sha256: str,
    undecided: int,
    drafted: tuple[Annex, Header] | None,
    current: Annex,
    at: datetime,
) -> ReportSubmitted:
    """Hand the report in under the seal of the agency (PJ §3(2); Annex 1).

    Every finding is decided, because an undecided one has no result; and the draft says what is true now. An electronic
    seal is one over this draft: somebody else may have drafted anew since it was made.
    """
    _require(report, (ReportState.DRAFT,))
    if report.kind is None or drafted is None:
        raise _refused((Violation("ANX_NOTHING_DECLARED", str(PJ_3_2)),))
    if seal is None or not seal_sha256:
        raise _refused((Violation("ANX_HEADER_INCOMPLETE", str(PJ_3_2), {"fields": ["seal"]}),))
    if seal is SealKind.E_SEAL and seal_sha256 != report.pdf_sha256:
        raise Refusal(Kind.INVALID, "CLN_SEAL_WRONG", {"sha256": report.pdf_sha256 or ""}, article=PJ_ANNEX_1)
    if undecided:
        raise Refusal(Kind.CONFLICT, "CLN_FINDINGS_OPEN", {"count": undecided}, article=PJ_3_2)
    if drafted[0] != current:
        raise Refusal(Kind.CONFLICT, "CLN_DRAFT_OUTDATED", {"report": report.id}, article=PJ_3_2)
    if report.kind is ReportKind.ANNEX_1 and (found := faults(*drafted)):
        raise _refused(found)
    late = at >= end_of(report.deadline)
    return ReportSubmitted(report.id, report.agency_id, report.kind, seal, seal_sha256, late)


def give_back(report: CleanupReport, *, reason: Commitment) -> ReportReturned:
    """The supervisor returns a report with its reason; the agency drafts anew."""
    _require(report, (ReportState.SUBMITTED,))
    return ReportReturned(report.id, reason)


def accept(report: CleanupReport) -> ReportAccepted:
    """The supervisor accepts a report; nobody changes it any more."""
    _require(report, (ReportState.SUBMITTED,))
    return ReportAccepted(report.id)


def is_overdue(report: CleanupReport, *, at: datetime) -> bool:
    """Whether the deadline has passed, at the end of its day, and nothing was handed in."""
    return report.state not in HANDED_IN and at >= end_of(report.deadline)


def mark_overdue(report: CleanupReport, *, at: datetime) -> ReportOverdue | None:
    """Note once that the deadline passed (PJ §3(2)); None where it did not, or is noted."""
    if report.overdue_at is not None or not is_overdue(report, at=at):
        return None
    return ReportOverdue(report.id, report.campaign_id, report.agency_id, report.deadline)


def begun(fact: ReportRequested) -> CleanupReport:
    """The report that the campaign asks for."""
    return CleanupReport(fact.owner, fact.campaign_id, fact.agency_id, fact.deadline)


def after(report: CleanupReport, fact: ReportFact, *, at: datetime) -> CleanupReport:
    """The report as `fact`, recorded at `at`, leaves it."""
    match fact:
        case ReportDrafted():
            return replace(
                report,
                state=ReportState.DRAFT,
                kind=fact.kind,
                drafted_at=fact.made_at,
                pdf_sha256=fact.pdf_sha256,
            )
        case ReportSubmitted():
            return replace(report, state=ReportState.SUBMITTED, submitted_at=at)
        case ReportReturned():
            return replace(report, state=ReportState.RETURNED)
        case ReportAccepted():
            return replace(report, state=ReportState.ACCEPTED)
        case ReportOverdue():
            return replace(report, overdue_at=at)
        case _:
            assert_never(fact)


def _refused(found: tuple[Violation, ...]) -> Refusal:
    first = found[0]
    return Refusal(
        Kind.INVALID, first.code, first.facts, wording=first.wording, article=PJ_3_2, violations=found
    )


def _require(report: CleanupReport, needed: tuple[ReportState, ...]) -> None:
    if report.state not in needed:
        facts = {"report": report.id, "state": report.state, "needed": needed}
        raise Refusal(Kind.CONFLICT, "CLN_REPORT_STATE", facts, article=PJ_3_2)
