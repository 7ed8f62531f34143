"""Corrections of the past: what is found out later about a device in service (APL 41; Metrology 9).

    paper invalid since a day ─┐
    verification failed on a day, sign gone, suspension since an instant ─┤─▶ dossier before, dossier after
                                                                          └─▶ intervals that were lawful and are not

Nothing is overwritten: a finding stands beside the paper, and the standing at a past instant is asked again. Each
interval in which the answer changed to the device's disadvantage is a record. Evidence follows it and marks the
captures of the interval. An answer never changes in the device's favour (Inv. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId
from common.values.law import METROLOGY_9
from common.values.profile import Profile
from device_registry.domain.device import Certificate, Conformity, Dossier
from device_registry.domain.standing import Standing, boundaries, standing
from device_registry.domain.upkeep import fault_at


class Paper(StrEnum):
    """The papers that may be found invalid: a metrology certificate, or a report against a standard."""

    CERTIFICATE = "CERTIFICATE"
    REPORT = "REPORT"


@dataclass(frozen=True)
class DevicePaperInvalidated(Fact):
    """The papers of this number say nothing since `invalid_from_on`, the first such day; `reason` commits to why."""

    type: ClassVar[str] = "device.paper_invalidated"

    paper: Paper
    number: str
    invalid_from_on: date
    reason: Commitment


@dataclass(frozen=True)
class DeviceCapabilityInvalidated(Fact):
    """From `invalid_from` until before `invalid_until` the device was not what it was thought to be.

    `guard` is the guard that failed all that time, or STATE, or FAULT; `codes` are those of a capture of that time.
    """

    type: ClassVar[str] = "device.capability.invalidated"

    agency_id: AgencyId
    guard: str
    codes: tuple[str, ...]
    invalid_from: datetime
    invalid_until: datetime


STATE = "STATE"
"""The name of what is no guard: whether the device was in service at all."""
FAULT = "FAULT"
"""Another: whether a fault lasted."""


def invalidate_paper(
    dossier: Dossier, *, paper: Paper, number: str, invalid_from: date, reason: Commitment, at: datetime
) -> DevicePaperInvalidated:
    """A paper turned out to say nothing, since a day between its own first day and today.

    Also for a device that is out of service for good: its old captures rest on the paper. Only an earlier day can
    follow a day that is on record, because a finding is never taken back.
    """
    papers = [p for p in _papers(dossier, paper) if _number(p) == number]
    if not papers:
        raise Refusal(
            Kind.INVALID,
            "DEV_PAPER_UNKNOWN",
            {"device": dossier.device.id, "number": number},
            article=METROLOGY_9,
        )
    first = min(_first_day(p) for p in papers)
    known = [p.invalid_from for p in papers if p.invalid_from is not None]
    last = min([legal_day(at), *known])
    if not first <= invalid_from <= last or invalid_from in known:
        raise Refusal(
            Kind.INVALID,
            "DEV_PAPER_PERIOD",
            {"device": dossier.device.id, "number": number, "first": first, "last": last},
            wording="invalid",
            article=METROLOGY_9,
        )
    return DevicePaperInvalidated(dossier.device.id, paper, number, invalid_from, reason)


def invalidated(
    before: Dossier, after: Dossier, *, profile: Profile, at: datetime
) -> tuple[DeviceCapabilityInvalidated, ...]:
    """The intervals before `at` in which the device was lawful by `before` and is not by `after`, by guard (APL 41).

    Every guard is constant between two instants at which a paper or a period begins or ends, so one question a piece
    is enough. A piece in which the device was unlawful anyway is left out: its captures were refused.
    """
    ends = sorted(point for point in boundaries(before, profile) | boundaries(after, profile) if point < at)
    open_since: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    facts: list[DeviceCapabilityInvalidated] = []

    def close(guard: str, until: datetime) -> None:
        since, codes = open_since.pop(guard)
        facts.append(
            DeviceCapabilityInvalidated(after.device.id, after.device.agency_id, guard, codes, since, until)
        )

    for point in ends:
        failing = _failing(before, after, profile=profile, point=point, at=at)
        for guard in [guard for guard, (_, codes) in open_since.items() if failing.get(guard) != codes]:
            close(guard, point)
        for guard, codes in failing.items():
            open_since.setdefault(guard, (point, codes))
    for guard in list(open_since):
        close(guard, at)
    return tuple(sorted(facts, key=lambda fact: (fact.invalid_from, fact.guard)))


def _failing(
    before: Dossier, after: Dossier, *, profile: Profile, point: datetime, at: datetime
) -> dict[str, tuple[str, ...]]:
    """What fails at `point` by `after`, with its codes; nothing where the device was not lawful by `before`."""
    if not standing(before, profile=profile, at=point, known_at=at).lawful:
        return {}
    now = standing(after, profile=profile, at=point, known_at=at)
    failing: dict[str, tuple[str, ...]] = {
        result.guard.value: (result.code,) for result in now.guards if not result.passed
    }
    has_fault = fault_at(after.upkeep, point) is not None
    if has_fault:
        failing[FAULT] = ("E-DEV-05",)
    if (codes := _of_state(now)) and not (has_fault and codes == failing[FAULT]):
        failing[STATE] = codes
    return failing


def _of_state(now: Standing) -> tuple[str, ...]:
    of_guards = {result.code for result in now.guards if not result.passed}
    return tuple(code for code in now.codes if code not in of_guards)


def _papers(dossier: Dossier, paper: Paper) -> tuple[Certificate | Conformity, ...]:
    return dossier.certificates if paper is Paper.CERTIFICATE else dossier.conformities


def _number(paper: Certificate | Conformity) -> str:
    return paper.certificate_no if isinstance(paper, Certificate) else paper.report_no


def _first_day(paper: Certificate | Conformity) -> date:
    return paper.verified_on if isinstance(paper, Certificate) else paper.from_day
