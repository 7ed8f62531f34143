"""The content of the two sheets about one device: 停止使用决定 (D-T15) and 整改方案 (D-T16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.documents.content import Content
from common.values.law import PJ_2
from device_registry.cleanup.content import Agency


@dataclass(frozen=True)
class StopDecision(Content):
    """停止使用决定. `item` is the item of PJ §2, `ground` what was found, `reason` why the head confirmed it."""

    article = PJ_2

    agency: Agency
    number: str
    device: str
    place: str
    item: str
    ground: str
    proposed_by: str
    proposal: str
    decided_by: str
    reason: str
    stopped_at: datetime


@dataclass(frozen=True)
class RectificationPlan(Content):
    """整改方案. `items` are the items of PJ §2 whose faults it removes; one that an import stopped may have none."""

    article = PJ_2

    agency: Agency
    number: str
    device: str
    place: str
    plan: str
    begun_on: date
    items: tuple[str, ...] = ()
