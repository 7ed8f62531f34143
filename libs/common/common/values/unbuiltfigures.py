"""Figures of a profile that only one value fits, because what another value asks for is not built.

A figure that nothing reads would promise something to the city that sets it. Such a profile does not load, and the
message says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_ONLY: Final[dict[str, tuple[object, str]]] = {
    "basis_policy": ("STRICT", "a device basis by variance (APL 41(1))"),
    "summary_for_offsite": (False, "the summary procedure (APL 51)"),
    "service.consent_required": (True, "electronic service without consent, which NJ 16 does not allow"),
    "annex1.amount_unit": ("YUAN", "amounts in another unit"),
    "annex1.fine_basis": ("DECIDED_NET", "another basis of the fines"),
}
_ONLY_IN_RULES: Final[dict[str, tuple[object, str]]] = {
    "media.panorama_min": (0, "telling a panorama from another picture"),
    "media.closeup_min": (0, "telling a close-up from another picture"),
    "media.video_min_s": (0, "measuring a video"),
    "reviewers_to_accept": (2, "another number of reviewers"),
    "reviewers_to_reject": (1, "another number of reviewers who reject"),
}


def unbuilt(profile: Any) -> Iterator[str]:
    """Each figure that asks for what is not built, with what that is."""
    yield from _others(profile, _ONLY, "")
    for n, rules in enumerate(profile.rulesets):
        yield from _others(rules, _ONLY_IN_RULES, f"rulesets/{n}/")
    for place in profile.siting.prohibited_places:
        if place.signed_off_on > profile.valid_from:
            yield "siting/prohibited_places: a place is signed off before the profile is in force"


def _others(owner: Any, only: dict[str, tuple[object, str]], where: str) -> Iterator[str]:
    for path, (value, missing) in only.items():
        figure = owner
        for name in path.split("."):
            figure = getattr(figure, name)
        if figure != value:
            yield f"{where}{path.replace('.', '/')}: {missing} is not built; only {value} fits"
