"""The sheets about one device that the clean-up stops, made again from the register whenever somebody asks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from common.documents.glyphs import as_drawable
from common.documents.render import Template, render
from common.policy import not_found
from common.values.calendar import legal_day
from common.values.refusals import Language
from device_registry.cleanup.content import Agency
from device_registry.cleanup.ordercontent import RectificationPlan, StopDecision
from device_registry.domain.annex import SHORT
from device_registry.domain.cleanup import Category
from device_registry.domain.device import Device, Dossier, State
from device_registry.domain.stopping import Rectification
from device_registry.store.findings import FindingEntry

_FOLDER: Final = Path(__file__).parent


def stop_decision(entry: FindingEntry, dossier: Dossier, *, agency: str) -> bytes:
    """停止使用决定 of the finding that stopped the device. Refusal NOT_FOUND for one that stopped none."""
    finding, device = entry.finding, dossier.device
    stopped = [period.recorded_at for period in dossier.periods if period.state is State.STOPPED]
    if finding.decided_at is None or finding.decided_at not in stopped:
        raise not_found(finding.id)
    grounds = "、".join(ground.said(Language.ZH).rstrip("。") for ground in finding.grounds)
    content = StopDecision(
        agency=Agency(as_drawable(agency)),
        number=finding.id,
        device=_named(device),
        place=as_drawable(device.site.place),
        item=_item(finding.category),
        ground=as_drawable(entry.words or grounds),
        proposed_by=finding.proposed_by or "",
        proposal=as_drawable(entry.proposal_reason),
        decided_by=entry.decided_by or "",
        reason=as_drawable(entry.decision_reason),
        stopped_at=finding.decided_at,
    )
    template = Template("D-38", "停止使用决定", _FOLDER / "stop.typ", StopDecision)
    return render(template, content, finding.decided_at)


def rectification_plan(attempt: Rectification, number: int, device: Device, *, agency: str) -> bytes:
    """整改方案 of the attempt of this number."""
    content = RectificationPlan(
        agency=Agency(as_drawable(agency)),
        number=f"{device.id}/{number}",
        device=_named(device),
        place=as_drawable(device.site.place),
        plan=as_drawable(attempt.plan),
        begun_on=legal_day(attempt.begun_at),
        items=tuple(_item(category) for category in attempt.categories),
    )
    template = Template("D-38", "整改方案", _FOLDER / "rectification.typ", RectificationPlan)
    return render(template, content, attempt.begun_at)


def _item(category: Category) -> str:
    return f"第{category.number}项:{SHORT[category]}"


def _named(device: Device) -> str:
    """The code of twenty digits, or the number that the agency gave it, or ours."""
    return device.code or as_drawable(device.agency_number) or device.id
