"""The regulated party that sets a device up because the law obliges it to (NJ 9(2), 11).

The agency names the party that runs the device. From then on that party reads this device, and no other that is not its
own. The agency inspects how the duty is met; the party answers each inspection.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import PartyId
from common.values.law import NJ_9, NJ_11
from device_registry.domain.device import Device, OwnerType, Result, State


@dataclass(frozen=True)
class DeviceOperatorNamed(Fact):
    type: ClassVar[str] = "device.operator_named"
    party_id: PartyId


@dataclass(frozen=True)
class DeviceInspected(Fact):
    """The `n`-th inspection of a regulated party's device. `rectify_by` is the last day to mend what was found."""

    type: ClassVar[str] = "device.inspected"
    n: int
    inspected_on: date
    result: Result
    findings: Commitment
    rectify_by: date | None


@dataclass(frozen=True)
class DeviceInspectionAnswered(Fact):
    type: ClassVar[str] = "device.inspection_answered"
    n: int
    answer: Commitment


def name_operator(device: Device, *, party_id: PartyId) -> DeviceOperatorNamed | None:
    """Name the party that runs its own device; None if it is named already. A later one takes its place."""
    _require_partys(device)
    return None if device.operator_id == party_id else DeviceOperatorNamed(device.id, party_id)


def inspect(
    device: Device,
    *,
    n: int,
    inspected_on: date,
    result: Result,
    findings: Commitment,
    rectify_by: date | None,
    at: datetime,
) -> DeviceInspected:
    """Record an inspection (NJ 9(2), 11). What failed is to be mended by a day that has not passed."""
    _require_partys(device)
    today = legal_day(at)
    if inspected_on > today:
        facts = {"device": device.id, "today": today}
        raise Refusal(Kind.INVALID, "DEV_PAPER_PERIOD", facts, wording="future", article=NJ_11)
    if (result is Result.FAIL) != (rectify_by is not None) or (rectify_by is not None and rectify_by < today):
        raise Refusal(
            Kind.INVALID, "DEV_INSPECTION_PERIOD", {"device": device.id, "today": today}, article=NJ_11
        )
    return DeviceInspected(device.id, n, inspected_on, result, findings, rectify_by)


def answer(
    device: Device, *, n: int, inspected: Collection[int], answered: Collection[int], text: Commitment
) -> DeviceInspectionAnswered:
    """The party says once what it did about the `n`-th inspection (NJ 9(2))."""
    if n not in inspected:
        raise Refusal(Kind.NOT_FOUND, "DEV_INSPECTION_UNKNOWN", {"device": device.id, "n": n}, article=NJ_9)
    if n in answered:
        raise Refusal(Kind.CONFLICT, "DEV_INSPECTION_ANSWERED", {"device": device.id, "n": n}, article=NJ_9)
    return DeviceInspectionAnswered(device.id, n, text)


def _require_partys(device: Device) -> None:
    if device.provision.owner is not OwnerType.REGULATED_PARTY or device.state is State.RETIRED:
        facts = {"device": device.id, "owner": device.provision.owner, "state": device.state}
        raise Refusal(Kind.CONFLICT, "DEV_NOT_OF_A_PARTY", facts, article=NJ_9)
