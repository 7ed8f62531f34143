"""A finding that people confirmed keeps a device out of use until its fault is removed (PJ §2–3; D-T15 … D-T17).

A device in use is stopped when a finding is confirmed. One on its way into use is not, so every act that brings it
nearer asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from common.values.errors import Kind, Refusal
from common.values.law import PJ_2
from device_registry.domain.cleanup import Category
from device_registry.domain.device import Device
from device_registry.domain.findings import CleanupFinding, FindingState
from device_registry.domain.stopping import Rectification


def unrectified(
    findings: Iterable[CleanupFinding], attempts: Sequence[Rectification]
) -> tuple[Category, ...]:
    """The categories of the findings that were confirmed since the device was last handed in as rectified (D-T17).

    With those that the rectification under way says it removes: an import stops a device without a finding (D-T0).
    """
    handed_in = [attempt.handed_in_at for attempt in attempts if attempt.handed_in_at]
    under_way = {
        category for attempt in attempts if attempt.handed_in_at is None for category in attempt.categories
    }
    categories = under_way | {
        finding.category
        for finding in findings
        if finding.state is FindingState.CONFIRMED
        and finding.decided_at is not None
        and (not handed_in or finding.decided_at > handed_in[-1])
    }
    return tuple(sorted(categories))


def require_rectified(
    device: Device, findings: Iterable[CleanupFinding], attempts: Sequence[Rectification]
) -> None:
    """Refuse to approve, publish, activate or resume a device while a confirmed finding stands against it."""
    categories = unrectified(findings, attempts)
    if categories:
        facts = {"device": device.id, "categories": categories}
        raise Refusal(Kind.CONFLICT, "CLN_NOT_RECTIFIED", facts, article=PJ_2)
