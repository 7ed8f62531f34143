"""The guards: the papers that must exist before a device may watch anybody (APL 41(1); NJ 8–10; PJ §2).

Each guard looks at the dossier as it stood at one instant and returns the Violation or None. `evaluate` runs
them all, so that one answer names everything that is missing; `require` turns the violations into one Refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal, Violation
from common.values.law import APL_41_1, METROLOGY_9, NJ_8, NJ_9, NJ_10, NJ_11, PJ_2_1, PJ_2_4
from common.values.profile import BasisLevel, Profile
from device_registry.domain import contracts, sharing, siting
from device_registry.domain.citedlaw import CitedLaw, level_in_force
from device_registry.domain.device import (
    Certificate,
    Device,
    Dossier,
    Function,
    Metrology,
    OwnerType,
    PaperKind,
    Result,
    Review,
    counts,
)
from device_registry.domain.mobile import sign_of
from device_registry.domain.rounds import round_began
from device_registry.domain.territory import territory
from device_registry.domain.upkeep import Upkeeper, next_due

_ACTIVATING = {BasisLevel.LAW, BasisLevel.ADMIN_REGULATION}

# A device of an old inventory names no function: it then has no basis either, and the guard must say so.
NO_FUNCTION = Function(code="NONE", name="", metrology=Metrology.NONE, bases=())


class Guard(StrEnum):
    """The guards by topic, in the order in which an answer lists them."""

    PLACE = "PLACE"
    FUNDING = "FUNDING"
    SHARING = "SHARING"
    TERRITORY = "TERRITORY"
    LEGAL_BASIS = "LEGAL_BASIS"
    LEGAL_REVIEW = "LEGAL_REVIEW"
    TECHNICAL_REVIEW = "TECHNICAL_REVIEW"
    CONFORMITY = "CONFORMITY"
    VERIFICATION = "VERIFICATION"
    SIGNAGE = "SIGNAGE"
    ACCEPTANCE_TEST = "ACCEPTANCE_TEST"
    PUBLICATION = "PUBLICATION"
    MAINTENANCE = "MAINTENANCE"


OF_APPROVAL = (Guard.LEGAL_BASIS, Guard.LEGAL_REVIEW, Guard.TECHNICAL_REVIEW)
OF_PUBLICATION = tuple(guard for guard in Guard if guard is not Guard.PUBLICATION)


def legal_basis(function: Function, law: CitedLaw, at: datetime) -> Violation | None:
    """STRICT: a law or an administrative regulation in force at `at` allows or requires the device (APL 41(1)).

    In force is what the catalogue of legal sources says; the device's own papers where it does not know the article.
    """
    day = legal_day(at)
    levels = [
        level_in_force(basis.citation, own=basis.level_on(day), law=law, at=at) for basis in function.bases
    ]
    in_force = [level for level in levels if level is not None]
    if any(level in _ACTIVATING for level in in_force):
        return None
    return Violation(
        "DEV_LEGAL_BASIS_INSUFFICIENT",
        f"{APL_41_1}; {PJ_2_1}",
        {"code": function.code, "levels": sorted(in_force) or "no basis", "day": day},
    )


def check_legal_basis(dossier: Dossier, at: datetime) -> tuple[Violation, ...]:
    """The functions of the device without a sufficient basis; a device that names no function has none."""
    functions = dossier.device.functions or (NO_FUNCTION,)
    return _failed(*(legal_basis(function, dossier.law, at) for function in functions))


def legal_review(dossier: Dossier, at: datetime) -> Violation | None:
    """A passed legal review not older than twelve months when the device was approved (APL 41(1); NJ 9)."""
    return _review(dossier, dossier.legal_reviews, at, "DEV_LEGAL_REVIEW_MISSING", "legal")


def technical_review(dossier: Dossier, at: datetime) -> Violation | None:
    """A passed technical review not older than twelve months when the device was approved (APL 41(1); NJ 8, 9)."""
    return _review(dossier, dossier.technical_reviews, at, "DEV_TECH_REVIEW_MISSING", "technical")


def _review(
    dossier: Dossier, reviews: tuple[Review, ...], at: datetime, code: str, name: str
) -> Violation | None:
    # Counted to the approval and not to today: an approved device does not lose its review by growing old.
    began = round_began(dossier, at)
    approved = [approval.at for approval in dossier.approvals if began <= approval.at <= at]
    measured_at = approved[-1] if approved else at
    done = [review for review in reviews if began <= review.at <= measured_at]
    if not done:
        return Violation(code, f"{APL_41_1}; {NJ_9}", {"name": name}, wording="missing")
    if done[-1].result is not Result.PASS:
        return Violation(
            code,
            f"{APL_41_1}; {NJ_9}",
            {"name": name, "reviewed_on": legal_day(done[-1].at)},
            wording="failed",
        )
    if legal_day(measured_at) > _a_year_after(legal_day(done[-1].at)):
        return Violation(
            code, f"{APL_41_1}; {NJ_9}", {"name": name, "reviewed_on": legal_day(done[-1].at)}, wording="old"
        )
    return None


def _a_year_after(day: date) -> date:
    """The same day of the next year; the 28th for a 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def conformity(dossier: Dossier, at: datetime) -> Violation | None:
    """A passed report against a national or industry standard, not expired at `at` (APL 41(1); NJ 8).

    A failed report undoes every pass of that standard before it, from its day on, whenever it was recorded. A report
    that was found to be invalid says nothing from that day on.
    """
    law, reports = f"{APL_41_1}; {NJ_8}", dossier.conformities
    failures = [r for r in reports if r.result is Result.FAIL and r.from_day <= legal_day(at)]
    failed: dict[str, date] = {}
    for report in sorted(failures, key=lambda r: r.from_day):
        failed[report.standard] = report.from_day
    passed = {
        r.standard
        for r in reports
        if r.result is Result.PASS
        and counts(r.from_day, r.until_day, r.recorded_at, at=at)
        and r.from_day > failed.get(r.standard, date.min)
        and (r.invalid_from is None or legal_day(at) < r.invalid_from)
    }
    if broken := sorted(set(failed) - passed):
        return Violation("DEV_STANDARD_NONCONFORM", law, {"standards": broken}, wording="failed")
    if not passed:
        return Violation("DEV_STANDARD_NONCONFORM", law)
    return None


def verification(function: Function, certificates: Iterable[Certificate], at: datetime) -> Violation | None:
    """A measuring function carries a valid certificate (Metrology 9; PJ §2.4).

    A certificate counts to the end of `valid_until`, Asia/Shanghai. A failed verification undoes every certificate
    before it, from the day it failed, whenever that was recorded; one that was found to be invalid says nothing from
    that day on.
    """
    if function.metrology is Metrology.NONE:
        return None
    if function.metrology is Metrology.UNKNOWN:
        return Violation("DEV_METROLOGY_UNKNOWN", f"{METROLOGY_9}; {PJ_2_4}", {"code": function.code})
    day = legal_day(at)
    sound, failed_on = passed_certificates(function, certificates, at)
    if any(day <= c.valid_until for c in sound):
        return None
    law = f"{METROLOGY_9}; {APL_41_1}; {PJ_2_4}"
    if sound:
        last = max(sound, key=lambda c: c.valid_until)
        return Violation(
            "DEV_VERIFICATION_EXPIRED",
            law,
            {"certificate_no": last.certificate_no, "code": function.code, "valid_until": last.valid_until},
        )
    if failed_on is not None:
        return Violation("DEV_VERIFICATION_FAILED", law, {"code": function.code, "failed_on": failed_on})
    return Violation(
        "DEV_VERIFICATION_MISSING", law, {"kinds": sorted(_kinds(function)), "code": function.code}
    )


def reverification(function: Function, dossier: Dossier, at: datetime) -> Violation | None:
    """After work on a part on which the measurement depends, a verification that followed the work (D-T11; NJ 11).

    It was made on the day on which the work began or later, and recorded after it began: one of that morning, which was
    on record when the work began, says nothing about the device as it is now.
    """
    works = [m for m in dossier.upkeep.maintenances if m.is_metrology and m.ended_at and m.ended_at <= at]
    if not works or function.metrology is Metrology.NONE:
        return None
    began = works[-1].started_at
    passed, _ = passed_certificates(function, dossier.certificates, at)
    if any(c.recorded_at > began and c.verified_on >= legal_day(began) for c in passed):
        return None
    return Violation(
        "DEV_REVERIFICATION_MISSING",
        f"{NJ_11}; {METROLOGY_9}",
        {"code": function.code, "began_on": legal_day(began)},
    )


def upkeepers(device: Device) -> tuple[Upkeeper, ...]:
    """Who must maintain the device: the agency, and the party that the law had set it up (NJ 11)."""
    if device.provision.owner is OwnerType.REGULATED_PARTY:
        return (Upkeeper.AGENCY, Upkeeper.REGULATED_PARTY)
    return (Upkeeper.AGENCY,)


def overdue(dossier: Dossier, by: Upkeeper, profile: Profile, at: datetime) -> Violation | None:
    """A device in service is maintained within its interval, and the profile's days of grace (NJ 11)."""
    since = dossier.device.in_service_from
    if since is None or at < since:
        return None
    due = next_due(dossier.upkeep, by, since=since, rules=profile.watch, at=at)
    if at < due.overdue_from:
        return None
    return Violation("DEV_MAINTENANCE_OVERDUE", str(NJ_11), {"by": by, "due_on": due.due_on})


def passed_certificates(
    function: Function, certificates: Iterable[Certificate], at: datetime
) -> tuple[list[Certificate], date | None]:
    """The certificates of `function` that nothing found later undid, also those that ran out.

    Beside them the last day on which a verification failed, or since which a certificate was invalid.
    """
    day = legal_day(at)
    ours = [
        c
        for c in certificates
        if c.kind in _kinds(function) and function.code in c.functions and c.verified_on <= day
    ]
    failed_on = max((c.verified_on for c in ours if c.result is Result.FAIL), default=None)
    passed = [c for c in ours if c.result is Result.PASS and c.recorded_at <= at]
    sound = [c for c in passed if failed_on is None or c.verified_on > failed_on]
    undone = [c.invalid_from for c in sound if c.invalid_from is not None and c.invalid_from <= day]
    standing = [c for c in sound if c.invalid_from is None or day < c.invalid_from]
    return standing, max([*undone, *([failed_on] if failed_on else [])], default=None)


def _kinds(function: Function) -> frozenset[PaperKind]:
    """Only a verification satisfies a function that must be verified; where no regulation exists, a report does."""
    if function.metrology is Metrology.MANDATORY:
        return frozenset({PaperKind.VERIFICATION})
    return frozenset({PaperKind.CALIBRATION, PaperKind.TYPE_TEST})


def signage(dossier: Dossier, at: datetime) -> Violation | None:
    """A conspicuous sign stands at the device; a vehicle has its livery, a drone its notice (APL 41(1); NJ 10; PD 7).

    The same photograph recorded again with a last day reports that sign gone, whenever it was recorded; a sign
    that was put up again has a photograph of its own. A device that was moved left its signs behind.
    """
    moved = [former.until for former in dossier.former if former.is_moved and former.counts(at)]
    gone = {sign.photo_sha256: sign.until_day for sign in dossier.signs if sign.until_day is not None}
    if any(
        sign.kind is sign_of(dossier.device.kind)
        and (not moved or moved[-1] <= sign.recorded_at)
        and counts(sign.from_day, gone.get(sign.photo_sha256, sign.until_day), sign.recorded_at, at=at)
        for sign in dossier.signs
    ):
        return None
    return Violation("DEV_SIGNAGE_MISSING", f"{APL_41_1}; {NJ_10}")


def publication(dossier: Dossier, at: datetime) -> Violation | None:
    """The location was published, and the lead time of the profile has run (APL 41(1); NJ 10)."""
    known = [entry for entry in dossier.publications if entry.recorded_at <= at]
    if not known:
        return Violation("DEV_NOT_PUBLISHED", f"{APL_41_1}; {NJ_10}")
    if at < known[-1].lead_ends_at:
        return Violation(
            "DEV_PUBLICATION_LEAD_TIME",
            str(NJ_10),
            {"published_on": legal_day(known[-1].published_at), "usable_from": known[-1].lead_ends_at},
        )
    return None


def acceptance_test(dossier: Dossier, profile: Profile, at: datetime) -> Violation | None:
    """The trial's last test reached the sample and the accuracy of the profile (D-T9).

    Counts are compared, never a quotient: 949.9 of a thousand is not 950.
    """
    began = round_began(dossier, at)
    tests = [test for test in dossier.acceptance_tests if began <= test.recorded_at <= at]
    threshold = profile.trial.min_accuracy_per_mille
    if threshold is None:
        raise Refusal(
            Kind.CONFLICT, "PROFILE_INCOMPLETE", {"profile": profile.id}, wording="accuracy", article=NJ_8
        )
    if not tests:
        return Violation("DEV_ACCEPTANCE_TEST_MISSING", f"{APL_41_1}; {NJ_8}")
    last = tests[-1]
    if last.captures < profile.trial.min_captures or last.correct * 1000 < threshold * last.captures:
        return Violation(
            "DEV_ACCEPTANCE_TEST_FAILED",
            f"{APL_41_1}; {NJ_8}",
            {
                "correct": last.correct,
                "captures": last.captures,
                "profile": profile.id,
                "min_captures": profile.trial.min_captures,
                "threshold": threshold,
            },
        )
    return None


def check(guard: Guard, dossier: Dossier, profile: Profile, at: datetime) -> tuple[Violation, ...]:
    """The violations of `guard` at `at`. Exhaustive: a new guard without a line here does not type-check."""
    device = dossier.device
    site, provision = device.site, device.provision
    match guard:
        case Guard.PLACE:
            return _failed(
                siting.prohibited_place(site, profile),
                siting.place_unknown(site),
                siting.secret_site(site),
                siting.kind_unknown(device.kind),
            )
        case Guard.FUNDING:
            return _failed(
                siting.provision_unknown(provision),
                siting.obligation_missing(provision),
                siting.cost_shifted(provision),
                siting.market_entity_revenue(provision),
                contracts.missing(dossier, at),
            )
        case Guard.SHARING:
            return _failed(sharing.source_lost(device, at))
        case Guard.TERRITORY:
            return _failed(territory(site, profile), siting.location(site), siting.datum_unknown(site))
        case Guard.LEGAL_BASIS:
            return check_legal_basis(dossier, at)
        case Guard.LEGAL_REVIEW:
            return _failed(legal_review(dossier, at))
        case Guard.TECHNICAL_REVIEW:
            return _failed(technical_review(dossier, at))
        case Guard.CONFORMITY:
            return _failed(conformity(dossier, at))
        case Guard.VERIFICATION:
            return _failed(
                *(verification(function, dossier.certificates, at) for function in device.functions),
                *(reverification(function, dossier, at) for function in device.functions),
            )
        case Guard.SIGNAGE:
            return _failed(signage(dossier, at))
        case Guard.ACCEPTANCE_TEST:
            return _failed(acceptance_test(dossier, profile, at))
        case Guard.PUBLICATION:
            return _failed(publication(dossier, at))
        case Guard.MAINTENANCE:
            return _failed(*(overdue(dossier, by, profile, at) for by in upkeepers(device)))


def evaluate(
    dossier: Dossier, profile: Profile, at: datetime, guards: Iterable[Guard] = tuple(Guard)
) -> tuple[Violation, ...]:
    """Every one of `guards` that fails at `at`; all of them for D-T10, D-T14 and the nightly check (Inv. 1)."""
    return tuple(violation for guard in guards for violation in check(guard, dossier, profile, at))


def require(violations: tuple[Violation, ...], subject: str) -> None:
    """Raise DEV_GUARD_FAILED with all of `violations`, if there are any."""
    if violations:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_GUARD_FAILED",
            {"subject": subject, "count": len(violations)},
            article=APL_41_1,
            violations=violations,
        )


def _failed(*results: Violation | None) -> tuple[Violation, ...]:
    return tuple(result for result in results if result is not None)
