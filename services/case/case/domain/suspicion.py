"""What a case holds of a suspected crime: the team, the report, the head's decision, the answer of the police."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.ids import AgencyId, DocumentId, ExchangeId, OfficerId


class PoliceAnswer(StrEnum):
    """What the police said: they filed the case, they did not, or it came back for another reason."""

    FILED = "FILED"
    NOT_FILED = "NOT_FILED"
    RETURNED = "RETURNED"


class CourtResult(StrEnum):
    """How the case that the police filed ended, in the words of the exchange."""

    PENALISED = "PENALISED"
    NOT_PENALISED = "NOT_PENALISED"
    PROSECUTED = "PROSECUTED"
    NOT_PROSECUTED = "NOT_PROSECUTED"


_GOES_ON = (CourtResult.NOT_PENALISED, CourtResult.NOT_PROSECUTED)


@dataclass(frozen=True)
class SuspectedCrime:
    """One suspicion. `team` is empty where the exchange told of a transfer that nobody prepared here.

    `decide_by` is the last day of the head; `approved` is None until the head decided.
    """

    number: int
    team: tuple[OfficerId, ...]
    named_at: datetime
    reported_at: datetime | None = None
    decide_by: date | None = None
    approved: bool | None = None
    document_id: DocumentId | None = None
    exchange_id: ExchangeId | None = None
    to_agency_id: AgencyId | None = None
    answer: PoliceAnswer | None = None
    result: CourtResult | None = None

    @property
    def bars_penalty(self) -> bool:
        """Whether nobody may be punished for the act as long as this stands (CrimT 11; APL 35(2))."""
        if self.approved is False or self.answer in (PoliceAnswer.NOT_FILED, PoliceAnswer.RETURNED):
            return False
        return self.result not in _GOES_ON


Suspicions = tuple[SuspectedCrime, ...]


def open_suspicion(crimes: Suspicions) -> SuspectedCrime | None:
    """The suspicion that still stands, if there is one."""
    return next((crime for crime in reversed(crimes) if crime.bars_penalty), None)
