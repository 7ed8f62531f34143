"""What the picture of a device shows that it may not show: the windows of homes (NJ 9; VSR 8).

The applicant draws the field of view: the areas of residential windows in it, and the masks that the device lays over
them at the source. Every corner is in thousandths of the picture's width and height, from its upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from common.values.errors import Kind, Refusal
from common.values.law import NJ_9, VSR_8

Corner = tuple[int, int]
Polygon = tuple[Corner, ...]


@dataclass(frozen=True)
class FieldOfView:
    """The sketch by its digest, and what is drawn in it. Without `windows` no home is in the picture."""

    sketch_sha256: str
    windows: tuple[Polygon, ...] = ()
    masks: tuple[Polygon, ...] = ()


def require_masked(view: FieldOfView) -> None:
    """Refuse a field of view with a residential window that no single mask covers from edge to edge (NJ 9; VSR 8)."""
    bare = [
        n for n, window in enumerate(view.windows) if not any(_covers(mask, window) for mask in view.masks)
    ]
    if bare:
        raise Refusal(Kind.INVALID, "DEV_PRIVACY_MASK_MISSING", {"windows": bare}, article=VSR_8)


def require_confirmed(view: FieldOfView | None, *, passes: bool, sample_sha256: str | None) -> None:
    """A review lets a masked view pass only with a sample image of the device, in which the reviewer saw the masks.

    A sketch is a promise; the picture shows whether the device keeps it (NJ 9; VSR 8).
    """
    if view is not None and view.windows and passes and sample_sha256 is None:
        facts = {"windows": len(view.windows)}
        raise Refusal(Kind.INVALID, "DEV_PRIVACY_MASK_UNCONFIRMED", facts, article=NJ_9)


def _covers(mask: Polygon, window: Polygon) -> bool:
    """Whether `window` lies in `mask` with its whole area; edges may touch.

    Its corners alone do not say so: a notch of the mask may reach between them. So no edge of the mask may cross one of
    the window, and neither a corner of the mask nor the middle of an edge may lie inside the window.
    """
    # Twice as large, so that the middle of an edge is a whole number too.
    mask, window = (tuple((2 * x, 2 * y) for x, y in polygon) for polygon in (mask, window))
    middles = (((a[0] + b[0]) // 2, (a[1] + b[1]) // 2) for a, b in _edges(mask))
    return (
        all(_inside(corner, mask, edge=True) for corner in window)
        and not any(_cross(a, b) for a in _edges(mask) for b in _edges(window))
        and not any(_inside(point, window, edge=False) for point in (*mask, *middles))
    )


def _edges(polygon: Polygon) -> Iterator[tuple[Corner, Corner]]:
    return pairwise((*polygon, polygon[0]))


def _side(a: Corner, b: Corner, point: Corner) -> int:
    """On which side of the line from `a` to `b` the point lies: the sign of the cross product."""
    cross = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return (cross > 0) - (cross < 0)


def _on(a: Corner, b: Corner, point: Corner) -> bool:
    within = min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
    return within and _side(a, b, point) == 0


def _cross(first: tuple[Corner, Corner], second: tuple[Corner, Corner]) -> bool:
    """Whether the edges cross in a point inside both."""
    (a, b), (c, d) = first, second
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _inside(point: Corner, polygon: Polygon, *, edge: bool) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times. `edge` is the answer for a point on it."""
    if any(_on(a, b, point) for a, b in _edges(polygon)):
        return edge
    odd = False
    for a, b in _edges(polygon):
        # Half-open in y, so that a ray through a corner meets exactly one of the two edges there.
        if (a[1] > point[1]) != (b[1] > point[1]):
            lower, upper = (a, b) if a[1] < b[1] else (b, a)
            odd ^= _side(lower, upper, point) < 0
    return odd
