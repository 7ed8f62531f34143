"""The end of a device (D-T18; NJ 17): the device admin proposes it with a plan for its data, the head approves it.

    any state ──propose──▶ the same state ──approve──▶ RETIRED (final)

The data outlives the device: what it captured stays evidence for as long as a case or a dispute needs it (NJ 17). So
nobody takes a device down without saying what becomes of the raw data and who keeps it, and nobody takes it down while
a case rests on its raw data that is not over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Facts, Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.law import NJ_17
from device_registry.domain.device import Device, State


class RetirementCause(StrEnum):
    SCRAPPED = "SCRAPPED"
    DISMANTLED = "DISMANTLED"


@dataclass(frozen=True)
class Retirement:
    """A proposal to retire a device, by its number among those of the device."""

    number: int
    cause: RetirementCause
    proposed_by: str


@dataclass(frozen=True)
class RawDataHeld:
    """So many captures of the device are held, for so many cases that are not over, as evidence says."""

    captures: int
    cases: int


@dataclass(frozen=True)
class DeviceRetirementProposed(Fact):
    """`disposition` commits to what becomes of the raw data, `keeper` to who keeps it."""

    type: ClassVar[str] = "device.retirement_proposed"
    number: int
    cause: RetirementCause
    disposition: Commitment
    keeper: Commitment


@dataclass(frozen=True)
class DeviceRetired(Fact):
    """The proposal of this number is approved; the device is out of use for good."""

    type: ClassVar[str] = "device.retired"
    number: int
    cause: RetirementCause


def propose(
    device: Device,
    newest: Retirement | None,
    *,
    cause: RetirementCause,
    disposition: Commitment,
    keeper: Commitment,
) -> DeviceRetirementProposed:
    """Say that the device goes and what becomes of its data. A later proposal replaces an earlier one (D-T18)."""
    _require_not_retired(device, "PROPOSE_RETIREMENT")
    number = newest.number + 1 if newest else 1
    return DeviceRetirementProposed(device.id, number, cause, disposition, keeper)


def approve(device: Device, newest: Retirement | None, *, held: RawDataHeld, by: str) -> DeviceRetired:
    """The head ends the device for good, once no case needs its raw data; the proposer does not (D-T18; NJ 17)."""
    _require_not_retired(device, "RETIRE")
    if newest is None:
        raise Refusal(Kind.CONFLICT, "DEV_RETIREMENT_NOT_PROPOSED", {"device": device.id}, article=NJ_17)
    if newest.proposed_by == by:
        facts = {"device": device.id}
        raise Refusal(Kind.FORBIDDEN, "DEV_DUTY_SEPARATION", facts, wording="retirement", article=NJ_17)
    if held.cases:
        counted: Facts = {"device": device.id, "captures": held.captures, "cases": held.cases}
        raise Refusal(Kind.CONFLICT, "DEV_RAW_DATA_HELD", counted, article=NJ_17)
    return DeviceRetired(device.id, newest.number, newest.cause)


def _require_not_retired(device: Device, act: str) -> None:
    if device.state is State.RETIRED:
        facts = {"device": device.id, "act": act}
        raise Refusal(Kind.CONFLICT, "DEV_TRANSITION_NOT_ALLOWED", facts, wording="retired", article=NJ_17)
