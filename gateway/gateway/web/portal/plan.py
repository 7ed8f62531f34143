"""A plan of points to scale, drawn as SVG: an illustration of a list of devices, without base map and without borders.

Whoever shows a base map in China shows one that the state approved; a plan of points needs none (测绘法 第三十八条).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 360
_EDGE: Final = 28
_KM_A_DEGREE: Final = 111.32
_BARS_KM: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Point:
    """One device on the plan: its number in the list, and its place in the drawing's units."""

    n: int
    x: float
    y: float


@dataclass(frozen=True)
class Plan:
    """The drawing: its points, and a bar that is `bar_km` long. North is up."""

    points: tuple[Point, ...]
    bar: float
    bar_km: str


def plan_of(places: Sequence[tuple[int, float, float]]) -> Plan | None:
    """The plan of `places`: number, longitude and latitude in degrees. None without a place."""
    if not places:
        return None
    west, east = min(p[1] for p in places), max(p[1] for p in places)
    south, north = min(p[2] for p in places), max(p[2] for p in places)
    squeeze = cos(radians((south + north) / 2))
    # A single point, or points at one spot, still get a plan a kilometre wide.
    wide = max((east - west) * squeeze, 0.01)
    high = max(north - south, 0.01 * HEIGHT / WIDTH)
    scale = min((WIDTH - 2 * _EDGE) / wide, (HEIGHT - 2 * _EDGE) / high)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    points = tuple(
        Point(
            n,
            round(WIDTH / 2 + (x - middle_x) * squeeze * scale, 1),
            round(HEIGHT / 2 - (y - middle_y) * scale, 1),
        )
        for n, x, y in places
    )
    a_km = scale / _KM_A_DEGREE
    bar_km = max((km for km in _BARS_KM if km * a_km <= WIDTH / 4), default=_BARS_KM[0])
    return Plan(points, round(bar_km * a_km, 1), f"{bar_km:g}")
