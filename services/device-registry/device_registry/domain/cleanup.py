"""The seven situations of the clean-up (PJ §2): what the registry can compute of each.

A result is AUTO, where the law's condition can be computed, or PROMPT, where a person has to judge and the figures are
laid before that person. Neither stops a device: a person confirms or dismisses (`findings`).

    CU-1 basis   CU-2 standard   CU-3 quality   CU-4 verification   CU-5 need   CU-6 market entity   CU-7 other
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from common.values.calendar import legal_day
from common.values.errors import Violation
from common.values.law import NJ_9, PJ_2_2, PJ_2_3, PJ_2_5, PJ_2_6, PJ_2_7
from common.values.profile import Profile
from device_registry.domain import compliance, contracts, siting
from device_registry.domain.compliance import Guard
from device_registry.domain.device import (
    Dossier,
    InstallerType,
    Metrology,
    OwnerType,
    Provision,
    Result,
    State,
)


class Category(StrEnum):
    """The items 1 to 7 of PJ §2."""

    CU_1 = "CU-1"
    CU_2 = "CU-2"
    CU_3 = "CU-3"
    CU_4 = "CU-4"
    CU_5 = "CU-5"
    CU_6 = "CU-6"
    CU_7 = "CU-7"

    @property
    def number(self) -> int:
        """The number of the item, as Annex 1 quotes it."""
        return int(self.value[-1])


class Origin(StrEnum):
    """AUTO: the condition is computed. PROMPT: figures for a person's judgement. HUMAN: a person found it."""

    AUTO = "AUTO"
    PROMPT = "PROMPT"
    HUMAN = "HUMAN"


IN_USE: Final = (State.ACTIVE, State.SUSPENDED, State.MAINTENANCE)
"""The states in which a device is looked at each night; a campaign also looks at LEGACY devices."""


@dataclass(frozen=True)
class Figures:
    """How a device worked, as other parts of the platform counted it; None where nothing was counted.

    Captures and rejections for quality are those of 90 days, disputes those of twelve months, `uptime_per_mille` that
    of 90 days. `flags` are the A-flags of the analysis. `neighbours` counts devices of the same function within the
    sharing radius.
    """

    captures: int = 0
    rejected: int = 0
    accepted_in_window: int | None = None
    disputes: int = 0
    upheld: int = 0
    uptime_per_mille: int | None = None
    fault_open_d: int = 0
    failed_readbacks: int = 0
    flags: tuple[str, ...] = ()
    neighbours: int = 0


@dataclass(frozen=True)
class Situation:
    """One of the seven situations as it was found: why, each reason with its law."""

    category: Category
    origin: Origin
    grounds: tuple[Violation, ...]


_MEASURED_BY_OTHERS: Final = {
    Guard.LEGAL_BASIS: Category.CU_1,
    Guard.CONFORMITY: Category.CU_2,
    Guard.VERIFICATION: Category.CU_4,
}


def evaluate(dossier: Dossier, figures: Figures, *, profile: Profile, at: datetime) -> tuple[Situation, ...]:
    """Every situation of PJ §2 that the device is in at `at`, by category; of one category AUTO comes before PROMPT."""
    rules: tuple[Callable[[], list[Situation]], ...] = (
        lambda: _auto(Category.CU_1, no_basis(dossier, at)),
        lambda: _auto(Category.CU_2, nonconforming(dossier, profile, at)),
        lambda: _auto(Category.CU_3, of_poor_quality(figures, profile)),
        lambda: _auto(Category.CU_4, unverified(dossier, at)),
        lambda: _prompt(Category.CU_5, flagged(figures)),
        lambda: (
            _auto(Category.CU_6, living_on_fines(dossier.device.provision))
            or _prompt(Category.CU_6, contract_unread(dossier, at))
        ),
        lambda: _auto(Category.CU_7, otherwise_unlawful(dossier, profile, at)),
        lambda: _prompt(Category.CU_7, unnecessary(dossier, figures, profile, at)),
    )
    return tuple(situation for rule in rules for situation in rule())


def no_basis(dossier: Dossier, at: datetime) -> tuple[Violation, ...]:
    """CU-1: no law or administrative regulation in force allows the device; a repealed article is none (PJ §2.1)."""
    return compliance.check_legal_basis(dossier, at)


def nonconforming(dossier: Dossier, profile: Profile, at: datetime) -> tuple[Violation, ...]:
    """CU-2: no passed report, or none against a standard that still counts (PJ §2.2).

    A superseded standard counts until the profile's months for the new assessment are over.
    """
    failed = compliance.conformity(dossier, at)
    if failed is not None:
        return (failed,)
    day = legal_day(at)
    ended = {s.standard: s.superseded_on for s in profile.cleanup.superseded_standards}
    passed = {r.standard for r in dossier.conformities if r.recorded_at <= at and r.result is Result.PASS}
    outdated = [
        standard
        for standard in sorted(passed)
        if standard in ended and day > months_after(ended[standard], profile.cleanup.reassess_months)
    ]
    if not outdated or set(outdated) != passed:
        return ()
    facts = {"standards": outdated, "months": profile.cleanup.reassess_months}
    return (Violation("CLN_STANDARD_SUPERSEDED", str(PJ_2_2), facts),)


def of_poor_quality(figures: Figures, profile: Profile) -> tuple[Violation, ...]:
    """CU-3: the device works badly, or its records are not true, clear, complete and accurate (PJ §2.3).

    Each threshold counts by itself. A share of few captures or few disputes says nothing, so both have a least number.
    """
    rules, law = profile.cleanup, str(PJ_2_3)
    found: list[Violation] = []
    if figures.uptime_per_mille is not None and figures.uptime_per_mille < rules.uptime_per_mille:
        facts = {"uptime": figures.uptime_per_mille, "least": rules.uptime_per_mille}
        found.append(Violation("CLN_UPTIME_LOW", law, facts))
    if figures.fault_open_d > rules.fault_open_d:
        found.append(
            Violation("CLN_FAULT_OPEN", law, {"days": figures.fault_open_d, "most": rules.fault_open_d})
        )
    if (
        figures.captures >= rules.rejection_captures
        and figures.rejected * 1000 >= rules.rejection_per_mille * figures.captures
    ):
        found.append(
            Violation(
                "CLN_REJECTIONS_HIGH", law, {"rejected": figures.rejected, "captures": figures.captures}
            )
        )
    if (
        figures.disputes >= rules.dispute_count
        and figures.upheld * 1000 >= rules.dispute_per_mille * figures.disputes
    ):
        found.append(
            Violation("CLN_DISPUTES_UPHELD", law, {"upheld": figures.upheld, "disputes": figures.disputes})
        )
    if figures.failed_readbacks:
        found.append(Violation("CLN_READBACK_FAILED", law, {"count": figures.failed_readbacks}))
    return tuple(found)


def unverified(dossier: Dossier, at: datetime) -> tuple[Violation, ...]:
    """CU-4: a function that must be verified has no valid certificate (PJ §2.4; Metrology 9)."""
    mandatory = [f for f in dossier.device.functions if f.metrology is Metrology.MANDATORY]
    results = [compliance.verification(function, dossier.certificates, at) for function in mandatory]
    return tuple(violation for violation in results if violation)


def flagged(figures: Figures) -> tuple[Violation, ...]:
    """CU-5: the analysis flags the device; whether it is needed or abused a person judges on site (PJ §2.5)."""
    if not figures.flags:
        return ()
    return (Violation("CLN_FLAGGED", str(PJ_2_5), {"flags": figures.flags}),)


def living_on_fines(provision: Provision) -> tuple[Violation, ...]:
    """CU-6: a market entity sets the device up and carries its cost or lives on its fines (PJ §2.6).

    A regulated party that pays for its own device under a duty of law is none (NJ 9(2)). That duty is about the cost: a
    market entity that lives on the fines does so at a party's device too.
    """
    if provision.installer is not InstallerType.MARKET_ENTITY:
        return ()
    cost = None if _own_duty(provision) else siting.cost_shifted(provision)
    found = (cost, siting.market_entity_revenue(provision))
    return tuple(v for v in found if v is not None)


def contract_unread(dossier: Dossier, at: datetime) -> tuple[Violation, ...]:
    """CU-6: nobody can say what a contract says that nobody has, or that nobody declared (PJ §2.6)."""
    if _own_duty(dossier.device.provision) or contracts.missing(dossier, at) is None:
        return ()
    return (Violation("CLN_CONTRACT_MISSING", str(PJ_2_6)),)


def otherwise_unlawful(dossier: Dossier, profile: Profile, at: datetime) -> tuple[Violation, ...]:
    """CU-7: another condition of the activation fails (PJ §2.7). What has a category of its own is left to that one."""
    others = [guard for guard in Guard if guard not in _MEASURED_BY_OTHERS and guard is not Guard.FUNDING]
    failed = compliance.evaluate(dossier, profile, at, others)
    provision = dossier.device.provision
    if provision.installer is not InstallerType.MARKET_ENTITY:
        # Without a market entity a shifted cost or a link to the fines is no CU-6, but unlawful all the same.
        failed += compliance.check(Guard.FUNDING, dossier, profile, at)
    return failed


def unnecessary(dossier: Dossier, figures: Figures, profile: Profile, at: datetime) -> tuple[Violation, ...]:
    """CU-7: another device does the same, or this one shows nothing; whether it is needed a person judges (NJ 9(3)).

    A device shows nothing once it was in service through all the months of the profile.
    """
    found: list[Violation] = []
    if figures.neighbours:
        facts = {"count": figures.neighbours, "radius_m": profile.share_radius_m}
        found.append(Violation("CLN_DUPLICATE", f"{PJ_2_7}; {NJ_9}", facts))
    months, began = profile.cleanup.unused_months, dossier.device.in_service_from
    is_whole = began is not None and legal_day(began) <= months_after(legal_day(at), -months)
    if figures.accepted_in_window == 0 and is_whole and dossier.device.state in IN_USE:
        found.append(Violation("CLN_UNUSED", str(PJ_2_7), {"months": months}))
    return tuple(found)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _own_duty(provision: Provision) -> bool:
    return provision.owner is OwnerType.REGULATED_PARTY and bool(provision.obligation_basis.strip())


def _auto(category: Category, grounds: tuple[Violation, ...]) -> list[Situation]:
    return [Situation(category, Origin.AUTO, grounds)] if grounds else []


def _prompt(category: Category, grounds: tuple[Violation, ...]) -> list[Situation]:
    return [Situation(category, Origin.PROMPT, grounds)] if grounds else []
