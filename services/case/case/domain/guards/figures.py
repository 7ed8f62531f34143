"""The amount, the figures of the city, and what the decision states."""

from __future__ import annotations

from case.domain.guards.question import Question, violation
from case.domain.ordering import is_ordered
from common.values.errors import Refusal, Violation
from common.values.law import AEL_45, APL_28_1, APL_34, APL_44, APL_59, APL_63
from common.values.profile import PenaltyKind


def within_benchmark(q: Question) -> Violation | None:
    """Within the tier of the published benchmark, or under it for a stated reason (APL 34).

    Below the minimum of the law only on one of the grounds that the law names, with its reason (减轻, APL 30–32). A
    warning where the law gives a fine is such a mitigation.
    """
    conclusion, item, fine, tier = q.case.conclusion, q.item, q.proposal.fine_fen, q.tier
    if conclusion is None or isinstance(q.weighing, Refusal):
        return None  # without a report, or a law to apply, other guards say so
    if tier is None:
        return violation(
            "CASE_BENCHMARK_EXCEEDED",
            APL_34,
            {"item": item.code, "version": item.version, "tier": conclusion.tier},
            wording="no_tier",
        )
    lowest = item.min_fen if q.mitigation is None else 0
    reasoned = q.has_deviation_reason and lowest <= fine < tier.min_fen
    if tier.min_fen <= fine <= tier.max_fen or reasoned:
        return None
    return violation(
        "CASE_BENCHMARK_EXCEEDED",
        APL_34,
        {"tier": tier.code, "min_fen": tier.min_fen, "max_fen": tier.max_fen},
        wording="decision",
    )


def warned_without_fine(q: Question) -> Violation | None:
    """A fine is an amount, and a warning has none: both in one decision were never notified (APL 9, 44)."""
    if (q.proposal.kind is PenaltyKind.FINE) is (q.proposal.fine_fen > 0):
        return None
    return violation("CASE_FINE_AND_KIND_DIFFER", APL_44, {"kind": q.proposal.kind})


def figures_set(q: Question) -> Violation | None:
    """The city has set the figures on which hearing, legal review and discussion hang."""
    thresholds, review = q.terms.profile.thresholds, q.terms.profile.review
    fines = (thresholds.hearing_fine_person, thresholds.hearing_fine_org, thresholds.collective_fine)
    if None not in (*fines, review.legal_fine):
        return None
    return violation("PROFILE_INCOMPLETE", APL_63, {"profile": q.terms.profile.id}, wording="thresholds")


def remedies_named(q: Question) -> Violation | None:
    """The decision names the organs of remedy (APL 59(5)); they stand in the city's profile."""
    if q.terms.profile.offices:
        return None
    return violation("CASE_REMEDY_TEXT_MISSING", APL_59, {"profile": q.terms.profile.id})


def surcharge_stated(q: Question) -> Violation | None:
    """A surcharge that is to be claimed is stated with its standard in the decision (APL 72; AEL 45)."""
    if q.surcharge_stated or not q.item.surcharge_claimed:
        return None
    return violation("CASE_SURCHARGE_NOT_STATED", AEL_45, {"item": q.item.code})


def correction_ordered(q: Question) -> Violation | None:
    """A penalty goes with an order to correct, unless the act was put right already (APL 28(1)).

    The order stands in a D-03 that was issued before, or in the decision itself.
    """
    if q.orders_correction or is_ordered(q.case):
        return None
    return violation("CASE_CORRECTION_NOT_ORDERED", APL_28_1)
