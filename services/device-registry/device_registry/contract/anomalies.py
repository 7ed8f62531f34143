"""Devices whose figures are out of line, on the wire: thresholds, reviews, parameters, flow counts, key supervision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from common.values.abnormalityrules import Thresholds
from common.values.ids import AgencyId, AnomalyReviewId, DeviceId, ThresholdsId
from common.web.wire import Code, Day, Digest, In, LongText, Out, Page
from device_registry.contract.words import StateName

FlagName = Literal["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"]
OutcomeName = Literal["KEEP", "MOVE", "RE_PARAMETERISE", "SUSPEND", "STOP"]
AnswerName = Literal["YES", "NO", "NOT_APPLICABLE"]
ItemName = Literal[
    "SIGN_VISIBLE", "MARKINGS_CLEAR", "LIMIT_REASONABLE", "TIMING_REASONABLE", "NO_MILDER_ALTERNATIVE"
]

Parameter = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of a technical parameter with its unit: `limit_kmh`, `trigger_line_m`."""

Parameters = Annotated[
    dict[Parameter, Code], Field(min_length=1, max_length=50, examples=[{"limit_kmh": "60"}])
]


class ThresholdFigures(In):
    """Every figure from which a flag is raised; docs/abnormality.md says what each is compared with."""

    peers_least: int
    fine_z_milli: int
    mad_floor_milli: int
    fine_least_fen: int
    volume_times: int
    volume_per_day: int
    jump_times: int
    jump_least: int
    jump_months_least: int
    rate_peers_least: int
    rate_percentile: int
    rate_per_million: int
    disputes_least: int
    upheld_percent: int
    quality_days: int
    quality_least: int
    quality_percent: int
    share_percent: int
    deterrence_months: int
    deterrence_percent: int
    deterrence_percentile: int

    @model_validator(mode="after")
    def _usable(self) -> Self:
        self.thresholds()
        return self

    def thresholds(self) -> Thresholds:
        """The figures as the rules read them."""
        return Thresholds(**self.model_dump())


class ThresholdsOrder(In):
    """Other thresholds for the months from `from_on` on: the first day of the running month or of a later one."""

    from_on: Day
    figures: ThresholdFigures
    reason: LongText


class ThresholdFiguresView(Out):
    """The figures of one version."""

    peers_least: int
    fine_z_milli: int
    mad_floor_milli: int
    fine_least_fen: int
    volume_times: int
    volume_per_day: int
    jump_times: int
    jump_least: int
    jump_months_least: int
    rate_peers_least: int
    rate_percentile: int
    rate_per_million: int
    disputes_least: int
    upheld_percent: int
    quality_days: int
    quality_least: int
    quality_percent: int
    share_percent: int
    deterrence_months: int
    deterrence_percent: int
    deterrence_percentile: int


class ThresholdsView(Out):
    """A version of the thresholds. Those of the profile, which hold before the first version, have no id."""

    thresholds_id: ThresholdsId | None
    agency_id: AgencyId | None
    from_on: date | None
    set_by: str | None
    set_at: datetime | None
    figures: ThresholdFiguresView


class ThresholdsPage(Out):
    """Every version, the newest first, and last the profile's own."""

    items: list[ThresholdsView]


class FlowCountOrder(In):
    """So many vehicles passed in the month that begins on `month`."""

    month: Day
    passes: Annotated[int, Field(ge=0, le=10**9, strict=True)]


class FlowCountView(Out):
    device_id: DeviceId
    month: date
    passes: int


class ParametersOrder(In):
    """All technical parameters of the device from now on, and why they change."""

    parameters: Parameters
    reason: LongText


class ParametersView(Out):
    """A version of a device's technical parameters."""

    n: int
    parameters: dict[str, str]
    set_by: str
    set_at: datetime


class ParametersPage(Out):
    """Every version, the oldest first."""

    items: list[ParametersView]


class AnomalyFiguresView(Out):
    """The figures that decided. `scope` says with whom the device was compared: PEERS, CITY or NOBODY."""

    accepted: int
    fine_fen: int
    passes: int | None
    disputes_of_year: int
    upheld_of_year: int
    captures_of_90_days: int
    unsound_of_90_days: int
    scope: str
    group_size: int


class SiteVisitOrder(In):
    """现场核查表: every item answered, what was seen there, and digests of the photographs."""

    visited_on: Day
    answers: dict[ItemName, AnswerName]
    remarks: LongText
    photos: list[Digest] = Field(default_factory=list, max_length=50)


class AnomalyDecisionOrder(In):
    """What a person decides, and why. `parameters` come with RE_PARAMETERISE and with nothing else."""

    outcome: OutcomeName
    reason: LongText
    parameters: Parameters | None = None


class AnomalyReviewView(Out):
    """A review. The flags say where to look; responsibility is for the competent organ.

    While a review with `is_held` is not decided, the device is suspended and nothing of it becomes evidence.
    """

    review_id: AnomalyReviewId
    device_id: DeviceId
    agency_id: AgencyId
    months: list[date]
    flags: list[FlagName]
    figures: AnomalyFiguresView
    thresholds: str
    is_held: bool
    opened_at: datetime
    due_on: date
    is_overdue: bool
    visited_on: date | None
    visited_by: str | None
    answers: dict[str, str]
    remarks: str | None
    photos: list[str]
    outcome: OutcomeName | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class AnomalyReviewPage(Page[AnomalyReviewView]):
    """Reviews in the order of their opening."""


class KeySupervisionView(Out):
    """A device under key supervision (重点监管): its review is not decided, or was not decided KEEP."""

    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    state: StateName
    review_id: AnomalyReviewId
    flags: list[FlagName]
    since: datetime
    outcome: OutcomeName | None


class KeySupervisionPage(Page[KeySupervisionView]):
    """Devices under key supervision, in the order of their reviews."""
