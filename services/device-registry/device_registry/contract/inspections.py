"""The verification on site on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CampaignId, DeviceId, InspectionId
from common.web.wire import Digest, In, Out, Page, Text

OutcomeOnSite = Literal["RESOLVED", "UNRESOLVED"]


class DrawOrder(In):
    """抽取实地核查设备. Nothing to fill in: the seed is drawn by the registry and put on record."""


class InspectionResultOrder(In):
    """实地核查结果: what was found, with the digests of the photographs."""

    outcome: OutcomeOnSite
    note: Text
    photo_sha256: list[Digest] = Field(min_length=1, max_length=30)


class InspectionView(Out):
    """One device to be looked at; `outcome` is null until somebody was there."""

    inspection_id: InspectionId
    campaign_id: CampaignId
    device_id: DeviceId
    agency_id: AgencyId
    drawn_as: Literal["ABNORMAL", "SAMPLE"]
    outcome: OutcomeOnSite | None
    photo_sha256: list[str]
    note: str
    inspected_at: datetime | None


class DrawView(Out):
    """A draw. The sample are the devices of the population with the smallest SHA-256 of `<seed>/<device id>`."""

    campaign_id: CampaignId
    seed: str
    population: int
    inspections: list[InspectionView]


class InspectionPage(Page[InspectionView]):
    """Inspections in the order in which they were drawn."""
