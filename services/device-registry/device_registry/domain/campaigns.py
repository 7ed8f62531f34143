"""A clean-up campaign (清理规范工作, PJ §3): opened by the supervisor, with a deadline and the agencies that report.

open_campaign ─▶ the baseline is taken in batches ─▶ FROZEN ─▶ draws; the reports of the agencies (`reporting`)

The baseline is the devices as they were in use on the snapshot date, before the clean-up. A row of it never changes:
what the clean-up does to a device shows in the result and not in the situation that is reported (note 1 of Annex 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CampaignId, DeviceId
from common.values.law import PJ_3_2
from common.values.profile import Profile
from device_registry.domain.device import DeviceKind, Function, State


@dataclass(frozen=True)
class CleanupCampaign:
    """`as_of` is the snapshot date, `deadline` the last day for the reports; both are legal days."""

    id: CampaignId
    agency_id: AgencyId
    as_of: date
    deadline: date
    opened_at: datetime
    frozen_at: datetime | None = None

    @property
    def snapshot_at(self) -> datetime:
        """The instant whose states count: the end of the snapshot date, or the opening on that date itself."""
        return min(end_of(self.as_of), self.opened_at)


@dataclass(frozen=True)
class BaselineDevice:
    """A device as it was before the clean-up."""

    device_id: DeviceId
    agency_id: AgencyId
    state: State
    kind: DeviceKind
    place: str
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class CampaignOpened(Fact):
    type: ClassVar[str] = "campaign.opened"
    owner: CampaignId
    agency_id: AgencyId
    as_of: date
    deadline: date
    agencies: tuple[AgencyId, ...]
    profile: str


@dataclass(frozen=True)
class BaselineTaken(Fact):
    """A batch of the baseline; the record names its rows with their digests."""

    type: ClassVar[str] = "campaign.baseline_taken"
    owner: CampaignId
    devices: int


@dataclass(frozen=True)
class BaselineFrozen(Fact):
    type: ClassVar[str] = "campaign.baseline_frozen"
    owner: CampaignId
    devices: int


def open_campaign(
    campaign_id: CampaignId,
    *,
    agency_id: AgencyId,
    as_of: date,
    deadline: date,
    agencies: tuple[AgencyId, ...],
    profile: Profile,
    at: datetime,
) -> CampaignOpened:
    """Open a campaign (PJ §3(2)). The snapshot date is not in the future, and the deadline is not in the past."""
    today = legal_day(at)
    if as_of > today or deadline < today:
        raise Refusal(Kind.INVALID, "CLN_CAMPAIGN_DAYS", {"today": today}, article=PJ_3_2)
    return CampaignOpened(campaign_id, agency_id, as_of, deadline, tuple(sorted(set(agencies))), profile.id)


def begun(fact: CampaignOpened, *, at: datetime) -> CleanupCampaign:
    """The campaign that `fact`, recorded at `at`, begins."""
    return CleanupCampaign(fact.owner, fact.agency_id, fact.as_of, fact.deadline, at)


def take(campaign: CleanupCampaign, batch: Sequence[BaselineDevice]) -> BaselineTaken:
    """Devices as they are before the clean-up; a frozen baseline takes none (note 1 of Annex 1)."""
    if campaign.frozen_at is not None:
        raise Refusal(Kind.CONFLICT, "CLN_BASELINE_FROZEN", {"campaign": campaign.id}, article=PJ_3_2)
    return BaselineTaken(campaign.id, len(batch))


def freeze(campaign: CleanupCampaign, *, devices: int) -> BaselineFrozen:
    """The baseline is whole: from here on nothing alters it."""
    if campaign.frozen_at is not None:
        raise Refusal(Kind.CONFLICT, "CLN_BASELINE_FROZEN", {"campaign": campaign.id}, article=PJ_3_2)
    return BaselineFrozen(campaign.id, devices)


def frozen(campaign: CleanupCampaign, *, at: datetime) -> CleanupCampaign:
    """The campaign once its baseline is frozen at `at`."""
    return replace(campaign, frozen_at=at)


def require_frozen(campaign: CleanupCampaign) -> None:
    """Refuse an act that needs the baseline while it is being taken."""
    if campaign.frozen_at is None:
        raise Refusal(Kind.CONFLICT, "CLN_BASELINE_PENDING", {"campaign": campaign.id}, article=PJ_3_2)
