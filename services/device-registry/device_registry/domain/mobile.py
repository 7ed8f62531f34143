"""Devices that move: a vehicle and a drone. They are marked and published in their own way (PD 7; NJ 10).

A vehicle wears a livery, and the area that it watches is published. A drone has a notice of its route, and the route is
published. Every other device stands at the one place that its sign and its publication name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import NJ_2, PD_7
from common.values.profile import Profile
from device_registry.domain.device import Device, DeviceKind, SignKind

_LEAST_POINTS: Final = {DeviceKind.MOBILE_VEHICLE: 3, DeviceKind.UAV: 2}
"""An area has three corners, and a route has two ends."""


@dataclass(frozen=True)
class Point:
    """WGS-84 degrees with six decimals."""

    longitude: Decimal
    latitude: Decimal


def sign_of(kind: DeviceKind) -> SignKind:
    """The kind of sign by which people know a device of this kind."""
    match kind:
        case DeviceKind.MOBILE_VEHICLE:
            return SignKind.LIVERY
        case DeviceKind.UAV:
            return SignKind.ROUTE_NOTICE
        case _:
            return SignKind.SIGN


def require_watched(device: Device, watched: tuple[Point, ...], profile: Profile) -> None:
    """Refuse a device that moves without its area or route, and a device that stands still with one (PD 7)."""
    least = _LEAST_POINTS.get(device.kind, 0)
    if len(watched) < least or (watched and not least):
        facts = {"device": device.id, "kind": device.kind, "least": least}
        raise Refusal(Kind.INVALID, "DEV_WATCHED_AREA", facts, wording="" if least else "fixed", article=PD_7)
    outside = [n for n, point in enumerate(watched) if not _in_territory(point, profile)]
    if outside:
        facts = {"where": profile.city, "points": outside}
        raise Refusal(Kind.INVALID, "OUT_OF_TERRITORY", facts, wording="points", article=NJ_2)


def _in_territory(point: Point, profile: Profile) -> bool:
    return profile.territory is None or profile.territory.contains(point.longitude, point.latitude)
