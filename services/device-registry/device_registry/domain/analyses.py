"""The quarterly analysis of an agency's devices (NJ 13): what they recorded, which were out of line, what was decided.

    (a quarter is over) ──open──▶ OPEN ──decide, once a flagged device at least──▶ OPEN ──close──▶ CLOSED, signed

Every agency with devices has one, also where nothing was out of line: that nobody looked and that nothing was found are
two different things. It closes when each flagged device has a decision, its review's or its own here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Calendar, Deadline, Holder, Period, Unit, deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, AnalysisId, DeviceId, OfficerId
from common.values.law import NJ_13
from common.values.profile import Profile
from device_registry.domain.abnormality import Flag
from device_registry.domain.anomalies import suspend_out_of_line
from device_registry.domain.device import Device
from device_registry.domain.lifecycle import DeviceSuspended


class Decision(StrEnum):
    """What is decided about a flagged device (NJ 13): its place and its parameters, or that both are right."""

    KEEP = "KEEP"
    MOVE = "MOVE"
    RE_PARAMETERISE = "RE_PARAMETERISE"
    STOP = "STOP"


@dataclass(frozen=True)
class Totals:
    """What the devices of an agency did in a quarter: `devices` were in service at its end."""

    devices: int
    captures: int
    accepted: int
    fines: int
    fine_fen: int
    disputes: int
    upheld: int


@dataclass(frozen=True)
class Flagged:
    """A device that was out of line in the quarter, with the flags of all its months."""

    device_id: DeviceId
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class Analysis:
    """An analysis of the quarter that begins on `quarter`."""

    id: AnalysisId
    agency_id: AgencyId
    quarter: date
    totals: Totals
    flagged: tuple[Flagged, ...]
    opened_at: datetime
    due_on: date
    closed_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


@dataclass(frozen=True)
class AnalysisOpened(Fact):
    """The figures of a quarter, and the devices about which somebody decides until the day."""

    type: ClassVar[str] = "analysis.opened"

    agency_id: AgencyId
    quarter: date
    totals: Totals
    flagged: tuple[Flagged, ...]
    due: Deadline


@dataclass(frozen=True)
class AnalysisDecided(Fact):
    """Somebody decided about one flagged device, with a reason."""

    type: ClassVar[str] = "analysis.decided"

    device_id: DeviceId
    decision: Decision
    reason: Commitment
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.device_id


@dataclass(frozen=True)
class AnalysisClosed(Fact):
    """The report is made: the digests of its JSON and of its PDF, and how many decisions stand in it."""

    type: ClassVar[str] = "analysis.closed"

    agency_id: AgencyId
    quarter: date
    report_sha256: str
    document_sha256: str
    flagged: int
    decisions: int
    by: OfficerId


AnalysisFact = AnalysisOpened | AnalysisDecided | AnalysisClosed


def open_analysis(
    analysis_id: AnalysisId,
    agency_id: AgencyId,
    quarter: date,
    *,
    totals: Totals,
    flagged: tuple[Flagged, ...],
    profile: Profile,
    calendar: Calendar,
    at: datetime,
) -> AnalysisOpened:
    """Open the analysis of a quarter that is over, zero or not."""
    period = Period(
        "device_analysis", NJ_13, profile.abnormality.quarter_due_wd, Unit.WORKING_DAY, Holder.AGENCY
    )
    due = deadline(period, legal_day(at), calendar=calendar)
    return AnalysisOpened(analysis_id, agency_id, quarter, totals, flagged, due)


def decide(
    analysis: Analysis,
    device_id: DeviceId,
    *,
    decision: Decision,
    reason: Commitment,
    sets_parameters: bool,
    by: OfficerId,
) -> AnalysisDecided:
    """Decide about a flagged device; a later decision stands beside the earlier. New parameters are another version."""
    _require_open(analysis)
    if device_id not in {each.device_id for each in analysis.flagged}:
        raise Refusal(
            Kind.INVALID,
            "DEV_ANALYSIS_NOT_FLAGGED",
            {"analysis": analysis.id, "device": device_id},
            article=NJ_13,
        )
    if sets_parameters != (decision is Decision.RE_PARAMETERISE):
        raise Refusal(Kind.INVALID, "DEV_PARAMETERS_WITH_OUTCOME", {"outcome": decision}, article=NJ_13)
    return AnalysisDecided(analysis.id, device_id, decision, reason, by)


def suspension_by(
    device: Device, fact: AnalysisDecided, *, by_agency: AgencyId, at: datetime
) -> DeviceSuspended | None:
    """The suspension that STOP brings, as the same decision of a review does (PJ 2.5); None out of use."""
    if fact.decision is not Decision.STOP:
        return None
    return suspend_out_of_line(device, by_agency=by_agency, at=at)


def require_whole(analysis: Analysis, decided: Collection[DeviceId]) -> None:
    """Refuse to close while a flagged device has no decision, naming every one of them."""
    _require_open(analysis)
    missing = [each.device_id for each in analysis.flagged if each.device_id not in decided]
    if missing:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_ANALYSIS_UNDECIDED",
            {"analysis": analysis.id, "missing": missing},
            article=NJ_13,
        )


def require_unchanged(analysis: Analysis, *, decided: int, current: int) -> None:
    """Refuse to close with a report that another decision has overtaken: decisions only ever join."""
    if decided != current:
        raise Refusal(Kind.CONFLICT, "DEV_ANALYSIS_CHANGED", {"analysis": analysis.id}, article=NJ_13)


def close(
    analysis: Analysis,
    decided: Collection[DeviceId],
    *,
    report_sha256: str,
    document_sha256: str,
    decisions: int,
    by: OfficerId,
) -> AnalysisClosed:
    """Close the analysis: its report is made and signed into the ledger."""
    require_whole(analysis, decided)
    return AnalysisClosed(
        analysis.id,
        analysis.agency_id,
        analysis.quarter,
        report_sha256,
        document_sha256,
        len(analysis.flagged),
        decisions,
        by,
    )


def begun(fact: AnalysisOpened, *, at: datetime) -> Analysis:
    """The analysis that `fact`, recorded at `at`, opens."""
    return Analysis(
        AnalysisId(fact.owner), fact.agency_id, fact.quarter, fact.totals, fact.flagged, at, fact.due.due_on
    )


def closed(analysis: Analysis, *, at: datetime) -> Analysis:
    """The analysis as it is once it was closed at `at`."""
    return replace(analysis, closed_at=at)


def _require_open(analysis: Analysis) -> None:
    if analysis.is_closed:
        raise Refusal(Kind.CONFLICT, "DEV_ANALYSIS_CLOSED", {"analysis": analysis.id}, article=NJ_13)
