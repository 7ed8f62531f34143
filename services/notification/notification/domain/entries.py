"""The entries of an inbox: what a party learns of a message, and the cursor that says how far a phone has read.

    ITEM ──▶ UPDATE … ──▶ TOMBSTONE          one message, as its entries tell of it

An inbox numbers its entries 1, 2, 3 … without a gap. Only what a party can see takes a place: a message that failed
never arrived and has none. After some days an entry is deleted where a later one of the same message stands; a phone
that had not read so far begins anew.

    cursor   12        every entry up to place 12 was read
             12.40     the same, by a phone that began when the entries up to place 40 had been thinned out
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from notification.domain.message import Message, MessageErased


class Change(StrEnum):
    """What a party learns of a message: it came, it is another now, it is gone."""

    ITEM = "ITEM"
    UPDATE = "UPDATE"
    TOMBSTONE = "TOMBSTONE"


def change_of(before: Message, facts: Sequence[Fact], *, after: Message) -> Change | None:
    """The one entry that `facts`, recorded together, put into the party's inbox; None where the party sees no change.

    `before` and `after` are the message before and after all of them. A message that is gone tells of nothing more.
    """
    if before.is_gone or not facts:
        return None
    if not after.is_arrived:
        return Change.TOMBSTONE if before.is_arrived else None  # its arrival was denied
    if any(isinstance(fact, MessageErased) for fact in facts):
        return Change.TOMBSTONE if before.is_arrived else None
    return Change.UPDATE if before.is_arrived else Change.ITEM


_CURSOR: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?")


@dataclass(frozen=True)
class Reach:
    """How far the entries of an inbox reach: the last place given, and the last that was thinned out. 0 for none."""

    last: int
    thinned: int


EMPTY: Final = Reach(0, 0)


@dataclass(frozen=True)
class Cursor:
    """Every entry up to `place` was read. `begun` is the thinned-out place that the reader started above."""

    place: int = 0
    begun: int | None = None

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that `text` writes; the empty text is the beginning. Refusal CURSOR_UNKNOWN."""
        if not text:
            return cls()
        numbers = _CURSOR.fullmatch(text)
        if numbers is None:
            raise Refusal(Kind.MALFORMED, "CURSOR_UNKNOWN", wording="as_is")
        return cls(int(numbers[1]), int(numbers[2]) if numbers[2] else None)

    def moved(self, place: int, reach: Reach) -> str:
        """The cursor of a reader that went on from here to `place`, as text."""
        return str(place) if place >= reach.thinned else f"{place}.{reach.thinned}"

    def is_within(self, reach: Reach) -> bool:
        """Whether the entries after this cursor are all there.

        A cursor beyond the last place is from before the restoration of an older backup: what it read is not ours.
        """
        if self.place > reach.last:
            return False
        return self.place == 0 or self.place >= reach.thinned or self.begun == reach.thinned


def require_within(cursor: Cursor, reach: Reach, *, kept_d: int) -> None:
    """Raises Refusal NOTI_CURSOR_GONE (410) for a reader who would miss entries: it has to begin anew."""
    if not cursor.is_within(reach):
        raise Refusal(Kind.GONE, "NOTI_CURSOR_GONE", {"days": kept_d})
