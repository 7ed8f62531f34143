"""The figures that every city begins with, and the legal source of each that a city sets otherwise (NJ 2).

Higher rules prevail: a city departs from one of these only where a rule of its own says so, and the profile names it.
What no rule sets (a house period, a threshold that the city must find itself) has no default here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from common.values.catalogue import Clause

DEFAULTS: Final[dict[str, object]] = {
    "basis_policy": "STRICT",
    "publication_lead_days": 30,
    "publication_lead_unit": "CALENDAR",
    "service.strategy": "ARRIVAL",
    "summary_for_offsite": False,
    "limits.decide_cd": 90,
    "limits.hearing_request_wd": 5,
    "limits.hearing_notice_wd": 7,
    "limits.service_wd": 7,
    "limits.public_notice_cd": 30,
    "limits.pay_cd": 15,
    "limits.withdraw_publication_wd": 3,
    "limits.demand_wait_wd": 10,
    "limits.court_apply_months": 3,
    "limits.reconsideration_cd": 60,
    "limits.litigation_months": 6,
    "limits.limitation_years": 2,
}
"""Each figure that a national law or the strict reading of one sets, by its place in the profile."""


@dataclass(frozen=True)
class Override:
    """A figure that the city sets otherwise than its default, and the rule that says so."""

    figure: str
    source: Clause


def require_sourced(profile: Any, overrides: Iterable[Override]) -> None:
    """Raises ValueError where a figure leaves its default and no source is named, or a source is named for nothing."""
    named = {override.figure for override in overrides}
    changed = {figure for figure, default in DEFAULTS.items() if _figure(profile, figure) != default}
    if unnamed := sorted(changed - named):
        raise ValueError(f"no legal source is named for {', '.join(unnamed)} (NJ 2)")
    if idle := sorted(named - changed):
        raise ValueError(
            f"a legal source is named for {', '.join(idle)}, which the city does not set otherwise"
        )


def _figure(profile: Any, path: str) -> object:
    return reduce(getattr, path.split("."), profile)
