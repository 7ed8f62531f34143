"""Lists in pages: how many items, and after which one. A route lists `limit + 1` items and shows `limit` of them.

cursor   base64url of the place of the last item shown: its id, or its number in the list
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from common.values.errors import Kind, Refusal

P = TypeVar("P")
T = TypeVar("T")

Cursor = Annotated[str, Query(max_length=120)]
Limit = Annotated[int, Query(ge=1, le=200)]


def after(cursor: str, place: Callable[[str], P]) -> P | None:
    """The place after which the page begins; None for the first page.

    `place` reads it and raises ValueError for anything else. Refusal CURSOR_UNKNOWN.
    """
    if not cursor:
        return None
    try:
        return place(base64.urlsafe_b64decode(cursor).decode())
    except ValueError:
        raise Refusal(Kind.MALFORMED, "CURSOR_UNKNOWN", wording="as_is") from None


def next_cursor(listed: Sequence[T], limit: int, place: Callable[[T], object]) -> str | None:
    """The cursor of the page after this one; None where `listed` holds no more than `limit` items."""
    if len(listed) <= limit:
        return None
    return base64.urlsafe_b64encode(str(place(listed[limit - 1])).encode()).decode()


def next_group(listed: Sequence[T], limit: int, place: Callable[[T], object]) -> tuple[list[T], str | None]:
    """Of a list in groups that lie side by side, the first `limit` groups and the cursor of the page after them.

    `place` names the group of an item. The list holds the items of `limit` + 1 groups, or all that there are.
    """
    groups = list(dict.fromkeys(place(item) for item in listed))
    shown = set(groups[:limit])
    return [item for item in listed if place(item) in shown], next_cursor(groups, limit, lambda group: group)
