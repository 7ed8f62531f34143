"""Verification on site (实地核查, PJ §3(1)): the supervisor draws devices, looks at each, and says what was found.

draw ─▶ an inspection of each device ──conclude──▶ RESOLVED, or UNRESOLVED: an oversight item follows

Every device with a CU-5 finding is drawn, and a sample of the rest by a seed: the devices with the smallest SHA-256 of
seed and device id. The seed is on record, so anybody who has the baseline can draw again and gets the same devices.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CampaignId, DeviceId, InspectionId
from common.values.law import PJ_3_1
from common.values.profile import Profile
from device_registry.domain.campaigns import BaselineDevice, CleanupCampaign, require_frozen


class DrawnAs(StrEnum):
    ABNORMAL = "ABNORMAL"
    SAMPLE = "SAMPLE"


class InspectionOutcome(StrEnum):
    RESOLVED = "RESOLVED"  # in order, or rectified as the agency reported
    UNRESOLVED = "UNRESOLVED"


@dataclass(frozen=True)
class Inspection:
    """One device to be looked at. `outcome` is None until somebody was there."""

    id: InspectionId
    campaign_id: CampaignId
    device_id: DeviceId
    agency_id: AgencyId
    drawn_as: DrawnAs
    outcome: InspectionOutcome | None = None
    photos: tuple[str, ...] = ()
    inspected_at: datetime | None = None


@dataclass(frozen=True)
class InspectionsDrawn(Fact):
    """`population` counts the devices among which the sample was drawn."""

    type: ClassVar[str] = "campaign.inspections_drawn"
    owner: CampaignId
    seed: str
    population: int
    abnormal: int
    sample: int


@dataclass(frozen=True)
class InspectionOrdered(Fact):
    type: ClassVar[str] = "inspection.ordered"
    owner: InspectionId
    campaign_id: CampaignId
    device_id: DeviceId
    agency_id: AgencyId
    drawn_as: DrawnAs


@dataclass(frozen=True)
class InspectionResolved(Fact):
    type: ClassVar[str] = "inspection.resolved"
    owner: InspectionId
    device_id: DeviceId
    agency_id: AgencyId
    photos: tuple[str, ...]
    note: Commitment


@dataclass(frozen=True)
class InspectionUnresolved(Fact):
    """What the agency reported does not hold on site; an oversight item follows."""

    type: ClassVar[str] = "inspection.unresolved"
    owner: InspectionId
    device_id: DeviceId
    agency_id: AgencyId
    photos: tuple[str, ...]
    note: Commitment


@dataclass(frozen=True)
class Drawing:
    """The devices that were drawn, and the fact of the draw."""

    fact: InspectionsDrawn
    abnormal: tuple[BaselineDevice, ...]
    sample: tuple[BaselineDevice, ...]


def draw(
    campaign: CleanupCampaign,
    devices: Sequence[BaselineDevice],
    *,
    flagged: Collection[DeviceId],
    seed: str,
    profile: Profile,
) -> Drawing:
    """Draw among `devices`, which were not drawn before (PJ §3(1)).

    The share is rounded up, and the sample has the profile's least number where there are so many devices.
    """
    require_frozen(campaign)
    abnormal = tuple(device for device in devices if device.device_id in flagged)
    rest = [device for device in devices if device.device_id not in flagged]
    share = -(-len(rest) * profile.cleanup.sample_per_mille // 1000)
    ranked = sorted(rest, key=lambda device: sha256(f"{seed}/{device.device_id}".encode()).digest())
    sample = tuple(ranked[: max(share, profile.cleanup.sample_least)])
    if not abnormal and not sample:
        raise Refusal(Kind.CONFLICT, "CLN_NOTHING_TO_DRAW", {"campaign": campaign.id}, article=PJ_3_1)
    fact = InspectionsDrawn(campaign.id, seed, len(rest), len(abnormal), len(sample))
    return Drawing(fact, abnormal, sample)


def order(
    inspection_id: InspectionId, campaign: CleanupCampaign, device: BaselineDevice, drawn_as: DrawnAs
) -> InspectionOrdered:
    """Order the visit to one device that was drawn."""
    return InspectionOrdered(inspection_id, campaign.id, device.device_id, device.agency_id, drawn_as)


def conclude(
    inspection: Inspection, outcome: InspectionOutcome, *, photos: tuple[str, ...], note: Commitment
) -> InspectionResolved | InspectionUnresolved:
    """Say once what was found on site, with photographs."""
    if inspection.outcome is not None:
        facts = {"inspection": inspection.id, "outcome": inspection.outcome}
        raise Refusal(Kind.CONFLICT, "CLN_INSPECTED", facts, article=PJ_3_1)
    kind = InspectionResolved if outcome is InspectionOutcome.RESOLVED else InspectionUnresolved
    return kind(inspection.id, inspection.device_id, inspection.agency_id, photos, note)


def begun(fact: InspectionOrdered) -> Inspection:
    """The inspection that `fact` orders."""
    return Inspection(fact.owner, fact.campaign_id, fact.device_id, fact.agency_id, fact.drawn_as)


def after(
    inspection: Inspection, fact: InspectionResolved | InspectionUnresolved, *, at: datetime
) -> Inspection:
    """The inspection as `fact`, recorded at `at`, leaves it."""
    resolved = isinstance(fact, InspectionResolved)
    outcome = InspectionOutcome.RESOLVED if resolved else InspectionOutcome.UNRESOLVED
    return replace(inspection, outcome=outcome, photos=fact.photos, inspected_at=at)
