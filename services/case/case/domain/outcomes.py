"""The lawful ends of a case beside a penalty, and what is on record before one of them may be chosen.

    before filing   NOT_FILED with one of the reasons of `Unfiled`
    after filing    DECIDED with one of the outcomes of `Outcome` (APL 57)

What shows an outcome (a correction, a first offence, an education, an adopted defence) is recorded by itself, so that
nobody asserts it only when the outcome needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from common.values.ids import DocumentId, OfficerId


class Outcome(StrEnum):
    """What is decided (APL 57(1)). The transfer of a suspected crime (APL 27, 57(1)(4)) is not built.

    NO_PENALTY_DUPLICATE ends a filed case whose act another agency fined (APL 29): nobody may fine it again, and
    nothing else would end it.
    """

    PENALTY = "PENALTY"
    NO_PENALTY_MINOR = "NO_PENALTY_MINOR"
    NO_PENALTY_FIRST_OFFENCE = "NO_PENALTY_FIRST_OFFENCE"
    NO_PENALTY_NO_FAULT = "NO_PENALTY_NO_FAULT"
    NO_PENALTY_CAPACITY = "NO_PENALTY_CAPACITY"
    NO_PENALTY_DUPLICATE = "NO_PENALTY_DUPLICATE"
    NO_VIOLATION = "NO_VIOLATION"
    TIME_BARRED = "TIME_BARRED"


class Unfiled(StrEnum):
    """Why a lead becomes no case (APL 29, 30, 31, 33, 36, 57; RTP 22)."""

    MINOR_CORRECTED = "MINOR_CORRECTED"
    FIRST_OFFENCE_CORRECTED = "FIRST_OFFENCE_CORRECTED"
    NO_FACT = "NO_FACT"
    EXEMPT = "EXEMPT"
    DUPLICATE = "DUPLICATE"
    TIME_BARRED = "TIME_BARRED"
    MINOR_UNDER_14 = "MINOR_UNDER_14"
    INCAPACITY = "INCAPACITY"
    NO_FAULT = "NO_FAULT"
    PARTY_UNKNOWN = "PARTY_UNKNOWN"


ELIMINATED: Final = frozenset({Unfiled.NO_FACT, Unfiled.EXEMPT, Unfiled.DUPLICATE})
"""The reasons after which the suspicion is eliminated: nothing of it may count against the party (RTP 22)."""

UNEDUCATED: Final = ELIMINATED | {Unfiled.PARTY_UNKNOWN}
"""The reasons without an education: there was no violation to speak of, or nobody to speak to (APL 33(3))."""

UNEDUCATED_OUTCOMES: Final = frozenset({Outcome.NO_VIOLATION, Outcome.NO_PENALTY_DUPLICATE})
"""The decisions without an education: no violation, or one whose agency, which fined it, dealt with the party."""

WAIVED: Final = frozenset({Unfiled.MINOR_CORRECTED, Unfiled.FIRST_OFFENCE_CORRECTED})
"""The reasons that count as an earlier violation where the city counts waived leads."""


class Effect(StrEnum):
    """What an adopted statement of the party removes: the facts, the party, its fault, or a part of the amount."""

    FACTS = "FACTS"
    PARTY = "PARTY"
    FAULT = "FAULT"
    AMOUNT = "AMOUNT"


EXCLUDING: Final = frozenset({Effect.FACTS, Effect.PARTY, Effect.FAULT})
"""What leaves nothing to punish (APL 33(2), 40, 57(1)(3))."""


class Harm(StrEnum):
    """The harm of the act, as an officer finds it (APL 33(1))."""

    NONE = "NONE"
    SLIGHT = "SLIGHT"
    SERIOUS = "SERIOUS"


class ShownBy(StrEnum):
    """How an officer knows that the act was put right."""

    RECHECK_CAPTURE = "RECHECK_CAPTURE"
    PARTY_PROOF = "PARTY_PROOF"
    ON_SITE = "ON_SITE"


class Choice(StrEnum):
    """What the officer chose where the law leaves the choice: 可以不予行政处罚 (APL 33(1))."""

    WAIVE = "WAIVE"
    PROCEED = "PROCEED"


class Told(StrEnum):
    """How the party was educated."""

    IN_PERSON = "IN_PERSON"
    BY_PHONE = "BY_PHONE"
    IN_WRITING = "IN_WRITING"


@dataclass(frozen=True)
class Correction:
    """The act was put right at `corrected_at`, as an officer confirmed."""

    corrected_at: datetime
    shown_by: ShownBy


@dataclass(frozen=True)
class FirstOffence:
    """The look-back: how many earlier violations of the party were found since `lookback_from`, and which agencies said
    nothing. `choice` is None until an officer chose.
    """

    checked_at: datetime
    lookback_from: date
    hits: int
    silent: int
    harm: Harm
    choice: Choice | None = None

    @property
    def is_first(self) -> bool:
        return self.hits == 0

    @property
    def may_be_waived(self) -> bool:
        """A first offence with slight harm, or none: where it was corrected in time, the law leaves the choice."""
        return self.is_first and self.harm is not Harm.SERIOUS


@dataclass(frozen=True)
class Education:
    """The party was told what the law asks (APL 33(3)): the text is the document's, the proof a file of the case."""

    document_id: DocumentId
    told_at: datetime
    how: Told
    proof_sha256: str


@dataclass(frozen=True)
class NonFiling:
    """A lead that is to become no case, and for what reason. `ended_at` is None until the second person agreed."""

    reason: Unfiled
    proposed_by: OfficerId
    ended_at: datetime | None = None
