"""What a case holds about its execution: the demand, what the party said to it, and the course at the court."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.ids import DocumentId


class Ruling(StrEnum):
    """What the court said, in the order it may say it (AEL 56–58)."""

    ACCEPTED = "ACCEPTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"


class EndGround(StrEnum):
    """Why an execution ends without full payment."""

    DEATH = "DEATH"  # AEL 40(1)
    DISSOLUTION = "DISSOLUTION"  # AEL 40(2)
    OBJECT_LOST = "OBJECT_LOST"  # AEL 40(3)
    DECISION_REVOKED = "DECISION_REVOKED"  # AEL 40(4)
    OTHER = "OTHER"  # AEL 40(5)
    SUSPENDED_FOR_GOOD = "SUSPENDED_FOR_GOOD"  # AEL 39(2)
    REFUSED_BY_COURT = "REFUSED_BY_COURT"  # AEL 56, 58
    RIGHT_LOST = "RIGHT_LOST"  # AEL 53


class RestGround(StrEnum):
    """Why an execution rests (AEL 39(1))."""

    NO_ABILITY = "NO_ABILITY"
    CLAIM_OF_OTHERS = "CLAIM_OF_OTHERS"
    IRREPARABLE_LOSS = "IRREPARABLE_LOSS"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Demand:
    """The demand to pay. `surcharge_reference` is the bank's for the surcharge, which it claims apart."""

    document_id: DocumentId
    issued_at: datetime
    surcharge_reference: str
    served_at: datetime | None = None
    answer_until: datetime | None = None


@dataclass(frozen=True)
class Objection:
    """What the party said to the demand (AEL 36)."""

    number: int
    submitted_at: datetime
    answered: bool = False
    adopted: bool | None = None


@dataclass(frozen=True)
class Court:
    """The application and the court's words. `objected_on`: the agency went to the next higher court."""

    document_id: DocumentId
    applied_on: date
    ruling: Ruling | None = None
    ruled_on: date | None = None
    objected_on: date | None = None
    rests_since: date | None = None
    rest_ground: RestGround | None = None


@dataclass(frozen=True)
class Execution:
    """The execution of a penalty that was not performed, as far as it went."""

    demand: Demand | None = None
    objections: tuple[Objection, ...] = ()
    court: Court | None = None
    ended: EndGround | None = None

    @property
    def said_to_demand(self) -> tuple[Objection, ...]:
        """The objections to the demand that stands, without those to one before a change of the decision."""
        if self.demand is None:
            return ()
        since = self.demand.issued_at
        return tuple(said for said in self.objections if said.submitted_at >= since)
