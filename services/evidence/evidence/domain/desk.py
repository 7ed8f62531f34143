"""The review desk's own rules: who sees which capture next, and against which attribute a reason speaks.

nobody's ──take──▶ one officer's, for the lease ──lease over──▶ anybody's who takes it over
proposed ──▶ anybody's but the proposer's: the second officer is another person (APL 42)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from evidence.domain.checks import Code
from evidence.domain.review import Attribute

_AGAINST: Final = {
    "E-INT": Attribute.TRUE,
    "E-QLT": Attribute.CLEAR,
    "E-FAC": Attribute.ACCURATE,
    "E-SUB": Attribute.ACCURATE,
}
_FIRST: Final = (
    Code.BLURRED, Code.SUBJECT_UNRECOGNISABLE, Code.NO_VIOLATION, Code.PLATE_ERROR, Code.EMERGENCY_VEHICLE,
    Code.DUPLICATE, Code.PICTURE_MISSING, Code.PLACE_NOT_VISIBLE, Code.HANDLED_ON_SITE,
)  # fmt: skip


def against(code: Code) -> Attribute | None:
    """The attribute that is not present where `code` is true; None where all four may be (an emergency vehicle)."""
    return Attribute.COMPLETE if code is Code.PICTURE_MISSING else _AGAINST.get(code[:5])


def reasons() -> tuple[Code, ...]:
    """The codes by which an officer rejects. The nine that a picture shows most often come first, for nine keys."""
    return (*_FIRST, *(code for code in Code if code not in _FIRST))


def lease_began_before(at: datetime, *, minutes: int) -> datetime:
    """Whoever took a capture before this instant, and proposed nothing, holds it no longer.

    The desk then offers it to others. It stays a free choice to take it over earlier: a person falls ill.
    """
    return at - timedelta(minutes=minutes)
