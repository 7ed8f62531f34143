"""What a case holds of its captures whose device turned out, later, not to have been lawful (APL 41(1))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.ids import EvidenceId, OfficerId


class Way(StrEnum):
    """What the law leaves to choose once a capture is no evidence any more."""

    GO_ON = "GO_ON"  # enough other captures remain, and their devices were lawful
    KEEP = "KEEP"  # the mark was wrong: the registry says today that the device was lawful
    ELIMINATE = "ELIMINATE"  # a lead that was not filed counts against nobody any more
    END_LEAD = "END_LEAD"  # not filed, because no fact is shown
    NO_PENALTY = "NO_PENALTY"  # the decision that there is no violation
    REVOKE = "REVOKE"  # the decision is taken back


@dataclass(frozen=True)
class Invalidation:
    """One finding of the registry, by its record `source`, and the captures of the case that it takes away.

    It is open until somebody settled it in one of the ways of the law; `settle_by` is the last day for that.
    """

    number: int
    source: str
    guard: str
    codes: tuple[str, ...]
    evidence_ids: tuple[EvidenceId, ...]
    opened_at: datetime
    settle_by: date
    overdue_at: datetime | None = None
    way: Way | None = None
    settled_at: datetime | None = None
    settled_by: OfficerId | None = None

    @property
    def is_open(self) -> bool:
        return self.settled_at is None
