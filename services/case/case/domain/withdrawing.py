"""Who had a part in a case, and who had to withdraw from it (APL 43): who may not act in it, or not again."""

from __future__ import annotations

from case.domain.people import Hand
from case.domain.procedure import Case
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_43


def chairs(case: Case) -> frozenset[OfficerId]:
    """Who held a hearing of the case or is to hold it. A return of the investigation takes nothing of that back."""
    chair = case.hearing.chair if case.hearing else None
    return frozenset({*case.chairs, *([chair] if chair else [])})


def withdrawn(case: Case) -> frozenset[OfficerId]:
    """The officers who had to withdraw from `case`."""
    return frozenset(each.officer_id for each in case.recusals if each.granted)


def require_not_withdrawn(case: Case, hand: Hand, *, act: str) -> None:
    """Raises Refusal CASE_OFFICER_WITHDRAWN: who had to withdraw does nothing more in the case (APL 43)."""
    if hand.officer_id in withdrawn(case):
        raise Refusal(
            Kind.FORBIDDEN, "CASE_OFFICER_WITHDRAWN", {"officer": hand.officer_id, "act": act}, article=APL_43
        )
