"""Which administrative division a device stands in (NJ 2).

A division is known by its name or code in the profile. Its box, where the profile has one, and the box of the
city are only a net for gross errors: a neighbour's edge may lie inside them, so a point never names a division.
"""

from __future__ import annotations

from common.values.errors import Violation
from common.values.law import NJ_2
from common.values.profile import Profile
from device_registry.domain.device import Site


def territory(site: Site, profile: Profile) -> Violation | None:
    """A device stands in a division of the profile, and its coordinates inside the box of that land (NJ 2)."""
    division = profile.division(site.division) if site.division else None
    if site.division and division is None:
        return Violation("OUT_OF_TERRITORY", str(NJ_2), {"division": site.division, "profile": profile.id})
    box = division.bounds if division and division.bounds else profile.territory
    longitude, latitude = site.longitude, site.latitude
    if (
        longitude is not None
        and latitude is not None
        and box is not None
        and not box.contains(longitude, latitude)
    ):
        where = division.name if division else profile.city
        return Violation("OUT_OF_TERRITORY", str(NJ_2), {"where": where}, wording="coordinates")
    if division is None:
        return Violation("TERRITORY_UNKNOWN", str(NJ_2))
    return None
