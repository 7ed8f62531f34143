"""Was this device lawful at that second? The question evidence asks for every capture (APL 41).

Two questions to the dossier. `period_at` gives the state at t as it is known now, because a suspension that was
recorded later may reach back. The guards at t see only the papers that were on record by t. So a later finding
against the device counts, and a later paper for it does not (Inv. 3).

    E-DEV-01  not ACTIVE                     E-DEV-04  basis, review, standard, trial, funding, territory, sharing
    E-DEV-02  not published, or no sign      E-DEV-05  the device at fault, or its maintenance overdue
    E-DEV-03  verification                   E-DEV-06  a place where no device may be
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.values.calendar import end_of, start_of
from common.values.errors import Kind, Refusal, Violation
from common.values.law import APL_41
from common.values.profile import Profile
from device_registry.domain.changes import as_it_was
from device_registry.domain.citedlaw import CitedLaw
from device_registry.domain.compliance import (
    Guard,
    check,
    evaluate,
    legal_basis,
    reverification,
    upkeepers,
    verification,
)
from device_registry.domain.device import Dossier, Measurement, Period, State
from device_registry.domain.lifecycle import DeviceSuspended, SuspensionReason, suspend
from device_registry.domain.upkeep import fault_at, turns

_CODE = {
    Guard.PLACE: "E-DEV-06",
    Guard.FUNDING: "E-DEV-04",
    Guard.SHARING: "E-DEV-04",
    Guard.TERRITORY: "E-DEV-04",
    Guard.LEGAL_BASIS: "E-DEV-04",
    Guard.LEGAL_REVIEW: "E-DEV-04",
    Guard.TECHNICAL_REVIEW: "E-DEV-04",
    Guard.CONFORMITY: "E-DEV-04",
    Guard.VERIFICATION: "E-DEV-03",
    Guard.SIGNAGE: "E-DEV-02",
    Guard.ACCEPTANCE_TEST: "E-DEV-04",
    Guard.PUBLICATION: "E-DEV-02",
    Guard.MAINTENANCE: "E-DEV-05",
}

_AT_FAULT = {
    SuspensionReason.FAULT,
    SuspensionReason.CLOCK_DRIFT,
    SuspensionReason.MAINTENANCE_OVERDUE,
    SuspensionReason.VERIFICATION_FAILED,
}


@dataclass(frozen=True)
class GuardResult:
    guard: Guard
    violations: tuple[Violation, ...]

    @property
    def code(self) -> str:
        """The E-DEV code of a capture at whose second the guard failed."""
        return _CODE[self.guard]

    @property
    def passed(self) -> bool:
        return not self.violations


@dataclass(frozen=True)
class FunctionStanding:
    """One function of the device at the instant: lawful only if the whole device is, and its own papers hold.

    `measures` is the limit, and the error that is deducted from a measured value.
    """

    code: str
    name: str
    lawful: bool
    measures: Measurement | None


@dataclass(frozen=True)
class Standing:
    """The device at `at`, as known at `known_at`. `state` is None before the registry knew the device."""

    at: datetime
    known_at: datetime
    state: State | None
    guards: tuple[GuardResult, ...]
    functions: tuple[FunctionStanding, ...]
    codes: tuple[str, ...]

    @property
    def lawful(self) -> bool:
        return not self.codes


def period_at(dossier: Dossier, at: datetime) -> Period | None:
    """The period at `at`: of those that began by then, the one that was recorded last."""
    begun = [period for period in dossier.periods if period.effective_from <= at]
    return begun[-1] if begun else None


def standing(dossier: Dossier, *, profile: Profile, at: datetime, known_at: datetime) -> Standing:
    """The device's standing at `at`. Every guard is evaluated, also where the state alone decides."""
    # A device's clock may be ahead of ours by as much as a trial tolerates. Nobody can state anything beyond that.
    if at > known_at + timedelta(seconds=profile.evidence.max_clock_drift_s):
        raise Refusal(Kind.INVALID, "CAPABILITY_IN_FUTURE", {"known_at": known_at}, article=APL_41)
    dossier = as_it_was(dossier, at)
    period = period_at(dossier, at)
    guards = tuple(GuardResult(guard, check(guard, dossier, profile, at)) for guard in Guard)
    codes = {result.code for result in guards if not result.passed}
    if period is None or period.state is not State.ACTIVE:
        codes.add("E-DEV-01")
    if period is not None and (period.state is State.MAINTENANCE or period.reason in _AT_FAULT):
        codes.add("E-DEV-05")
    if fault_at(dossier.upkeep, at) is not None:
        codes.add("E-DEV-05")
    return Standing(
        at=at,
        known_at=known_at,
        state=period.state if period else None,
        guards=guards,
        functions=_functions(dossier, period, guards, at),
        codes=tuple(sorted(codes)),
    )


def _functions(
    dossier: Dossier, period: Period | None, guards: tuple[GuardResult, ...], at: datetime
) -> tuple[FunctionStanding, ...]:
    own = {Guard.LEGAL_BASIS, Guard.VERIFICATION}
    device_sound = (
        period is not None
        and period.state is State.ACTIVE
        and fault_at(dossier.upkeep, at) is None
        and all(result.passed for result in guards if result.guard not in own)
    )
    return tuple(
        FunctionStanding(
            function.code,
            function.name,
            device_sound
            and legal_basis(function, dossier.law, at) is None
            and verification(function, dossier.certificates, at) is None
            and reverification(function, dossier, at) is None,
            function.measures,
        )
        for function in dossier.device.functions
    )


def due_suspension(dossier: Dossier, *, profile: Profile, at: datetime) -> DeviceSuspended | None:
    """The suspension that the law asks of us by itself when a guard of an ACTIVE device fails (D-T12; NJ 22(1)).

    It takes effect when the guards began to fail without a break, not when we looked: a certificate that ran out at
    midnight made the captures of that night unlawful (PJ §2.4). It reaches back to when the device came into use for
    the last time at the most: what was before has its own suspension, and its own end.
    """
    device = dossier.device
    failed = evaluate(dossier, profile, at)
    if device.state is not State.ACTIVE or device.in_service_from is None or not failed:
        return None
    used_since = max(p.effective_from for p in dossier.periods if p.state is State.ACTIVE)
    since = at
    turning = {point for point in boundaries(dossier, profile) if used_since <= point <= at}
    for candidate in sorted(turning, reverse=True):
        if not evaluate(dossier, profile, candidate):
            break
        since = candidate
    reason = {
        "DEV_VERIFICATION_EXPIRED": SuspensionReason.VERIFICATION_EXPIRED,
        "DEV_VERIFICATION_FAILED": SuspensionReason.VERIFICATION_FAILED,
        "DEV_SIGNAGE_MISSING": SuspensionReason.SIGNAGE_MISSING,
        "DEV_MAINTENANCE_OVERDUE": SuspensionReason.MAINTENANCE_OVERDUE,
    }.get(failed[0].code, SuspensionReason.GUARD_FAILED)
    return suspend(device, reason=reason, effective_from=since, by_agency=None, at=at)


def boundaries(dossier: Dossier, profile: Profile) -> set[datetime]:
    """Every instant at which a guard or the state may change; between two of them nothing does."""
    shared = dossier.device.shared
    days: list[tuple[date, date | None]] = [(c.verified_on, c.valid_until) for c in dossier.certificates]
    days += [(report.from_day, report.until_day) for report in dossier.conformities]
    days += [(sign.from_day, sign.until_day) for sign in dossier.signs]
    functions = [*dossier.device.functions, *(f for former in dossier.former for f in former.functions)]
    days += [(b.from_day, b.until_day) for f in functions for b in f.bases]
    days += (
        [(shared.basis.from_day, last) for last in (shared.until_day, shared.basis.until_day)]
        if shared
        else []
    )
    points = {start_of(first) for first, _ in days} | {end_of(last) for _, last in days if last}
    points |= {start_of(day) for day in invalid_days(dossier)} | _turns_of_law(dossier.law)
    points |= {c.recorded_at for c in dossier.certificates} | {r.recorded_at for r in dossier.conformities}
    points |= {sign.recorded_at for sign in dossier.signs} | {t.recorded_at for t in dossier.acceptance_tests}
    points |= {p.recorded_at for p in dossier.publications} | {p.lead_ends_at for p in dossier.publications}
    points |= {review.at for review in (*dossier.legal_reviews, *dossier.technical_reviews)}
    points |= {approval.at for approval in dossier.approvals} | {c.recorded_at for c in dossier.contracts}
    if (since := dossier.device.in_service_from) is not None:
        points |= turns(dossier.upkeep, upkeepers(dossier.device), since=since, rules=profile.watch)
    if shared is not None and shared.ended_at is not None:
        points.add(shared.ended_at)
    points |= {former.until for former in dossier.former}
    points |= {former.refused_at for former in dossier.former if former.refused_at}
    return points | {period.effective_from for period in dossier.periods}


def _turns_of_law(law: CitedLaw) -> set[datetime]:
    points = {start_of(a.from_day) for a in law.articles} | {end_of(day) for day in law.ends()}
    points |= {a.published_at for a in law.articles} | {
        a.superseded_at for a in law.articles if a.superseded_at
    }
    points |= {start_of(s.from_day) for s in law.successions}
    return points | {s.published_at for s in law.successions}


def invalid_days(dossier: Dossier) -> set[date]:
    """The days since which a paper was found to be invalid."""
    days = {certificate.invalid_from for certificate in dossier.certificates}
    days |= {report.invalid_from for report in dossier.conformities}
    return {day for day in days if day is not None}
