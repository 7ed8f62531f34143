"""The letters between agencies (D-37), as the records of their acts name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LetterKind(StrEnum):
    """协助函, 复函, 催促函. Each is a series of numbers of its own in every agency."""

    REQUEST = "REQUEST"
    REPLY = "REPLY"
    URGING = "URGING"


@dataclass(frozen=True)
class Letter:
    """A letter that was made: its printed number, the place of that number, its template, the SHA-256 of its bytes."""

    kind: LetterKind
    series: str
    year: int
    serial: int
    number: str
    template: str
    sha256: str
    made_at: datetime
