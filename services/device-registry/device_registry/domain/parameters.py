"""The technical parameters of a device, each version with who set it and why (NJ 13), and counts of its traffic.

A flow count says how many vehicles passed in a month. The agency brings it; without one no rate is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import OfficerId
from common.values.law import NJ_13
from device_registry.domain.device import Device, State


@dataclass(frozen=True)
class Version:
    """One version of the parameters of a device: codes and the values, in the units that the codes name."""

    n: int
    parameters: tuple[tuple[str, str], ...]
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class DeviceParametersSet(Fact):
    """Version `n` of a device's parameters, all of them; it holds from its recording on."""

    type: ClassVar[str] = "device.parameters_set"

    n: int
    parameters: tuple[tuple[str, str], ...]
    reason: Commitment
    by: OfficerId


@dataclass(frozen=True)
class DeviceFlowCounted(Fact):
    """So many vehicles passed the device in the month that begins on `month`. A later count replaces an earlier one."""

    type: ClassVar[str] = "device.flow_counted"

    month: date
    passes: int


def set_parameters(
    device: Device,
    newest: Version | None,
    parameters: Mapping[str, str],
    *,
    reason: Commitment,
    by: OfficerId,
) -> DeviceParametersSet:
    """Set the parameters as a new version. One that changes nothing is refused: nobody would know what it was for."""
    if device.state is State.RETIRED:
        raise Refusal(Kind.CONFLICT, "DEV_PARAMETERS_RETIRED", {"device": device.id}, article=NJ_13)
    named = tuple(sorted(parameters.items()))
    if newest is not None and newest.parameters == named:
        raise Refusal(
            Kind.CONFLICT, "DEV_PARAMETERS_UNCHANGED", {"device": device.id, "n": newest.n}, article=NJ_13
        )
    return DeviceParametersSet(device.id, newest.n + 1 if newest else 1, named, reason, by)


def count_flow(device: Device, *, month: date, passes: int, at: datetime) -> DeviceFlowCounted:
    """Record how many vehicles passed in a month that is over or runs."""
    if month.day != 1 or month > legal_day(at):
        raise Refusal(Kind.INVALID, "DEV_FLOW_MONTH", {"month": month}, article=NJ_13)
    return DeviceFlowCounted(device.id, month, passes)
