"""What is paid beyond what is owed goes back, in two hands, and exactly once (SCL 36; CC 985)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from case.domain.closing import propose_closure
from case.domain.contents import Paid
from case.domain.money import RefundCause, RefundState
from case.domain.paying import pay
from case.domain.procedure import Case, State, after
from case.domain.refunding import (
    CaseRefunded,
    RefundOpened,
    approve_refund,
    ask_refund,
    note_refund,
    open_refund,
    settle_surplus,
)
from common.values.calendar import end_of
from common.values.errors import Refusal
from common.values.law import CC_985, SCL_36_1, SCL_36_7
from tests.case.domain import walk

CLERK = walk.hand()


def paid_twice() -> tuple[Case, datetime]:
    """A case that is performed, and for which the fine comes once more."""
    case, at = walk.walked_to(State.PERFORMED)
    second = replace(walk.bank(case, at), serial="S2")
    return after(case, pay(case, second, at=at)), at


def confirmed(case: Case, at: datetime) -> Case:
    assert case.payment is not None
    parts = tuple(replace(part, reconciled_on=at.date()) for part in case.payment.parts)
    return replace(case, payment=replace(case.payment, parts=parts))


def opened(case: Case, at: datetime) -> Case:
    for fact in settle_surplus(case, terms=walk.TERMS, at=at):
        case = after(case, fact)
    return case


def refunded(case: Case, at: datetime, **changes: Any) -> CaseRefunded:
    refund = case.refunds[0]
    order: dict[str, Any] = {
        "reference": refund.reference,
        "serial": "R1",
        "amount_fen": refund.total_fen,
        "refunded_at": at,
        "notice": bytes(32),
        "at": at,
    }
    return note_refund(case, **(order | changes))


@pytest.mark.law(CC_985)
def test_a_payment_after_the_performance_is_entered_and_goes_back() -> None:
    case, at = paid_twice()

    (fact,) = settle_surplus(case, terms=walk.TERMS, at=at)

    assert isinstance(fact, RefundOpened)
    assert (fact.cause, fact.law) == (RefundCause.OVERPAID, "CC 985")
    assert (fact.fine_fen, fact.surcharge_fen, fact.surplus_fen) == (0, 0, 4000)
    assert (fact.refund_by.rule, fact.refund_by.n) == ("refund_1", 30)
    assert settle_surplus(after(case, fact), terms=walk.TERMS, at=at) == ()
    assert after(case, fact).state is State.PERFORMED


@pytest.mark.law(SCL_36_1)
@pytest.mark.parametrize(
    ("kept", "amounts"),
    [(0, (4000, 240, 7)), (1000, (3000, 180, 7)), (4000, (0, 0, 7))],
    ids=["revoked", "changed", "upheld"],
)
def test_what_was_paid_of_a_penalty_that_falls_goes_back_by_its_parts(
    kept: int, amounts: tuple[int, int, int]
) -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + timedelta(days=1)
    case = after(case, pay(case, walk.bank(case, late, 4247), at=late))

    fact = open_refund(case, cause=RefundCause.CHANGED, kept_fen=kept, terms=walk.TERMS, at=late)

    assert fact is not None
    assert (fact.fine_fen, fact.surcharge_fen, fact.surplus_fen) == amounts


def test_a_surplus_that_is_on_its_way_does_not_go_back_twice() -> None:
    case, at = paid_twice()
    case = opened(case, at)

    fact = open_refund(case, cause=RefundCause.REVOKED, terms=walk.TERMS, at=at)

    assert fact is not None
    assert (fact.number, fact.fine_fen, fact.surplus_fen) == (2, 4000, 0)
    assert open_refund(after(case, fact), cause=RefundCause.REVOKED, terms=walk.TERMS, at=at) is None


def test_nothing_goes_back_where_nothing_was_paid() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    assert open_refund(case, cause=RefundCause.REVOKED, terms=walk.TERMS, at=at) is None
    assert settle_surplus(case, terms=walk.TERMS, at=at) == ()


def test_a_surplus_that_is_gone_takes_its_refund_along() -> None:
    case, at = paid_twice()
    case = opened(case, at)
    assert case.payment is not None
    less = tuple(
        replace(part, amount_fen=1500 if part.serial == "S2" else 4000) for part in case.payment.parts
    )

    case = opened(replace(case, payment=replace(case.payment, parts=less)), at)

    assert [refund.state for refund in case.refunds] == [RefundState.WITHDRAWN, RefundState.OPEN]
    assert case.refunds[1].surplus_fen == 1500


def test_a_refund_takes_two_people_and_the_banks_word() -> None:
    case, at = paid_twice()
    case = confirmed(opened(case, at), at)

    asked = after(case, ask_refund(case, number=1, hand=walk.FIRST))
    approved = after(asked, approve_refund(asked, number=1, interest_fen=0, hand=CLERK, at=at))
    done = after(approved, refunded(approved, at))

    assert [each.refunds[0].state for each in (case, asked, approved, done)] == [
        RefundState.OPEN,
        RefundState.ASKED,
        RefundState.APPROVED,
        RefundState.REFUNDED,
    ]
    assert propose_closure(done, hand=walk.FIRST, terms=walk.TERMS)
    for waiting in (case, asked, approved):
        with pytest.raises(Refusal) as refusal:
            propose_closure(waiting, hand=walk.FIRST, terms=walk.TERMS)
        assert refusal.value.code == "CASE_REFUND_OPEN"


@pytest.mark.law(SCL_36_7)
def test_only_an_unlawful_fine_bears_interest() -> None:
    case, at = paid_twice()
    case = confirmed(opened(case, at), at)
    revoked = open_refund(case, cause=RefundCause.REVOKED, terms=walk.TERMS, at=at)
    assert revoked is not None
    case = after(case, revoked)
    for number in (1, 2):
        case = after(case, ask_refund(case, number=number, hand=walk.FIRST))

    with_interest = after(case, approve_refund(case, number=2, interest_fen=12, hand=CLERK, at=at))

    assert with_interest.refunds[1].total_fen == 4012
    with pytest.raises(Refusal) as refusal:
        approve_refund(case, number=1, interest_fen=12, hand=CLERK, at=at)
    assert (refusal.value.code, refusal.value.article) == ("CASE_REFUND_WITHOUT_INTEREST", SCL_36_7)


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (
            lambda open_, asked, approved, at: ask_refund(asked, number=1, hand=walk.FIRST),
            "CASE_REFUND_NOT_DUE",
        ),
        (
            lambda open_, asked, approved, at: ask_refund(open_, number=2, hand=walk.FIRST),
            "CASE_REFUND_NOT_DUE",
        ),
        (lambda open_, asked, approved, at: ask_refund(open_, number=1, hand=walk.LEAD), "CASE_NOT_ASSIGNED"),
        (
            lambda open_, asked, approved, at: approve_refund(
                open_, number=1, interest_fen=0, hand=CLERK, at=at
            ),
            "CASE_REFUND_NOT_DUE",
        ),
        (
            lambda open_, asked, approved, at: approve_refund(
                asked, number=1, interest_fen=0, hand=walk.FIRST, at=at
            ),
            "ROLE_CONFLICT",
        ),
        (
            lambda open_, asked, approved, at: approve_refund(
                unconfirmed(asked), number=1, interest_fen=0, hand=CLERK, at=at
            ),
            "CASE_PAYMENT_NOT_CONFIRMED",
        ),
        (lambda open_, asked, approved, at: refunded(asked, at), "CASE_REFUND_NOT_DUE"),
        (lambda open_, asked, approved, at: refunded(approved, at, amount_fen=3999), "CASE_REFUND_DIFFERS"),
        (
            lambda open_, asked, approved, at: refunded(approved, at, refunded_at=at + walk.DAY),
            "CASE_REFUND_DIFFERS",
        ),
        (
            lambda open_, asked, approved, at: refunded(approved, at, refunded_at=at - walk.DAY),
            "CASE_REFUND_DIFFERS",
        ),
    ],
)
def test_a_refund_out_of_turn_is_refused(attempt: Any, code: str) -> None:
    case, at = paid_twice()
    case = confirmed(opened(case, at), at)
    asked = after(case, ask_refund(case, number=1, hand=walk.FIRST))
    approved = after(asked, approve_refund(asked, number=1, interest_fen=0, hand=CLERK, at=at))

    with pytest.raises(Refusal) as refusal:
        attempt(case, asked, approved, at)

    assert refusal.value.code == code


def unconfirmed(case: Case) -> Case:
    assert case.payment is not None
    parts = tuple(replace(part, reconciled_on=None) for part in case.payment.parts)
    return replace(case, payment=replace(case.payment, parts=parts))


@pytest.mark.law(SCL_36_1)
def test_no_more_goes_back_than_the_bank_received() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    fact = open_refund(case, cause=RefundCause.REVOKED, terms=walk.TERMS, at=at)
    assert fact is not None
    assert case.payment is not None
    case = after(replace(case, payment=replace(case.payment, fine_fen=0)), fact)
    assert case.payment is not None
    (part,) = case.payment.parts
    disputed = with_part(case, replace(part, differed_in=(walk.SHA,), filed_fen=3000, filed_on=at.date()))
    asked = after(disputed, ask_refund(disputed, number=1, hand=walk.FIRST))

    with pytest.raises(Refusal) as refusal:
        approve_refund(asked, number=1, interest_fen=0, hand=CLERK, at=at)
    corrected = opened(with_part(case, replace(part, amount_fen=3000)), at)

    assert refusal.value.code == "CASE_DIFFERENCE_OPEN"
    assert [refund.state for refund in corrected.refunds] == [RefundState.WITHDRAWN, RefundState.OPEN]
    assert (corrected.refunds[1].cause, corrected.refunds[1].fine_fen) == (RefundCause.REVOKED, 3000)
    assert settle_surplus(corrected, terms=walk.TERMS, at=at) == ()


def with_part(case: Case, part: Paid) -> Case:
    assert case.payment is not None
    return replace(case, payment=replace(case.payment, parts=(part,)))
