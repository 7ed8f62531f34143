"""The other agencies before a decision: one act is not fined twice, by whichever agency (APL 29).

They are asked before the decision's change opens. Their answer is a fact of the case, which the guard reads. An agency
that is about to decide the act itself has no answer yet. An agency that was urged and stays silent does not stop the
decision for ever: an officer may go on for a reason on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from case.domain.contents import OtherPenalty, OthersAnswer
from case.domain.procedure import ORDERABLE, Case, Changing, require_state
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId
from common.values.law import APL_29

_FRESH: Final = timedelta(minutes=5)
"""An older answer says too little about now."""


@dataclass(frozen=True)
class OtherAgenciesAsked(Changing):
    """The other agencies were asked whether they punished the act. `reason` commits to why it goes on unheard.

    `is_reached`: the exchange itself answered. `unanswered` are the agencies that did not, `urged` those of them that
    were urged for this case.
    """

    type: ClassVar[str] = "case.other_agencies_asked"

    by: OfficerId
    asked_at: datetime
    is_reached: bool
    asked: tuple[AgencyId, ...]
    penalties: tuple[OtherPenalty, ...]
    unanswered: tuple[AgencyId, ...]
    urged: tuple[AgencyId, ...]
    reason: Commitment | None

    def applied(self, case: Case) -> Case:
        may_go_on = self.is_reached and self.reason is not None and set(self.unanswered) <= set(self.urged)
        is_heard = self.is_reached and not self.unanswered
        answer = OthersAnswer(self.asked_at, self.penalties, is_heard or may_go_on, self.unanswered)
        return replace(case, others=answer)


@dataclass(frozen=True)
class Reply:
    """What came back: None of it is certain while `is_reached` is false."""

    is_reached: bool
    asked: tuple[AgencyId, ...] = ()
    penalties: tuple[OtherPenalty, ...] = ()
    unanswered: tuple[AgencyId, ...] = ()
    urged: tuple[AgencyId, ...] = ()


def note_answer(
    case: Case, reply: Reply, *, by: OfficerId, reason: Commitment | None, at: datetime
) -> OtherAgenciesAsked:
    """Record what the other agencies answered, and what they did not. After the decision nobody is asked.

    `at` is the hour before the question, when the attempt to decide began: the answer is never younger than that.
    """
    require_state(case, *ORDERABLE, act="asking the other agencies")
    return OtherAgenciesAsked(
        case.id,
        by,
        at,
        reply.is_reached,
        reply.asked,
        reply.penalties,
        reply.unanswered,
        reply.urged,
        reason,
    )


def require_heard(case: Case, at: datetime) -> None:
    """Raises Refusal CASE_OTHER_AGENCIES_SILENT unless the other agencies answered just now.

    Without their answer nobody knows whether the act was fined (APL 29). Where every silent agency was urged for this
    case, the decision may go on for a recorded reason.
    """
    others = case.others
    if others is None or others.asked_at < at - _FRESH or not others.may_decide:
        silent = others.unanswered if others else ()
        raise Refusal(
            Kind.UNAVAILABLE,
            "CASE_OTHER_AGENCIES_SILENT",
            {"case": case.id, "agencies": list(silent)},
            article=APL_29,
        )
