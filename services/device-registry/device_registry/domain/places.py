"""How far two places lie apart."""

from __future__ import annotations

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

Place = tuple[Decimal, Decimal]
"""Longitude and latitude, WGS-84 degrees."""


def metres_apart(first: Place, second: Place) -> int:
    """Whole metres between two points, on a sphere of 6,371 km; rounded up."""
    from_lon, from_lat, to_lon, to_lat = (radians(degrees) for degrees in (*first, *second))
    half = sin((to_lat - from_lat) / 2) ** 2 + cos(from_lat) * cos(to_lat) * sin((to_lon - from_lon) / 2) ** 2
    metres = 2 * 6_371_000 * asin(sqrt(half))
    return int(metres) + (metres > int(metres))
