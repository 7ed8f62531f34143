"""Where an act happened: in a division of the city, or it is not the city's to pursue (NJ 2; APL 22)."""

from __future__ import annotations

from common.values.errors import Kind, Refusal
from common.values.law import NJ_2
from common.values.profile import Profile


def is_inside(division: str | None, profile: Profile) -> bool:
    """Whether the division, a GB/T 2260 code, is one of the city's. What names none is not inside."""
    return division is not None and profile.division(division) is not None


def require_inside(division: str | None, profile: Profile) -> str:
    """The division. Refusal OUT_OF_TERRITORY for one that is not the city's: another city's agency is competent."""
    if division is None or not is_inside(division, profile):
        facts = {"division": division or "", "profile": profile.id}
        raise Refusal(Kind.INVALID, "OUT_OF_TERRITORY", facts, article=NJ_2)
    return division
