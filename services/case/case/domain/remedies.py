"""The remedies that a party takes against a decision, as the case holds them (C-28; ARL, ALL).

    through the deciding agency (ARL 32)
      RECEIVED ─(five working days)─┬─ forward ──▶ PASSED_ON ─ summons ─▶ TAKEN_UP ─ result ─▶ ENDED
                                    └─ correct ──▶ CORRECTED, and the organ is named to who insists (ARR 38)
    straight to the organ or the court
      TAKEN_UP ─ answer with the evidence, in time or no evidence (ARL 48, 54, 70; ALL 67) ─ result ─▶ ENDED

A remedy lies over the state of its case: it suspends no execution by itself (APL 73(1)), bears no surcharge
(APL 73(3)), and keeps the case from its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from case.domain.contents import Proposal
from case.domain.outcomes import Outcome
from common.values.calendar import DAY, Stop
from common.values.ids import DocumentId


class Forum(StrEnum):
    """Who judges the decision: a reconsideration organ (行政复议) or a court (行政诉讼)."""

    RECONSIDERATION = "RECONSIDERATION"
    LITIGATION = "LITIGATION"


class Stage(StrEnum):
    RECEIVED = "RECEIVED"
    CORRECTED = "CORRECTED"
    PASSED_ON = "PASSED_ON"
    TAKEN_UP = "TAKEN_UP"
    ENDED = "ENDED"


class Procedure(StrEnum):
    """The procedure of a reconsideration: it sets the agency's days to answer (ARL 48, 54)."""

    ORDINARY = "ORDINARY"
    SIMPLIFIED = "SIMPLIFIED"


class Halt(StrEnum):
    """Why the execution is suspended (ARL 42; ALL 56). Nothing else suspends it (APL 73(1))."""

    AGENCY = "AGENCY"  # the agency itself holds it necessary
    ORGAN = "ORGAN"  # the organ or the court does
    APPLICANT = "APPLICANT"  # the applicant asked, and the organ or the court found it reasonable
    LAW = "LAW"  # a law, regulation or rule says so


class Result(StrEnum):
    """How a remedy ended. `ORDERED_ANEW` revokes the decision and orders the agency to decide again."""

    UPHELD = "UPHELD"
    CHANGED = "CHANGED"
    REVOKED = "REVOKED"
    CONFIRMED_UNLAWFUL = "CONFIRMED_UNLAWFUL"
    INVALID = "INVALID"
    ORDERED_ANEW = "ORDERED_ANEW"
    WITHDRAWN = "WITHDRAWN"
    DISMISSED = "DISMISSED"


class Flaw(StrEnum):
    """Why the decision fell (ARL 64(1); ALL 70)."""

    FACTS = "FACTS"
    LAW = "LAW"
    PROCEDURE = "PROCEDURE"
    COMPETENCE = "COMPETENCE"
    ABUSE = "ABUSE"
    IMPROPER = "IMPROPER"
    NO_EVIDENCE = "NO_EVIDENCE"  # the agency did not answer (ARL 70)


class Late(StrEnum):
    """A duty of the agency that was not done by its day."""

    HANDLING = "HANDLING"
    ANSWER = "ANSWER"
    ANEW = "ANEW"


@dataclass(frozen=True)
class Anew:
    """The decision was ordered anew: until when, and what may not be decided again on the same report and captures.

    `report` and `evidence` are the digests of what the fallen decision rested on; `may_repeat`: it fell for its
    procedure, so the same may be decided again once that is in order (ARL 64(2)). `proposal` is the fallen penalty,
    None where `outcome` was not to punish.
    """

    until: datetime
    fallen: DocumentId
    outcome: Outcome
    proposal: Proposal | None
    report: bytes
    evidence: bytes
    may_repeat: bool


@dataclass(frozen=True)
class Remedy:
    """One remedy, the `number`th of its case.

    `filed_on` is the day on which the party filed it, with the agency or with the organ; `in_time` says whether that
    was within the period of reconsideration or of a suit, as far as is on record. `handle_until` ends the agency's
    five working days (ARL 32), `answer_until` its time to answer. `told_on` is the day on which the applicant was told
    of the agency's own correction (ARR 38), `insisted_on` that on which the organ was named to who insists. `period_on`
    is the day from which the period of the remedy runs.
    """

    number: int
    forum: Forum
    is_through_agency: bool
    stage: Stage
    filed_on: date
    in_time: bool
    handle_until: datetime | None = None
    procedure: Procedure | None = None
    accepted_on: date | None = None
    answer_until: datetime | None = None
    answer_document_id: DocumentId | None = None
    period_on: date | None = None
    told_on: date | None = None
    insisted_on: date | None = None
    halt: Halt | None = None
    ended_on: date | None = None
    result: Result | None = None
    flaw: Flaw | None = None
    anew: Anew | None = None
    late: tuple[Late, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide about it."""
        return self.stage not in (Stage.CORRECTED, Stage.ENDED)

    @property
    def waits_for_answer(self) -> bool:
        """Whether the agency owes the organ or the court its answer with the evidence."""
        return self.stage is Stage.TAKEN_UP and self.answer_until is not None and not self.answer_document_id

    @property
    def surcharge_stop(self) -> Stop:
        """The days that bear no surcharge: from the filing to the end, both counted (APL 73(3))."""
        last = self.ended_on or self.told_on
        return Stop(self.forum, self.filed_on, last + DAY if last else date.max)

    @property
    def period_stop(self) -> Stop | None:
        """The days that do not count in the sixty: from the submission to the notice of the correction (ARR 38(2)).

        Submitted on day 50 and told on day 55: days 50 to 54 are out, day 55 is the fiftieth, and ten are left. Who
        submitted on the last day may so go to the organ on the day of the notice itself.
        """
        if self.told_on is None:
            return None
        return Stop(CORRECTION, self.filed_on, self.told_on)


CORRECTION = "SELF_CORRECTION"
"""The reason of the clock stop of ARR 38(2)."""
