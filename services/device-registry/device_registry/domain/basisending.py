"""A warning ahead: the last legal basis of a function ends, and nothing takes its place yet (APL 41(1); PJ §2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from common.values.calendar import end_of, legal_day
from common.values.facts import Fact
from common.values.ids import DeviceId
from common.values.registerrules import RegisterRules
from device_registry.domain.compliance import legal_basis
from device_registry.domain.device import Dossier, Function, State


@dataclass(frozen=True)
class DeviceBasisEnding(Fact):
    """After the day `last_on` the function has no law or administrative regulation to rest on, as known now."""

    type: ClassVar[str] = "device.basis_ending"

    function: str
    last_on: date


@dataclass(frozen=True)
class Announced:
    """An ending of which a warning is on record."""

    device_id: DeviceId
    function: str
    last_on: date


def ending_bases(
    dossier: Dossier, *, announced: frozenset[Announced], rules: RegisterRules, at: datetime
) -> tuple[DeviceBasisEnding, ...]:
    """Of each function that is lawful at `at` and ceases to be within the profile's days, once.

    A device in use alone: one that is not must find its basis before it is used again anyway.
    """
    device = dossier.device
    if device.state is not State.ACTIVE:
        return ()
    endings = []
    for function in device.functions:
        last = _last_day(dossier, function, days=rules.basis_warning_cd, at=at)
        if last is not None and Announced(device.id, function.code, last) not in announced:
            endings.append(DeviceBasisEnding(device.id, function.code, last))
    return tuple(endings)


def _last_day(dossier: Dossier, function: Function, *, days: int, at: datetime) -> date | None:
    if legal_basis(function, dossier.law, at) is not None:
        return None
    today = legal_day(at)
    ends = dossier.law.ends() | {basis.until_day for basis in function.bases if basis.until_day is not None}
    within = sorted(day for day in ends if today <= day <= today + timedelta(days=days))
    return next((day for day in within if legal_basis(function, dossier.law, end_of(day)) is not None), None)
