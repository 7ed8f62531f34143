"""The money of a decision that fell and is made again: what was paid goes back, and the new fine stands alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from case.domain.contents import Decision
from case.domain.money import Part, RefundCause, Relief
from case.domain.obligation import payment_due
from case.domain.paying import is_payable, pay
from case.domain.procedure import Case, State, after
from case.domain.refunding import RefundOpened, settle_money, settle_surplus
from case.domain.relief import late_fen, references, require_plan
from case.domain.remedies import Flaw, Result
from case.domain.surcharge import amount_due, covered_at
from common.values.calendar import DAY, legal_day, start_of
from common.values.ids import DocumentId
from common.values.law import APL_66_2, APL_67, APL_72, ARR_58, SCL_36_1
from tests.case.domain import walk
from tests.case.domain.test_remedies import resolved, taken_up, verdict

HOUR = timedelta(hours=1)
AGAIN = DocumentId.new(walk.NOON)


def paid_and_ordered_anew() -> tuple[Case, datetime]:
    """A case whose fine was paid and confirmed, before its decision fell and is to be made again."""
    case, at = taken_up()
    for fact in walk.paid_facts(case, walk.bank(case, at), at):
        case = after(case, fact)
    return resolved(case, verdict(at, Result.ORDERED_ANEW, Flaw.FACTS), at), at + HOUR


def decided_anew(case: Case, at: datetime, fine_fen: int) -> Case:
    """`case` with a new decision of `fine_fen`, served at `at`, and its time to pay running."""
    assert case.conclusion is not None
    proposal = replace(case.conclusion.proposal, fine_fen=fine_fen)
    made = Decision(AGAIN, proposal, walk.HEAD.officer_id, at, surcharge_stated=True)
    case = replace(case, decision=made, state=State.SERVED, served_at=at)
    return after(case, payment_due(case, terms=walk.TERMS))


@pytest.mark.law(ARR_58, SCL_36_1)
def test_a_fine_that_was_paid_goes_back_when_its_decision_is_ordered_anew() -> None:
    case, at = paid_and_ordered_anew()

    (refund,) = case.refunds
    assert (refund.cause, refund.fine_fen) == (RefundCause.REVOKED, 4000)
    # Nobody owes anything while the decision is made anew, and nothing more goes back.
    assert settle_money(case, terms=walk.TERMS, at=at) == ()
    assert amount_due(case, at) == (0, 0)


@pytest.mark.law(APL_67)
@pytest.mark.parametrize("is_decided", [False, True])
def test_the_bank_may_tell_of_a_payment_after_its_decision_fell(is_decided: bool) -> None:
    served_case, paid_at = taken_up()
    told = walk.bank(served_case, paid_at)
    case = resolved(served_case, verdict(paid_at, Result.ORDERED_ANEW, Flaw.FACTS), paid_at)
    at = paid_at + HOUR
    case = decided_anew(case, at, 1000) if is_decided else case

    assert is_payable(case, told, at=at)
    case = after(case, pay(case, told, at=at))
    (refund,) = settle_surplus(case, terms=walk.TERMS, at=at)

    assert isinstance(refund, RefundOpened)
    assert refund.surplus_fen == (3000 if is_decided else 4000)
    # It was paid in obedience to what fell, so interest is owed on it; what was paid after the fall is a mistake.
    assert (refund.cause, refund.law) == (RefundCause.REVOKED, "SCL 36(1)")
    mistaken = replace(told, serial="S9", paid_at=at + 30 * HOUR)
    later = after(case, pay(case, mistaken, at=mistaken.paid_at))
    assert settle_surplus(later, terms=walk.TERMS, at=mistaken.paid_at)[0].cause is RefundCause.OVERPAID  # type: ignore[union-attr]


@pytest.mark.law(APL_66_2, APL_72)
def test_what_went_back_pays_nothing_of_the_new_fine() -> None:
    case, at = paid_and_ordered_anew()
    old = Part(legal_day(at) + 40 * DAY, 4000, "1" * 20)
    plan = Relief(1, (old,), at, True, legal_day(at), walk.NOTICE, granted_at=at - HOUR)
    case = decided_anew(replace(case, reliefs=(plan,)), at, 1000)
    assert case.payment is not None
    due_on = case.payment.due_on
    late = start_of(due_on + 2 * DAY)

    # A plan for the fallen decision lets nothing of the new one wait.
    assert references(case) == (case.payment.reference,)
    assert (late_fen(case, due_on), late_fen(case, due_on + DAY)) == (0, 1000)
    assert amount_due(case, late) == (1000, 60)
    assert covered_at(case) is None
    require_plan(case, [Part(legal_day(at) + 20 * DAY, 1000)], terms=walk.TERMS, at=at)
    paid = pay(case, replace(walk.bank(case, late, 1060), serial="S2"), at=late)
    assert (paid.surcharge_fen, paid.surplus_fen) == (60, 0)
