"""The city's own rules on where a device may stand, and on when one that stands there already is enough (NJ 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ProhibitedPlace:
    """A type of place where the city allows no device, beside those of NJ 9 and VSR 8.

    `signed_off_by` is the legal office that agreed, on the day `signed_off_on`: without it the list does not grow.
    """

    place_type: str
    signed_off_by: str
    signed_off_on: date

    def __post_init__(self) -> None:
        if not self.signed_off_by.strip():
            raise ValueError("an additional prohibited place names the legal office that signed it off")


@dataclass(frozen=True)
class SitingRules:
    """`prohibited_places` only adds: the floor of VSR 8 stands in the registry, and nothing here can lower it.

    A device may serve an application for another violation too if both stand in one group of `compatible_violations`.
    A device for the same violation always may.
    """

    prohibited_places: tuple[ProhibitedPlace, ...]
    compatible_violations: tuple[tuple[str, ...], ...]

    def prohibits(self, place_type: str) -> bool:
        """Whether the city added this type of place."""
        return any(place.place_type == place_type for place in self.prohibited_places)

    def serves(self, violation: str, wanted: str) -> bool:
        """Whether a device that records `violation` may record `wanted` too."""
        return violation == wanted or any(
            violation in group and wanted in group for group in self.compatible_violations
        )
