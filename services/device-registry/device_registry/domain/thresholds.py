"""The thresholds of the flags, as the supervisor sets them for the city: each version with who set it and from when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.abnormalityrules import Thresholds
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, OfficerId, ThresholdsId
from common.values.law import NJ_13


@dataclass(frozen=True)
class SetThresholds:
    """A version as it was set. It holds for the months from `from_on`, the first day of one, until the next version."""

    id: ThresholdsId
    agency_id: AgencyId
    figures: Thresholds
    from_on: date
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class ThresholdsSet(Fact):
    """Other thresholds hold for months from `from_on` on."""

    type: ClassVar[str] = "thresholds.set"

    agency_id: AgencyId
    figures: Thresholds
    from_on: date
    reason: Commitment
    by: OfficerId


def set_thresholds(
    thresholds_id: ThresholdsId,
    figures: Thresholds,
    *,
    from_on: date,
    agency_id: AgencyId,
    reason: Commitment,
    by: OfficerId,
    unseen: Collection[AgencyId],
    at: datetime,
) -> ThresholdsSet:
    """Set thresholds from the running month on, or a later one: those of a month that is over were applied to it.

    They bind every agency of the city, so a supervisor sets them who supervises every one: `unseen` are the others.
    """
    if unseen:
        raise Refusal(Kind.FORBIDDEN, "DEV_THRESHOLDS_NOT_CITYS", {"agency": agency_id}, article=NJ_13)
    today = legal_day(at)
    if from_on.day != 1 or from_on < today.replace(day=1):
        raise Refusal(Kind.INVALID, "DEV_THRESHOLDS_PERIOD", {"first": today.replace(day=1)}, article=NJ_13)
    return ThresholdsSet(thresholds_id, agency_id, figures, from_on, reason, by)


def begun(fact: ThresholdsSet, *, at: datetime) -> SetThresholds:
    """The version that `fact`, recorded at `at`, sets."""
    return SetThresholds(ThresholdsId(fact.owner), fact.agency_id, fact.figures, fact.from_on, fact.by, at)
