"""Is a device needed here, or does one stand here that can be shared (NJ 9(3))?

The registry lists the devices within `share_radius_m` of the profile that may serve the same purpose. The applicant
shares one of them, or says why none of them is enough. The reason is a text for the reviewers, who judge it as L8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import cos, radians
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId
from common.values.law import NJ_9
from common.values.profile import Bounds, Profile
from device_registry.domain.device import DeviceKind, Site, State
from device_registry.domain.places import metres_apart

_STEPS: Final = 100
"""Cells a degree: one is about 1.1 km from south to north, and never wider than that."""
_ROW: Final = 360 * _STEPS
_METRES_A_DEGREE: Final = 111_000

NOT_STANDING: Final = (State.DRAFT, State.REJECTED, State.STOPPED, State.RETIRED)
"""Wanted only, refused, or out of use: nothing that could be shared."""
MOVING: Final = (DeviceKind.MOBILE_VEHICLE, DeviceKind.UAV)
"""Such a device covers no place that another one could cover in its stead."""


@dataclass(frozen=True)
class Standing:
    """What any agency may know of a device of another, so that it can ask to share it."""

    id: DeviceId
    agency_id: AgencyId
    code: str | None
    kind: DeviceKind
    state: State
    place: str
    longitude: Decimal
    latitude: Decimal
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Near:
    """A device that may be enough, and how many metres away it stands."""

    device: Standing
    metres: int


def cell_of(longitude: Decimal | None, latitude: Decimal | None) -> int | None:
    """The number of the cell of one hundredth of a degree in which the point lies; None without a point.

    A whole number, because the index of PostgreSQL is used behind row-level security for comparisons of whole numbers
    and not for those of decimal ones.
    """
    if longitude is None or latitude is None:
        return None
    return _step(latitude + 90) * _ROW + _step(longitude + 180)


def cells_around(longitude: Decimal, latitude: Decimal, *, metres: int) -> tuple[int, ...]:
    """Every cell that a circle of this radius may touch, in ascending order."""
    south_north = Decimal(metres) / _METRES_A_DEGREE
    west_east = south_north / Decimal(max(cos(radians(float(latitude))), 0.01))
    rows = range(_step(latitude + 90 - south_north), _step(latitude + 90 + south_north) + 1)
    columns = range(_step(longitude + 180 - west_east), _step(longitude + 180 + west_east) + 1)
    return tuple(row * _ROW + column for row in rows for column in columns)


def cells_in(bounds: Bounds) -> tuple[int, ...]:
    """Every cell that a box touches, in ascending order."""
    rows = range(_step(bounds.south + 90), _step(bounds.north + 90) + 1)
    columns = range(_step(bounds.west + 180), _step(bounds.east + 180) + 1)
    return tuple(row * _ROW + column for row in rows for column in columns)


def near(
    standing: Iterable[Standing], site: Site, *, violations: Sequence[str], profile: Profile
) -> tuple[Near, ...]:
    """Those of `standing` within the profile's radius that may record one of `violations`, the nearest first."""
    if site.longitude is None or site.latitude is None:
        return ()
    found = [
        Near(device, metres_apart((site.longitude, site.latitude), (device.longitude, device.latitude)))
        for device in standing
        if device.state not in NOT_STANDING and device.kind not in MOVING
        if any(profile.siting.serves(has, wanted) for has in device.functions for wanted in violations)
    ]
    close = [each for each in found if each.metres <= profile.share_radius_m]
    return tuple(sorted(close, key=lambda each: (each.metres, each.device.id)))


def require_weighed(found: Sequence[Near], *, is_justified: bool, profile: Profile) -> None:
    """Refuse an application that shares no device nearby and does not say why (NJ 9(3))."""
    if found and not is_justified:
        facts = {"devices": [each.device.id for each in found], "radius_m": profile.share_radius_m}
        raise Refusal(Kind.CONFLICT, "DEV_DUPLICATE_COVERAGE", facts, article=NJ_9)


def _step(degrees: Decimal) -> int:
    return int((degrees * _STEPS).to_integral_value(ROUND_FLOOR))
