"""A capture whose device is found, later, not to have been lawful at its second (APL 41; Metrology 9).

    registry: device.capability.invalidated {guard, from, until} ──followed──▶ a mark on each capture of the interval

The mark stands beside the capture and changes nothing about it, whatever its state: what two officers decided stays
what they decided, and the case service asks what follows. A capture that carries a mark is not accepted any more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId, EvidenceId
from common.values.law import APL_41_1
from evidence.domain.capture import CaptureOfDevice
from evidence.domain.checks import Code


@dataclass(frozen=True)
class Invalidation:
    """What the registry found: `guard` failed from `invalid_from` until before `invalid_until`.

    `source` is the id of the registry's record.
    """

    source: str
    guard: str
    codes: tuple[Code, ...]
    invalid_from: datetime
    invalid_until: datetime


@dataclass(frozen=True)
class EvidenceInvalidated(CaptureOfDevice):
    """The device of this capture was not lawful at its second, as the record `source` says."""

    type: ClassVar[str] = "evidence.invalidated"

    source: str
    guard: str
    codes: tuple[Code, ...]
    invalid_from: datetime
    invalid_until: datetime


def invalidate(
    evidence_id: EvidenceId, device_id: DeviceId, moment: datetime, found: Invalidation
) -> EvidenceInvalidated:
    """Mark the capture of that `moment`. Raises ValueError for one outside the interval.

    The moment is the one about which the registry was asked: the time of capture, or of receipt where the camera's
    clock ran ahead.
    """
    if not found.invalid_from <= moment < found.invalid_until:
        raise ValueError(f"{evidence_id} does not lie in the interval that was found invalid")
    return EvidenceInvalidated(
        evidence_id,
        device_id,
        found.source,
        found.guard,
        found.codes,
        found.invalid_from,
        found.invalid_until,
    )


def require_lawful_device(evidence_id: EvidenceId, codes: Collection[Code]) -> None:
    """Refuse to make evidence of a capture whose device was found not to have been lawful, for these `codes`."""
    if codes:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_DEVICE_INVALIDATED",
            {"capture": evidence_id, "codes": sorted(set(codes))},
            article=APL_41_1,
        )
