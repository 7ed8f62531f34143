"""How a case stands to its act (APL 29): ended, one with the act of another case, or found distinct."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.values.ids import CaseId


@dataclass(frozen=True)
class Act:
    """What is on record about the act of a case.

    `same_as` is the case with which this one is about one act; after `merged_at` only that one goes on. `ended_at` is
    when the state ended as evidence or an officer shows.
    """

    same_as: CaseId | None = None
    merged_at: datetime | None = None
    ended_at: datetime | None = None


UNKNOWN: Final = Act()
"""Nothing is on record beside the captures."""
