"""The discretion benchmark: which tier the circumstances fall into, and what it allows (APL 34).

The first tier of the published list all of whose factors hold is the one. Every factor that was looked at
leaves a line, so that the party, the reviewer and the court see how the amount came about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from common.values.catalogue import CatalogueItem, Tier
from common.values.errors import Kind, Refusal
from common.values.law import APL_34


@dataclass(frozen=True)
class Assessment:
    """The tier, its range and proposal in fen, and the trace, one line per factor looked at."""

    tier: Tier
    trace: tuple[str, ...]

    def allows(self, fine_fen: int) -> bool:
        return self.tier.min_fen <= fine_fen <= self.tier.max_fen


def circumstances_of(item: CatalogueItem) -> dict[str, set[str]]:
    """The circumstances that the benchmark asks for, each with the values that it knows."""
    known = {factor.code: set[str]() for tier in item.tiers for factor in tier.factors}
    for tier in item.tiers:
        for factor in tier.factors:
            known[factor.code].update(factor.values)
    return known


def stated_in(trace: tuple[str, ...]) -> dict[str, str]:
    """The circumstances, factor code to value, that an assessment with this `trace` looked at."""
    stated: dict[str, str] = {}
    for line in trace:
        factor, is_factor, value = line.partition(": ")[2].partition(" ")[0].partition("=")
        if is_factor:
            stated[factor] = value
    return stated


def assess(item: CatalogueItem, circumstances: Mapping[str, str], *, on: date) -> Assessment:
    """The tier of `item` for the `circumstances` (factor code to value), assessed on the day `on`.

    A benchmark that was not published by that day cannot be used (APL 34), and a circumstance that nobody stated is
    not guessed: raises Refusal CASE_BENCHMARK_UNPUBLISHED, CASE_CIRCUMSTANCES_INCOMPLETE or CASE_NO_TIER.
    """
    if not item.is_benchmark_public(on):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_BENCHMARK_UNPUBLISHED",
            {"item": item.code, "version": item.version},
            article=APL_34,
        )
    known = circumstances_of(item)
    if any(circumstances.get(code) not in values for code, values in known.items()) or set(
        circumstances
    ) - set(known):
        accepted = "; ".join(f"{code}: {', '.join(sorted(values))}" for code, values in known.items())
        raise Refusal(Kind.INVALID, "CASE_CIRCUMSTANCES_INCOMPLETE", {"accepted": accepted}, article=APL_34)
    trace: list[str] = []
    for tier in item.tiers:
        held = [circumstances[factor.code] in factor.values for factor in tier.factors]
        for factor, ok in zip(tier.factors, held, strict=True):
            word = "in" if ok else "not in"
            trace.append(
                f"{tier.code}: {factor.code}={circumstances[factor.code]} {word} {'/'.join(factor.values)}"
            )
        if all(held):
            return Assessment(tier, (*trace, f"{tier.code}: {tier.min_fen}-{tier.max_fen} fen"))
    raise Refusal(Kind.CONFLICT, "CASE_NO_TIER", {"item": item.code, "version": item.version}, article=APL_34)
