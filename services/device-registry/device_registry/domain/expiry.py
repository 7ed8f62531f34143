"""Warnings before a certificate of a device in use runs out (Metrology 9; PJ §2.4).

The last day is the one that is printed on the certificate. At its end, 24:00 in Beijing, the nightly check suspends the
device (`standing.due_suspension`); each warning before it is a record, so that nobody says he was not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.facts import Fact
from common.values.ids import AgencyId, DeviceId
from common.values.watchrules import WatchRules
from device_registry.domain.compliance import passed_certificates
from device_registry.domain.device import Dossier, Metrology


@dataclass(frozen=True)
class Ending:
    """The certificate on which these functions rest, and its last day: a later one does not stand beside it."""

    certificate_no: str
    functions: tuple[str, ...]
    valid_until: date


@dataclass(frozen=True)
class Warned:
    """A warning that was given: `days` is the threshold of the profile."""

    device_id: DeviceId
    certificate_no: str
    valid_until: date
    days: int


@dataclass(frozen=True)
class DeviceVerificationExpiring(Fact):
    """The certificate of these functions ends within `days`, a threshold of the profile."""

    type: ClassVar[str] = "device.verification_expiring"

    agency_id: AgencyId
    certificate_no: str
    functions: tuple[str, ...]
    valid_until: date
    days: int


def endings(dossier: Dossier, *, at: datetime) -> tuple[Ending, ...]:
    """The certificates on which the measuring functions rest at `at`, the next to end first; also those that ended."""
    resting: dict[tuple[date, str], list[str]] = {}
    for function in dossier.device.functions:
        if function.metrology not in (Metrology.MANDATORY, Metrology.NO_REGULATION):
            continue
        passed, _ = passed_certificates(function, dossier.certificates, at)
        if passed:
            last = max(passed, key=lambda c: c.valid_until)
            resting.setdefault((last.valid_until, last.certificate_no), []).append(function.code)
    return tuple(Ending(number, tuple(codes), day) for (day, number), codes in sorted(resting.items()))


def due_warnings(
    dossier: Dossier, *, warned: frozenset[Warned], rules: WatchRules, at: datetime
) -> tuple[DeviceVerificationExpiring, ...]:
    """The warnings that are due and were not given yet.

    A certificate that is recorded when its end is near is warned of once, by the nearest threshold, and not by each.
    """
    facts = []
    for ending in endings(dossier, at=at):
        left = (ending.valid_until - legal_day(at)).days
        due = [days for days in rules.verification_warnings_d if 0 <= left <= days]
        if (
            due
            and Warned(dossier.device.id, ending.certificate_no, ending.valid_until, min(due)) not in warned
        ):
            facts.append(
                DeviceVerificationExpiring(
                    dossier.device.id,
                    dossier.device.agency_id,
                    ending.certificate_no,
                    ending.functions,
                    ending.valid_until,
                    min(due),
                )
            )
    return tuple(facts)
