"""The head sends an investigation back (APL 57(1): 对调查结果进行审查).

What the two officers signed falls with it: they sign anew, the party is notified anew, and every period runs anew. What
the party said and what was answered stays on record. Of the earlier notices none carries a decision any more, but each
still says how heavy a new one may be (APL 45(2)).
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, State, require_no_doubt, require_state
from common.values.facts import Commitment
from common.values.ids import OfficerId

RETURNABLE: Final = (
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    State.HEARING,
    State.LEGAL_REVIEW,
    State.COLLECTIVE_DISCUSSION,
)
"""From the report to the decision, but not while a notice is on its way: what is served then would be void."""


class OfDeliberation(Changing, ABC):
    """A fact of the way from the report to the decision. Each may end what is on record of that way."""


@dataclass(frozen=True)
class InvestigationReturned(OfDeliberation):
    """The head sent the investigation back. `reason` commits to what is to be looked at again."""

    type: ClassVar[str] = "case.investigation_returned"

    by: OfficerId
    reason: Commitment
    returned_at: datetime

    def applied(self, case: Case) -> Case:
        return returned(case, self.returned_at)


def return_investigation(
    case: Case, *, reason: Commitment, hand: Hand, at: datetime
) -> InvestigationReturned:
    """Send the investigation back to its two officers, for a reason (C-12 anew)."""
    require_state(case, *RETURNABLE, act="returning the investigation")
    require_no_doubt(case, act="returning the investigation")
    require_separate(
        hand.officer_id,
        frozenset(case.officers),
        act="return the investigation",
        other="investigated the case",
    )
    return InvestigationReturned(case.id, hand.officer_id, reason, at)


def returned(case: Case, at: datetime) -> Case:
    """`case` with its investigation open again: its signatures, and all that rested on them, are void."""
    return replace(
        case,
        state=State.INVESTIGATING,
        round=case.round + 1,
        returned_at=at,
        signatures=(),
        conclusion=None,
        hearing=None,
        past_hearings=(*case.past_hearings, *([case.hearing] if case.hearing else [])),
        legal_review=None,
        discussion=None,
        service_ordered=None,
    )
