"""Money that is not owed goes back: a task with its ground, two people, and the bank's word that it was done.

    OPEN ─ an officer asks ─▶ ASKED ─ finance approves ─▶ APPROVED ─ the bank's signed notice ─▶ REFUNDED
      └──────── the ground fell away before the approval ────────▶ WITHDRAWN

The platform holds no money: it names the amount, and the bank returns it (APL 67). A case is not closed while a refund
is open.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.amendments import AmendmentKind
from case.domain.deadlines import Terms
from case.domain.money import Refund, RefundCause, RefundState
from case.domain.obligation import payment_reference
from case.domain.paying import CasePerformed, perform, require_no_difference
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, Changing, after, require_assigned
from case.domain.surcharge import held_fen, owed_fen
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_67, CC_985, SCL_36_1, SCL_36_7, Article

GROUND: Final[dict[RefundCause, Article]] = {
    RefundCause.OVERPAID: CC_985,
    RefundCause.REVOKED: SCL_36_1,
    RefundCause.CHANGED: SCL_36_1,
}
"""The provision by which the money goes back."""

_FELL: Final = {AmendmentKind.REVOKE: RefundCause.REVOKED, AmendmentKind.CHANGE: RefundCause.CHANGED}


class OfRefund(Changing, ABC):
    """A fact about one refund of the case."""

    number: int


@dataclass(frozen=True)
class RefundOpened(OfRefund):
    """Money is to go back: how much of the fine, of the surcharge, and of what was paid beyond both.

    `by` is None where nobody's act opened it, but the bank's notice of too much.
    """

    type: ClassVar[str] = "case.refund.opened"

    number: int
    cause: RefundCause
    law: str
    reference: str
    fine_fen: int
    surcharge_fen: int
    surplus_fen: int
    opened_at: datetime
    by: OfficerId | None
    refund_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.refund_by,)

    def applied(self, case: Case) -> Case:
        made = Refund(
            self.number,
            self.cause,
            self.reference,
            self.fine_fen,
            self.surcharge_fen,
            self.surplus_fen,
            self.opened_at,
            self.by,
        )
        return replace(case, refunds=(*case.refunds, made))


@dataclass(frozen=True)
class RefundWithdrawn(OfRefund):
    """The refund is not owed after all: the bank corrected the payment, or the surcharge is owed again."""

    type: ClassVar[str] = "case.refund.withdrawn"

    number: int

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, withdrawn=True)


@dataclass(frozen=True)
class RefundAsked(OfRefund):
    """An officer of the case asks the finance department to return the money."""

    type: ClassVar[str] = "case.refund.asked"

    number: int
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, asked_by=self.by)


@dataclass(frozen=True)
class RefundApproved(OfRefund):
    """The finance department approves the refund, with the bank interest that it owes on top."""

    type: ClassVar[str] = "case.refund.approved"

    number: int
    interest_fen: int
    by: OfficerId
    approved_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(
            case,
            self.number,
            approved_by=self.by,
            approved_at=self.approved_at,
            interest_fen=self.interest_fen,
        )


@dataclass(frozen=True)
class CaseRefunded(OfRefund):
    """The bank's signed notice that the money went back: `notice` is the digest of its bytes."""

    type: ClassVar[str] = "case.refunded"

    number: int
    serial: str
    amount_fen: int
    refunded_at: datetime
    notice: bytes

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, refunded_at=self.refunded_at)


def open_refund(
    case: Case,
    *,
    cause: RefundCause,
    terms: Terms,
    at: datetime,
    kept_fen: int = 0,
    by: OfficerId | None = None,
) -> RefundOpened | None:
    """What was paid of a penalty that does not stand, and has not gone back yet. None where there is nothing.

    `case` is the case before the penalty falls. `kept_fen` is the fine that remains: the surcharge beyond what that
    fine bears goes back too (SCL 36(1)).
    """
    if case.payment is None or not case.payment.parts:
        return None
    parts = case.payment.parts
    fine_paid = min(held_fen(case), case.payment.fine_fen)
    beyond = held_fen(case) - fine_paid
    surcharge_paid = min(beyond, owed_fen(case, parts) - case.payment.fine_fen)
    lighter = replace(case, payment=replace(case.payment, fine_fen=kept_fen))
    surcharge_kept = owed_fen(lighter, parts) - kept_fen
    return _opened(
        case,
        cause,
        (
            max(0, fine_paid - kept_fen),
            max(0, surcharge_paid - surcharge_kept),
            beyond - surcharge_paid,
        ),
        by=by,
        terms=terms,
        at=at,
    )


def settle_surplus(case: Case, *, terms: Terms, at: datetime) -> tuple[RefundOpened | RefundWithdrawn, ...]:
    """What was paid beyond fine and surcharge goes back (CC 985), as far as no refund covers it yet.

    A surplus that is gone before finance approved it takes its refund along: a notice was corrected, or a settled doubt
    made the surcharge due again. While the service is in doubt nobody knows what is owed.
    """
    if case.payment is None or not case.payment.parts or case.barring_doubts:
        return ()
    pending = [
        refund
        for refund in case.refunds
        if refund.cause is RefundCause.OVERPAID and refund.is_open and refund.approved_by is None
    ]
    surplus = held_fen(case) - owed_fen(case, case.payment.parts)
    if surplus == 0:
        return ()
    gone = tuple(RefundWithdrawn(case.id, refund.number) for refund in pending) if surplus < 0 else ()
    surplus += sum(refund.paid_fen for refund in pending) if gone else 0
    opened = _opened(case, _cause_of_surplus(case), (0, 0, surplus), by=None, terms=terms, at=at)
    facts: tuple[RefundOpened | RefundWithdrawn, ...] = (*gone, opened) if opened else gone
    for fact in facts:
        case = after(case, fact)
    return (*facts, *_cut(case, terms=terms, at=at))


def _cause_of_surplus(case: Case) -> RefundCause:
    """Why the payment that came last is not owed: by mistake, or for a decision that fell after it was paid.

    The bank may tell late of what the party paid in obedience to that decision: then interest is owed too (SCL 36(7)).
    """
    assert case.payment is not None
    paid_at = case.payment.parts[-1].paid_at
    for amendment in reversed(case.amendments):
        if amendment.decided_at is not None and amendment.kind in _FELL and paid_at < amendment.decided_at:
            return _FELL[amendment.kind]
    ordered_anew = (each.ended_on for each in case.remedies if each.anew is not None)
    if any(day is not None and legal_day(paid_at) <= day for day in ordered_anew):
        return RefundCause.REVOKED
    return RefundCause.OVERPAID


def _cut(case: Case, *, terms: Terms, at: datetime) -> Iterator[RefundOpened | RefundWithdrawn]:
    """More is to go back than came in, because the bank corrected a payment: what nobody approved is made smaller."""
    for refund in reversed(case.refunds):
        missing = -held_fen(case)
        if missing <= 0:
            return
        if not refund.is_open or refund.approved_by is not None:
            continue
        surplus = max(0, refund.surplus_fen - missing)
        missing -= refund.surplus_fen - surplus
        surcharge = max(0, refund.surcharge_fen - missing)
        missing -= refund.surcharge_fen - surcharge
        fine = max(0, refund.fine_fen - missing)
        gone = RefundWithdrawn(case.id, refund.number)
        case = after(case, gone)
        yield gone
        left = (fine, surcharge, surplus)
        opened = _opened(case, refund.cause, left, by=refund.opened_by, terms=terms, at=at)
        if opened is not None:
            case = after(case, opened)
            yield opened


def settle_money(
    case: Case, *, terms: Terms, at: datetime
) -> tuple[CasePerformed | RefundOpened | RefundWithdrawn, ...]:
    """What follows once a payment, or what is owed, has changed: the performance, and what goes back."""
    performed = perform(case, terms=terms)
    facts = (performed,) if performed else ()
    case = after(case, performed) if performed else case
    return (*facts, *settle_surplus(case, terms=terms, at=at))


def ask_refund(case: Case, *, number: int, hand: Hand) -> RefundAsked:
    """One of the two officers asks for the refund: they know the case, and they do not decide on money."""
    _require(case, number, RefundState.OPEN)
    require_assigned(hand, case)
    return RefundAsked(case.id, number, hand.officer_id)


def approve_refund(case: Case, *, number: int, interest_fen: int, hand: Hand, at: datetime) -> RefundApproved:
    """The finance department approves what another person asked for (C-35).

    Only money that the bank's books confirm goes back. Interest is owed on a fine that was unlawful (SCL 36(7)), and on
    nothing that the party paid by mistake.
    """
    refund = _require(case, number, RefundState.ASKED)
    others = frozenset(each for each in (refund.asked_by, refund.opened_by) if each) | frozenset(
        case.officers
    )
    require_separate(
        hand.officer_id, others, act="approve the refund", other="asked for it or investigated the case"
    )
    require_no_difference(case)
    assert case.payment is not None
    unproven = next((part for part in case.payment.parts if part.reconciled_on is None), None)
    if unproven is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_PAYMENT_NOT_CONFIRMED",
            {"case": case.id, "serial": unproven.serial},
            article=APL_67,
        )
    if interest_fen and refund.cause is RefundCause.OVERPAID:
        raise Refusal(Kind.INVALID, "CASE_REFUND_WITHOUT_INTEREST", {"number": number}, article=SCL_36_7)
    return RefundApproved(case.id, number, interest_fen, hand.officer_id, at)


def note_refund(
    case: Case,
    *,
    reference: str,
    serial: str,
    amount_fen: int,
    refunded_at: datetime,
    notice: bytes,
    at: datetime,
) -> CaseRefunded:
    """Enter the bank's notice that it returned the money: exactly what finance approved, and not before."""
    number = next(refund.number for refund in case.refunds if refund.reference == reference)
    refund = _require(case, number, RefundState.APPROVED)
    assert refund.approved_at is not None
    if amount_fen != refund.total_fen or not refund.approved_at <= refunded_at <= at:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_REFUND_DIFFERS",
            {"reference": reference, "amount_fen": refund.total_fen, "from": refund.approved_at},
            article=APL_67,
        )
    return CaseRefunded(case.id, number, serial, amount_fen, refunded_at, notice)


def require_same_refund(serial: str, notice: bytes, known: bytes) -> None:
    """Raises Refusal CASE_PAYMENT_SERIAL_REUSED unless the bank tells of the same refund again: one serial is one."""
    if notice != known:
        raise Refusal(Kind.CONFLICT, "CASE_PAYMENT_SERIAL_REUSED", {"serial": serial}, article=APL_67)


def require_refunded(case: Case) -> None:
    """Raises Refusal CASE_REFUND_OPEN while money of the party has not gone back."""
    for refund in case.refunds:
        if refund.is_open:
            raise Refusal(
                Kind.CONFLICT,
                "CASE_REFUND_OPEN",
                {"case": case.id, "number": refund.number},
                article=GROUND[refund.cause],
            )


def _opened(
    case: Case,
    cause: RefundCause,
    amounts: tuple[int, int, int],
    *,
    by: OfficerId | None,
    terms: Terms,
    at: datetime,
) -> RefundOpened | None:
    if sum(amounts) <= 0:
        return None
    number = len(case.refunds) + 1
    return RefundOpened(
        case.id,
        number,
        cause,
        GROUND[cause].cite,
        payment_reference(case.id, purpose=f"refund {number}"),
        *amounts,
        at,
        by,
        terms.refund(at, number),
    )


def _require(case: Case, number: int, state: RefundState) -> Refund:
    refund = next((each for each in case.refunds if each.number == number), None)
    if refund is None or refund.state is not state:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_REFUND_NOT_DUE",
            {"case": case.id, "number": number, "state": refund.state if refund else "NONE", "wanted": state},
            article=APL_67,
        )
    return refund


def _with(case: Case, number: int, **changes: object) -> Case:
    refunds = tuple(
        replace(refund, **changes) if refund.number == number else refund  # type: ignore[arg-type]
        for refund in case.refunds
    )
    return replace(case, refunds=refunds)
