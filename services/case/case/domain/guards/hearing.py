"""What the party was told and could answer, and that its answer did not harm it."""

from __future__ import annotations

from dataclasses import replace

from case.domain.contents import Notice
from case.domain.defence import is_window_over
from case.domain.guards.figures import figures_set
from case.domain.guards.question import Question, violation
from case.domain.investigation import must_offer_hearing
from case.domain.lawoftime import item_notified
from case.domain.procedure import DELIBERATING, State
from case.domain.weighing import is_not_aggravated
from common.values.errors import Violation
from common.values.law import APL_44, APL_45, APL_45_2, APL_63


def notified(q: Question) -> Violation | None:
    """Without a served prior notice there is no decision (APL 44, 62)."""
    if q.served:
        return None
    return violation("CASE_PRIOR_NOTICE_REQUIRED", APL_44)


def notice_unchanged(q: Question) -> Violation | None:
    """What is decided is what was notified: another violation, or another clause, needs a new notice (APL 44).

    A lighter kind of penalty does not: the party could speak to the heavier one. A heavier kind is an aggravation.
    """
    if not q.served or any(_tells_clauses(q, notice) for notice in q.named):
        return None
    return violation("CASE_NOTICE_CHANGED", APL_44)


def answered_in_time(q: Question) -> Violation | None:
    """The party's time to answer has passed, or they said that they are done (APL 45)."""
    if not q.served or is_window_over(replace(q.case, notices=q.served), q.at):
        return None
    until = max(n.defence_until for n in q.served if n.defence_until is not None)
    return violation("CASE_DEFENCE_PERIOD_RUNNING", APL_45, {"until": until}, wording="decision")


def defence_reviewed(q: Question) -> Violation | None:
    """Every statement of the party is answered, by someone who did not accept the evidence (APL 45(1), 62)."""
    reviewer = q.case.defence_reviewed_by
    if not q.served:
        return None
    separate = reviewer is not None and reviewer not in q.case.evidence_reviewers
    is_reviewed = q.case.state in (State.DEFENCE_REVIEW, *DELIBERATING)
    if separate and is_reviewed and all(stated.answered for stated in q.case.defences):
        return None
    return violation("CASE_DEFENCE_NOT_REVIEWED", APL_45, wording="decision")


def not_aggravated(q: Question) -> Violation | None:
    """The penalty is not heavier than notified (APL 45(2)), whatever the party said in between."""
    notified = tuple(notice.proposal for notice in q.named)
    if not notified or is_not_aggravated(q.proposal, notified):
        return None
    heaviest = max(proposal.fine_fen for proposal in notified)
    return violation(
        "CASE_AGGRAVATION_FORBIDDEN",
        APL_45_2,
        {"kind": q.proposal.kind, "fine_fen": q.proposal.fine_fen, "heaviest": heaviest},
    )


def hearing_offered(q: Question) -> Violation | None:
    """Where the fine reaches the threshold, the party was told of the right to a hearing (APL 63)."""
    if figures_set(q) is not None or q.case.party is None:
        return None
    if not must_offer_hearing(q.proposal, q.case.party, q.terms.profile):
        return None
    if any(n.hearing_offered for n in q.served):
        return None
    return violation("CASE_HEARING_NOT_OFFERED", APL_63, {"fine_fen": q.proposal.fine_fen})


def _tells_clauses(q: Question, notice: Notice) -> bool:
    """Whether the notice named the clauses that the decision rests on. A milder law may be another one (APL 37)."""
    told = item_notified(q.case, notice, q.terms)
    return told is None or (told.violated, told.penalty) == (q.item.violated, q.item.penalty)
