"""What a party sees of a picture: a copy on which everything is covered but what concerns it (NJ 17; PIPL 6, 28).

    original ──cover──▶ copy, with a digest of its own     open: the box in which the device saw the vehicle,
                                                           and the regions that a reviewer opened, with a reason

The copy is never evidence: the original is the reference (EvR 57). Covered means filled with one colour, because what
is blurred can be made out again. A picture in which nothing is named and nothing was opened is covered as a whole, and
so is one of which the device named more than half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from common.values.errors import InputError, Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import OfficerId
from common.values.law import NJ_14, NJ_17
from evidence.domain.capture import CaptureOfDevice, Picture, State
from evidence.domain.lifecycle import Capture

METHOD: Final = "COVER/1"
"""One colour over every pixel outside the open boxes, written as a JPEG anew, so that no metadata of the original
stays. Another way gets another name."""

WIDEST: Final = Fraction(1, 2)
"""The largest share of a picture that a box of a device opens. A reviewer opens more, who has seen what lies there."""


@dataclass(frozen=True, order=True)
class Box:
    """A part of a picture in its pixels, from the upper left corner; `right` and `bottom` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    def lies_in(self, picture: Picture) -> bool:
        """Whether it is a box at all, and wholly in the picture."""
        return 0 <= self.left < self.right <= picture.width and 0 <= self.top < self.bottom <= picture.height

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True)
class RegionsOpened(CaptureOfDevice):
    """A reviewer says which parts of a picture its party may see beside the box of the capture, and why.

    `boxes` are all that are open from now on; none closes what was opened before.
    """

    type: ClassVar[str] = "evidence.regions_opened"

    by: OfficerId
    picture: int
    boxes: tuple[Box, ...]
    reason: Commitment


@dataclass(frozen=True)
class EvidenceRedacted(CaptureOfDevice):
    """A covered copy of a picture was made: from which bytes, how, what is open, and what came out."""

    type: ClassVar[str] = "evidence.redacted"

    picture: int
    derived_from: str
    method: str
    boxes: tuple[Box, ...]
    sha256: str
    size: int


@dataclass(frozen=True)
class Copy:
    """A covered copy as it is kept."""

    picture: int
    derived_from: str
    method: str
    boxes: tuple[Box, ...]
    sha256: str


@dataclass(frozen=True)
class Opened:
    """What a reviewer opened of the picture with this number."""

    picture: int
    boxes: tuple[Box, ...]


def boxes_in(opened: Sequence[Opened], picture: int) -> tuple[Box, ...]:
    """What was opened of this picture."""
    return next((each.boxes for each in opened if each.picture == picture), ())


def own_box(picture: Picture) -> Box | None:
    """The box that the device named in this picture; None without one, and for one that does not lie in it.

    None too for one that takes more than WIDEST of the picture: a device without a box of its own names the whole
    frame, and that would open everybody in it (PIPL 6).
    """
    if picture.claims.box is None:
        return None
    box = Box(*picture.claims.box)
    return box if box.lies_in(picture) and box.area <= WIDEST * picture.width * picture.height else None


def open_boxes(picture: Picture, opened: Sequence[Box]) -> tuple[Box, ...]:
    """Everything of `picture` that its party sees, sorted."""
    own = own_box(picture)
    return tuple(sorted({*opened, *([own] if own else [])}))


def picture_of(capture: Capture, n: int) -> Picture | None:
    """The picture with this number."""
    return capture.pictures[n - 1] if 1 <= n <= len(capture.pictures) else None


def require_shown(capture: Capture) -> None:
    """Refusal EVD_NOT_ACCEPTED unless the capture is evidence: what nobody reviewed shows nobody's act (NJ 14(1))."""
    if capture.state not in (State.ACCEPTED, State.FROZEN):
        facts = {"capture": capture.id, "state": capture.state}
        raise Refusal(Kind.CONFLICT, "EVD_NOT_ACCEPTED", facts, wording="party", article=NJ_14)


def open_regions(
    capture: Capture,
    *,
    picture: int,
    boxes: Sequence[Box],
    reason: Commitment,
    by: OfficerId,
    looked_at: frozenset[int],
) -> RegionsOpened:
    """Open these parts of a picture to its party, by somebody who looked at the original.

    A face, a bystander or another plate stays covered unless it is needed to prove the act (PIPL 6, 28): whoever opens
    a region has to have seen what lies in it.
    """
    require_shown(capture)
    shown = capture.pictures[picture - 1]
    errors = tuple(
        InputError(f"/boxes/{n}", "EVD_BOX_OUTSIDE", {"width": shown.width, "height": shown.height})
        for n, box in enumerate(boxes)
        if not box.lies_in(shown)
    )
    if errors:
        raise Refusal(Kind.INVALID, "EVD_BOXES_NOT_ACCEPTED", errors=errors)
    if picture not in looked_at:
        facts = {"capture": capture.id, "picture": picture}
        raise Refusal(Kind.CONFLICT, "EVD_PICTURE_NOT_OPENED", facts, article=NJ_17)
    return RegionsOpened(capture.id, capture.device_id, by, picture, tuple(sorted(set(boxes))), reason)


def redact(
    capture: Capture, *, picture: int, boxes: tuple[Box, ...], sha256: str, size: int
) -> EvidenceRedacted:
    """Record how a copy came about, so that anybody who has the original can make it again and compare."""
    original = capture.pictures[picture - 1].sha256
    return EvidenceRedacted(capture.id, capture.device_id, picture, original, METHOD, boxes, sha256, size)
