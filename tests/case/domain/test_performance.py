"""Payment and the end of a case (APL 67, 70, 72; NJ 16, 17): only the bank's word, to the centime, with a receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from case.domain.closing import archive, close, file_kept_until, propose_closure
from case.domain.contents import Payment, Receipt
from case.domain.doubting import doubt
from case.domain.obligation import payment_reference
from case.domain.paying import CasePaid, enter_receipt, is_payable, pay, perform, reconcile
from case.domain.procedure import State, after, due_document
from case.domain.serving import fall_through
from case.domain.surcharge import amount_due
from common.values.calendar import end_of
from common.values.clock import BEIJING
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import ALL_46, APL_47, APL_61, APL_67, APL_72, ARL_20, NJ_16
from tests.case.domain import walk


def test_a_fine_paid_in_time_performs_the_penalty() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    paid, reconciled, performed = walk.paid_facts(case, walk.bank(case, at), at)

    assert isinstance(paid, CasePaid)
    assert (paid.amount_fen, paid.surcharge_fen) == (4000, 0)
    unconfirmed = after(case, paid)
    assert (unconfirmed.state, perform(unconfirmed, terms=walk.TERMS)) == (State.PERFORMING, None)
    assert after(after(unconfirmed, reconciled), performed).state is State.PERFORMED
    assert [deadline.rule for deadline in performed.due] == ["close"]


def test_a_payment_of_nothing_is_none() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, at, 0), at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_OF_NOTHING", APL_67)


@pytest.mark.law(APL_72)
def test_a_payment_after_the_due_day_owes_three_percent_a_day() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + timedelta(days=1)

    paid, much = (pay(case, walk.bank(case, late, amount), at=late) for amount in (4240, 4241))

    assert (paid.surcharge_fen, paid.surplus_fen) == (240, 0)
    assert (much.surcharge_fen, much.surplus_fen) == (240, 1)


def test_a_surcharge_that_the_decision_does_not_state_is_not_claimed() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    assert case.decision is not None
    silent = replace(case, decision=replace(case.decision, surcharge_stated=False))
    late = end_of(case.payment.due_on) + timedelta(days=1)

    paid = pay(silent, walk.bank(case, late), at=late)

    assert paid.surcharge_fen == 0


def test_a_payment_from_tomorrow_is_refused() -> None:
    case, at = walk.walked_to(State.PERFORMING)

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, at + walk.DAY), at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_IN_FUTURE", APL_67)


@pytest.mark.law(APL_67)
def test_a_payment_from_before_the_decision_is_refused() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    assert case.decision is not None
    earliest = case.decision.decided_at

    with pytest.raises(Refusal) as refusal:
        pay(case, walk.bank(case, earliest - timedelta(seconds=1)), at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_PAYMENT_BEFORE_DECISION", APL_67)
    assert pay(case, walk.bank(case, earliest), at=at)


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
        propose_closure(
            replace(case, payment=without_receipt(case.payment)), hand=walk.FIRST, terms=walk.TERMS
        )

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


def without_receipt(payment: Payment) -> Payment:
    return replace(payment, parts=tuple(replace(part, receipt=None) for part in payment.parts))


@pytest.mark.law(APL_72)
def test_what_was_paid_in_part_bears_no_surcharge_from_the_next_day() -> None:
    """30 yuan of 40 on the last day; on the second day after it the rest owes 3 % of 10 yuan a day."""
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    on_time, late = end_of(case.payment.due_on), end_of(case.payment.due_on) + timedelta(days=1)
    notice = replace(walk.bank(case, on_time - timedelta(hours=1), 3000), serial="S0")
    case = after(case, pay(case, notice, at=on_time))

    assert amount_due(case, late) == (1000, 60)
    rest = pay(case, walk.bank(case, late, 1060), at=late)
    assert rest.surcharge_fen == 60
    assert amount_due(after(case, rest), late + timedelta(days=9)) == (0, 0)


def test_a_fine_that_was_paid_late_without_its_surcharge_is_not_performed() -> None:
    case, _ = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + timedelta(days=1)

    facts = walk.paid_facts(case, walk.bank(case, late), late)

    assert [fact.type for fact in facts] == ["case.paid", "case.payment.reconciled"]
    for fact in facts:
        case = after(case, fact)
    assert amount_due(case, late + timedelta(days=30)) == (0, 240)
    rest = walk.paid_facts(case, replace(walk.bank(case, late, 240), serial="S2"), late)
    assert [fact.type for fact in rest][-1] == "case.performed"


def test_another_amount_in_the_file_confirms_nothing_and_a_repeat_says_nothing() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    paid = after(case, pay(case, walk.bank(case, at), at=at))
    line = {"serial": "S1", "day": at.date(), "file_sha256": bytes(32)}

    differed = reconcile(paid, amount_fen=3999, **line)  # type: ignore[arg-type]
    settled = reconcile(paid, amount_fen=4000, **line)  # type: ignore[arg-type]

    assert differed is not None
    assert settled is not None
    assert differed.type == "case.payment.differed"
    assert reconcile(after(paid, settled), amount_fen=4000, **line) is None  # type: ignore[arg-type]
    late = reconcile(after(paid, settled), amount_fen=3999, **line)  # type: ignore[arg-type]
    assert late is not None
    assert late.type == "case.payment.differed"  # after it was confirmed as well
    assert reconcile(after(paid, differed), amount_fen=3999, **line) is None  # type: ignore[arg-type]
    assert after(after(paid, differed), settled).payment.parts[0].reconciled_on == at.date()
    assert reconcile(after(paid, differed), amount_fen=3999, **(line | {"file_sha256": bytes(31) + b"1"}))  # type: ignore[arg-type]


@pytest.mark.law(NJ_16)
def test_a_receipt_that_comes_later_is_entered_once() -> None:
    case, _ = walk.walked_to(State.PERFORMED)
    assert case.payment is not None
    receipt = case.payment.parts[0].receipt
    assert receipt is not None
    waiting = replace(case, payment=without_receipt(case.payment))
    clerk = walk.SERVER.officer_id

    entered = after(waiting, enter_receipt(waiting, serial="S1", receipt=receipt, by=clerk))

    assert propose_closure(entered, hand=walk.FIRST, terms=walk.TERMS)
    for attempt, serial in ((entered, "S1"), (waiting, "S9")):
        with pytest.raises(Refusal) as refusal:
            enter_receipt(attempt, serial=serial, receipt=receipt, by=clerk)
        assert refusal.value.code == "CASE_RECEIPT_NOT_DUE"


@pytest.mark.law(APL_67, APL_72)
def test_what_the_bank_tells_in_another_order_is_entered_alike() -> None:
    case, at = walk.walked_to(State.PERFORMING)
    assert case.payment is not None
    late = end_of(case.payment.due_on) + 3 * walk.DAY
    whole = replace(walk.bank(case, at + walk.DAY), serial="S2")
    told = after(case, pay(case, whole, at=at + walk.DAY))

    earlier = walk.bank(case, at)
    assert is_payable(told, earlier, at=at + walk.DAY)
    assert pay(told, earlier, at=at + walk.DAY).surplus_fen == 4000

    # Two true parts, the later one told first: both are entered, and together they are all that is owed.
    first = walk.bank(case, late - walk.DAY, 1000)
    begun = after(case, pay(case, first, at=late))
    second = replace(walk.bank(case, late, sum(amount_due(begun, late))), serial="S2")
    reversed_case = after(case, pay(case, second, at=late))
    reversed_case = after(reversed_case, pay(reversed_case, first, at=late))
    assert sum(amount_due(reversed_case, late)) == 0


@pytest.mark.law(APL_61)
def test_no_case_is_closed_while_its_service_is_in_doubt() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    proposed = after(case, propose_closure(case, hand=walk.FIRST, terms=walk.TERMS))
    acts = {
        "propose": lambda each: propose_closure(each, hand=walk.FIRST, terms=walk.TERMS),
        "close": lambda each: close(each, hand=walk.LEAD, terms=walk.TERMS, at=at),
    }

    for act in acts.values():
        (doubted,) = doubt(proposed, document_id=walk.DECISION, step=1)
        with pytest.raises(Refusal) as refusal:
            act(after(proposed, doubted))
        assert (refusal.value.code, refusal.value.article) == ("CASE_SERVICE_IN_DOUBT", APL_61)


@pytest.mark.law(APL_61)
def test_a_decision_made_anew_after_a_change_is_served_again_when_its_service_fails() -> None:
    """An old change does not make the new decision one that was changed: its D-20a is due again."""
    changed, _ = walk.amended_to(State.CHANGED_BY_SELF)
    assert changed.decision is not None
    anew = replace(changed, decision=replace(changed.decision, document_id=walk.DECISION))
    found = []
    for case in (changed, anew):
        assert case.decision is not None
        document = case.decision.document_id
        sent = replace(case, state=State.SERVICE_PENDING, service_ordered=document)
        fact = fall_through(sent, document_id=document, cause="a", reason="unreachable")
        assert fact is not None
        found.append(after(sent, fact))

    assert [case.state for case in found] == [State.CHANGED_BY_SELF, State.DECIDED]
    assert due_document(found[1], "D-20a") == walk.DECISION


@pytest.mark.law(NJ_16)
def test_a_receipt_is_asked_for_what_was_paid_and_entered_until_the_case_is_closed() -> None:
    case, at = walk.walked_to(State.PERFORMED)
    assert case.payment is not None
    nothing = replace(case, payment=replace(case.payment, fine_fen=0, parts=()))
    ended = replace(case, state=State.ENFORCEMENT_ENDED, payment=without_receipt(case.payment))
    receipt = Receipt("R2", "C2", "https://receipts.example/check")

    # A fine that became a warning before anything was paid leaves nothing to give a receipt for.
    assert propose_closure(nothing, hand=walk.FIRST, terms=walk.TERMS)
    with pytest.raises(Refusal) as refusal:
        propose_closure(ended, hand=walk.FIRST, terms=walk.TERMS)
    assert refusal.value.code == "CASE_RECEIPT_MISSING"
    entered = after(ended, enter_receipt(ended, serial="S1", receipt=receipt, by=walk.CLERK.officer_id))
    assert propose_closure(entered, hand=walk.FIRST, terms=walk.TERMS)
    closed = replace(ended, state=State.CLOSED, closed_at=at)
    with pytest.raises(Refusal):
        enter_receipt(closed, serial="S1", receipt=receipt, by=walk.CLERK.officer_id)
