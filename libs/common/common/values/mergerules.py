"""When captures are one act (APL 29): what they must have in common, how near they lie, and what ends an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class KeyPart(StrEnum):
    """What two captures of one act have in common."""

    PLATE_NO = "plate_no"
    ROAD_SEGMENT = "road_segment"
    VIOLATION_CODE = "violation_code"


class SplitEvent(StrEnum):
    """After which a new act may begin. A change of the calendar day is none."""

    STATE_ENDED = "STATE_ENDED"  # evidence or an officer shows that the state ended
    AFTER_PROMPT_WINDOW = "AFTER_PROMPT_WINDOW"  # the party was told, and did not put it right in its time
    AFTER_DECISION = "AFTER_DECISION"  # the penalty was served, and a reasonable time passed


@dataclass(frozen=True)
class Merge:
    """Captures with the same `key` and at most `max_gap_minutes` between them are one act, unless an event splits it.

    Places up to `segment_m` metres apart lie on one road segment. `after_decision_h` is the reasonable time that a
    party has after the service of a penalty to end the state. Without `violation_code` in the key, every code of the
    rule set can name the same act.

    Raises ValueError for a key that leaves the subject open, or for figures that give no time.
    """

    key: tuple[KeyPart, ...]
    max_gap_minutes: int
    split_on: tuple[SplitEvent, ...]
    segment_m: int
    after_decision_h: int

    @property
    def max_gap(self) -> timedelta:
        return timedelta(minutes=self.max_gap_minutes)

    def __post_init__(self) -> None:
        if KeyPart.PLATE_NO not in self.key:
            raise ValueError("the key of an act names its subject: plate_no")
        if self.max_gap_minutes < 0 or self.segment_m < 0 or self.after_decision_h < 1:
            raise ValueError("max_gap_minutes and segment_m are at least 0, after_decision_h at least 1")
