"""Evidence review rules: the pictures that a capture must have, and how many officers must accept it (NJ 14(2))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from common.values.mergerules import Merge


@dataclass(frozen=True)
class Media:
    """The pictures and the video that a capture must hold; the interval is between its first and last picture."""

    pictures_min: int
    panorama_min: int
    closeup_min: int
    interval_min_s: int
    video_min_s: int


@dataclass(frozen=True)
class Correction:
    """How an act of the matter is put right: `how` is what a prompt asks of the party unless an officer says more."""

    window_minutes: int
    how: str


@dataclass(frozen=True)
class RuleSet:
    """The evidence review rules of one matter (NJ 14(2)). Immutable once used."""

    code: str
    version: int
    effective_from: date
    violation_codes: tuple[str, ...]
    media: Media
    required_fields: tuple[str, ...]
    reviewers_to_accept: int
    reviewers_to_reject: int
    measured: bool
    correctable: bool
    correction: Correction
    merge: Merge
    exemptions: tuple[str, ...]
    ai_auto_accept: bool
    ai_auto_reject: bool

    @property
    def id(self) -> str:
        """The name a review stores: `CITY.SIDEWALK_PARKING@3`."""
        return f"{self.code}@{self.version}"
