"""What a party sees of a picture, and the order that opens a part of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.web.wire import In, Out, Text

_Side = Annotated[int, Field(ge=0, le=100_000, strict=True)]


class BoxOrder(In):
    """A part of a picture in its pixels, from the upper left corner; `right` and `bottom` lie just outside."""

    left: _Side
    top: _Side
    right: _Side
    bottom: _Side


class RegionsOrder(In):
    """All parts of one picture that its party sees beside the box of the capture, and why; an empty list closes them.

    What is not needed to prove the act stays covered: faces, bystanders, other plates (PIPL 6, 28).
    """

    picture: Annotated[int, Field(ge=1, le=1_000, strict=True)]
    boxes: list[BoxOrder] = Field(max_length=20)
    reason: Text


class BoxView(Out):
    """A part of a picture, as in the order."""

    left: int
    top: int
    right: int
    bottom: int


class RedactionView(Out):
    """One picture: the box that its device named, null without one, and what a reviewer opened.

    At `href` is the copy as its party sees it.
    """

    n: int
    width: int
    height: int
    own: BoxView | None
    opened: list[BoxView]
    href: str


class RedactionsView(Out):
    """The pictures of a capture, in the order of their numbers."""

    items: list[RedactionView]
