"""Payment and the end of a case (APL 67, 70, 72; NJ 16, 17): only the bank's word, to the centime, with a receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from case.domain.closing import archive, close, file_kept_until, propose_closure
from case.domain.performance import pay, payment_reference
from case.domain.procedure import State, after
from common.values.calendar import end_of
from common.values.clock import BEIJING
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import ALL_46, APL_47, APL_67, APL_72, ARL_20, NJ_16
from tests.case.domain import walk


def test_a_fine_paid_in_time_performs_the_penalty() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    paid, performed = pay(case, walk.bank(case, at), terms=walk.TERMS, at=at)

    assert (paid.amount_fen, paid.surcharge_fen) == (4000, 0)
    assert after(after(case, paid), performed).state is State.PERFORMED
    assert [deadline.rule for deadline in performed.due] == ["close"]


@pytest.mark.law(APL_72)
@pytest.mark.parametrize("amount", [3999, 4001, 0])
def test_another_amount_performs_nothing(amount: int) -> None:
    case, at = walk.walked_to(State.PERFORMING)

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, at, amount), terms=walk.TERMS, at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_AMOUNT_MISMATCH", APL_72)


@pytest.mark.law(APL_72)
def test_a_payment_after_the_due_day_owes_three_percent_a_day() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + timedelta(days=1)

    paid, _ = pay(case, walk.bank(case, late, 4240), terms=walk.TERMS, at=late)

    assert paid.surcharge_fen == 240
    with pytest.raises(Refusal, match="4240 fen"):
        pay(case, walk.bank(case, late), terms=walk.TERMS, at=late)


def test_a_surcharge_that_the_decision_does_not_state_is_not_claimed() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    assert case.decision is not None
    silent = replace(case, decision=replace(case.decision, surcharge_stated=False))
    late = end_of(case.payment.due_on) + timedelta(days=1)

    paid, _ = pay(silent, walk.bank(case, late), terms=walk.TERMS, at=late)

    assert paid.surcharge_fen == 0


def test_a_payment_from_tomorrow_is_refused() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, at + walk.DAY), terms=walk.TERMS, at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_IN_FUTURE", APL_67)


@pytest.mark.law(APL_67)
def test_a_payment_from_before_the_decision_is_refused() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    assert case.decision is not None
    earliest = case.decision.decided_at

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, earliest - timedelta(seconds=1)), terms=walk.TERMS, at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_BEFORE_DECISION", APL_67)
    assert pay(case, walk.bank(case, earliest), terms=walk.TERMS, at=at)


@pytest.mark.law(APL_67, ARL_20, ALL_46)
def test_the_time_to_pay_and_the_remedies_count_from_the_service() -> None:
    case, at = walk.walked_to(State.SERVICE_PENDING)
    served = walk.steps(case, at)[0]

    rules = {deadline.rule: (deadline.law, deadline.n) for deadline in served.due}
    due = walk.steps(after(case, served), at)[0].due[0]

    assert rules == {"reconsideration": ("ARL 20", 60), "litigation": ("ALL 46", 6)}
    assert (due.rule, due.law, due.n, (due.raw_on - due.trigger_on).days) == ("pay", "APL 67", 15, 15)


def test_a_payment_reference_is_twenty_digits_that_tell_a_mistyped_one() -> None:
    reference = payment_reference(CaseId.new(walk.NOON))

    def luhn(digits: str) -> int:
        doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
        return sum(d // 10 + d % 10 for d in doubled) % 10

    assert (len(reference), reference.isdigit(), luhn(reference)) == (20, True, 0)


@pytest.mark.law(NJ_16)
def test_a_case_without_the_receipt_of_the_finance_department_is_not_closed() -> None:
    case, _ = walk.walked_to(State.PERFORMED)
    assert case.payment is not None

    with pytest.raises(Refusal) as refusal:
        propose_closure(replace(case, payment=replace(case.payment, has_receipt=False)), hand=walk.FIRST)

    assert (refusal.value.code, refusal.value.article) == ("CASE_RECEIPT_MISSING", NJ_16)


def test_a_case_is_not_closed_before_someone_proposed_it() -> None:
    case, at = walk.walked_to(State.PERFORMED)

    with pytest.raises(Refusal, match="Nobody proposed"):
        close(case, hand=walk.LEAD, terms=walk.TERMS, at=at)


@pytest.mark.law(APL_47)
def test_the_archive_package_changes_with_every_document() -> None:
    case, at = walk.walked_to(State.CLOSED)

    packages = {
        archive(case, documents=documents, hand=walk.ARCHIVIST, at=at).package
        for documents in ((), ("0" * 64,), ("1" * 64,), ("0" * 64, "1" * 64), ("1" * 64, "0" * 64))
    }

    assert len(packages) == 5


@pytest.mark.parametrize(
    ("retention_class", "last"), [("Y10", date(2042, 2, 28)), ("Y30", date(2062, 2, 28)), ("PERMANENT", None)]
)
def test_a_file_is_kept_for_the_years_of_its_class_to_the_end_of_the_last_day(
    retention_class: str, last: date | None
) -> None:
    leap = datetime(2032, 2, 29, 12, 0, tzinfo=BEIJING)

    assert file_kept_until(leap, retention_class) == (end_of(last) if last else None)


def test_the_record_of_the_archive_says_until_when_the_file_is_kept() -> None:
    case, at = walk.walked_to(State.CLOSED)

    fact = archive(case, documents=(), hand=walk.ARCHIVIST, at=at)

    assert fact.kept_until == file_kept_until(at, "Y10")
