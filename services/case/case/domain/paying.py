"""The bank's word that a fine was paid, and the daily file that confirms it (C-27; APL 67, 70, 72; NJ 16).

    PERFORMING ─ signed notices, each a part or the whole ─▶ paid ─ the bank's file of the day ─▶ PERFORMED

No officer can say that a fine was paid: fine and collection are separate (APL 67). Every notice that the bank signed is
entered, because the money is there; the case is PERFORMED once fine and surcharge are covered by payments that the
daily file confirms (Inv. 5). A receipt may come with a notice or at any time after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.contents import Paid, Receipt
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing, State, require_state
from case.domain.renewals import renewals_of
from case.domain.surcharge import amount_due, held_fen, owed_fen
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_67, NJ_16

UNPAID: Final = (
    State.PERFORMING,
    State.DEMANDED,
    State.ENFORCEMENT_APPLIED,
    State.ENFORCEMENT_RULED,
)
"""The states in which a payment may still perform the penalty."""

RECEIPTED: Final = (
    *UNPAID,
    State.SERVED,
    State.SERVICE_PENDING,
    State.CHANGED_BY_SELF,
    State.PERFORMED,
    State.ENFORCED,
    State.ENFORCEMENT_ENDED,
)
"""The states in which a receipt is entered, until the case is closed. What was paid in part keeps its receipt due."""


@dataclass(frozen=True)
class BankNotice:
    """What the bank says. `notice` is the SHA-256 of the signed bytes; a receipt comes from the finance department."""

    reference: str
    serial: str
    amount_fen: int
    paid_at: datetime
    channel: str
    receipt: Receipt | None
    notice: bytes


@dataclass(frozen=True)
class CasePaid(Changing):
    """The bank's signed notice, as it came: `notice` is the digest of its bytes.

    `surcharge_fen` is what of the amount goes to the surcharge: the fine is covered first. `surplus_fen` was not owed.
    """

    type: ClassVar[str] = "case.paid"
    v: ClassVar[int] = 3

    payment_reference: str
    serial: str
    amount_fen: int
    surcharge_fen: int
    surplus_fen: int
    paid_at: datetime
    channel: str
    receipt: Receipt | None
    notice: bytes

    def applied(self, case: Case) -> Case:
        assert case.payment is not None
        part = Paid(self.serial, self.amount_fen, self.paid_at, self.receipt)
        return replace(case, payment=replace(case.payment, parts=(*case.payment.parts, part)))


@dataclass(frozen=True)
class PaymentReconciled(Changing):
    """The bank's file of `day` names the payment with the same amount. `file_sha256` is the digest of the file."""

    type: ClassVar[str] = "case.payment.reconciled"

    serial: str
    amount_fen: int
    day: date
    file_sha256: bytes

    def applied(self, case: Case) -> Case:
        return _with_part(case, self.serial, reconciled_on=self.day)


@dataclass(frozen=True)
class PaymentDiffered(Changing):
    """The bank's file names another amount for the payment than its notice did. A person has to ask the bank."""

    type: ClassVar[str] = "case.payment.differed"

    serial: str
    noticed_fen: int
    filed_fen: int
    day: date
    file_sha256: bytes

    def applied(self, case: Case) -> Case:
        part = next(each for each in _parts(case) if each.serial == self.serial)
        files = (*part.differed_in, self.file_sha256.hex())
        return _with_part(case, self.serial, differed_in=files, filed_fen=self.filed_fen, filed_on=self.day)


@dataclass(frozen=True)
class PaymentDifferenceSettled(Changing):
    """Which of the two amounts holds, as the bank's corrected notice says; `notice` is the digest of its bytes.

    `file_sha256` is the file of `reconciled_on` that names the amount, None where it was the file that was wrong.
    """

    type: ClassVar[str] = "case.payment.difference_settled"

    serial: str
    amount_fen: int
    notice: bytes
    by: OfficerId
    reconciled_on: date | None
    file_sha256: bytes | None

    def applied(self, case: Case) -> Case:
        part = next(each for each in _parts(case) if each.serial == self.serial)
        return _with_part(
            case,
            self.serial,
            amount_fen=self.amount_fen,
            reconciled_on=self.reconciled_on or part.reconciled_on,
            settled=len(part.differed_in),
        )


@dataclass(frozen=True)
class ReceiptEntered(Changing):
    """The finance department's receipt for a payment (NJ 16(2)).

    A clerk entered it; `by` is None where the bank's notice brought it after the payment was known.
    """

    type: ClassVar[str] = "case.receipt.entered"
    v: ClassVar[int] = 2

    serial: str
    receipt: Receipt
    by: OfficerId | None

    def applied(self, case: Case) -> Case:
        return _with_part(case, self.serial, receipt=self.receipt)


@dataclass(frozen=True)
class CasePerformed(Changing):
    """The penalty is performed in full."""

    type: ClassVar[str] = "case.performed"

    performed_at: datetime
    close_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.close_by,)

    def applied(self, case: Case) -> Case:
        # What the court granted was enforced, even where the party paid at the counter.
        is_enforced = case.state is State.ENFORCEMENT_RULED
        return replace(case, state=State.ENFORCED if is_enforced else State.PERFORMED)


def pay(case: Case, bank: BankNotice, *, at: datetime) -> CasePaid:
    """Enter the bank's notice (C-27): the whole, a part, or more than is owed, because the bank has the money.

    A payment after the performance is entered too, whatever became of the case: what nobody owes goes back to the
    party (`refunding.settle_surplus`), and the record shows that it came.
    """
    require_obligation(case)
    assert case.payment is not None
    if bank.paid_at > at:
        raise Refusal(Kind.INVALID, "CASE_PAYMENT_IN_FUTURE", article=APL_67)
    if bank.paid_at < _payable_from(case):
        raise Refusal(
            Kind.INVALID, "CASE_PAYMENT_BEFORE_DECISION", {"reference": bank.reference}, article=APL_67
        )
    if bank.amount_fen <= 0:
        raise Refusal(Kind.INVALID, "CASE_PAYMENT_OF_NOTHING", {"reference": bank.reference}, article=APL_67)
    before, fine = held_fen(case), case.payment.fine_fen
    parts = (*case.payment.parts, Paid(bank.serial, bank.amount_fen, bank.paid_at))
    surcharge = max(0, before + bank.amount_fen - max(before, fine))
    surplus = max(0, before + bank.amount_fen - max(before, owed_fen(case, parts)))
    return CasePaid(
        case.id,
        bank.reference,
        bank.serial,
        bank.amount_fen,
        surcharge - surplus,
        surplus,
        bank.paid_at,
        bank.channel,
        bank.receipt,
        bank.notice,
    )


def is_payable(case: Case, bank: BankNotice, *, at: datetime) -> bool:
    """Whether `pay` would enter it: a line of the bank's file that it would refuse is named, and changes nothing."""
    return case.payment is not None and _payable_from(case) <= bank.paid_at <= at and bank.amount_fen > 0


def _payable_from(case: Case) -> datetime:
    """The time before which no payment can be one of this case.

    It is that of the decision. Where one fell or was changed, the party may have paid before the one in force was made,
    and its reference is as old as the first: the case was filed by then.
    """
    if case.decision is not None and renewals_of(case) == 0:
        return case.decision.decided_at
    assert case.filed_at is not None
    return case.filed_at


def require_obligation(case: Case) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED before the time to pay has begun: nobody owes anything yet."""
    if case.payment is None:
        require_state(case, State.PERFORMING, act="a payment")


def reconcile(
    case: Case, *, serial: str, amount_fen: int, day: date, file_sha256: bytes
) -> PaymentReconciled | PaymentDiffered | None:
    """Compare a payment with the bank's file of the day. None where nothing new follows, or nobody noticed it.

    A confirmed payment is compared too: the bank may think otherwise later. Each file differs once on record.
    """
    part = next((each for each in _parts(case) if each.serial == serial), None)
    if part is None:
        return None
    if part.amount_fen != amount_fen:
        if file_sha256.hex() in part.differed_in:
            return None
        return PaymentDiffered(case.id, serial, part.amount_fen, amount_fen, day, file_sha256)
    if part.reconciled_on is not None:
        return None
    return PaymentReconciled(case.id, serial, amount_fen, day, file_sha256)


def perform(case: Case, *, terms: Terms) -> CasePerformed | None:
    """The penalty is performed: reconciled payments cover the fine and its surcharge. None while they do not.

    None while the service is in doubt too: what is owed is known once the doubt is settled.
    """
    if case.state not in UNPAID or case.payment is None or case.barring_doubts:
        return None
    settled = [part for part in case.payment.parts if part.reconciled_on is not None]
    is_disputed = any(part.is_in_dispute for part in settled)
    if not settled or is_disputed or len(settled) != len(case.payment.parts):
        return None
    last = max(part.paid_at for part in settled)
    if sum(amount_due(case, last)) > 0:
        return None
    return CasePerformed(case.id, last, terms.close(last))


def enter_receipt(case: Case, *, serial: str, receipt: Receipt, by: OfficerId) -> ReceiptEntered:
    """A receipt that came after the payment (NJ 16(2)), at any time before the case is closed."""
    require_state(case, *RECEIPTED, act="entering a receipt")
    part = next((each for each in _parts(case) if each.serial == serial), None)
    if part is None or part.receipt is not None:
        raise Refusal(
            Kind.CONFLICT, "CASE_RECEIPT_NOT_DUE", {"case": case.id, "serial": serial}, article=NJ_16
        )
    return ReceiptEntered(case.id, serial, receipt, by)


def bring_receipt(case: Case, bank: BankNotice) -> ReceiptEntered | None:
    """The receipt that a late notice brings for a payment that is known already. None where it brings none.

    Raises Refusal CASE_PAYMENT_SERIAL_REUSED for a receipt other than the one that is entered.
    """
    part = next((each for each in _parts(case) if each.serial == bank.serial), None)
    if bank.receipt is None or part is None or part.receipt == bank.receipt:
        return None
    if part.receipt is not None:
        raise Refusal(Kind.CONFLICT, "CASE_PAYMENT_SERIAL_REUSED", {"serial": bank.serial}, article=APL_67)
    return ReceiptEntered(case.id, bank.serial, bank.receipt, None)


def settle_difference(case: Case, bank: BankNotice, *, by: OfficerId) -> PaymentDifferenceSettled:
    """The finance department settles which of two amounts holds, with the bank's corrected notice (APL 67).

    The bank alone knows what it received: an amount that neither its notice nor its file named settles nothing.
    """
    part = next((each for each in _parts(case) if each.serial == bank.serial), None)
    if part is None or not part.is_in_dispute or part.filed_on is None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DIFFERENCE_NOT_OPEN",
            {"case": case.id, "serial": bank.serial},
            article=APL_67,
        )
    is_same = bank.paid_at == part.paid_at and bank.amount_fen in (part.amount_fen, part.filed_fen)
    if not is_same:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DIFFERENCE_UNPROVEN",
            {"serial": bank.serial, "noticed_fen": part.amount_fen, "filed_fen": part.filed_fen},
            article=APL_67,
        )
    is_filed = bank.amount_fen == part.filed_fen
    return PaymentDifferenceSettled(
        case.id,
        bank.serial,
        bank.amount_fen,
        bank.notice,
        by,
        part.filed_on if is_filed else None,
        bytes.fromhex(part.differed_in[-1]) if is_filed else None,
    )


def require_no_difference(case: Case) -> None:
    """Raises Refusal CASE_DIFFERENCE_OPEN while the bank names two amounts for one payment."""
    for part in _parts(case):
        if part.is_in_dispute:
            raise Refusal(
                Kind.CONFLICT,
                "CASE_DIFFERENCE_OPEN",
                {"case": case.id, "serial": part.serial},
                article=APL_67,
            )


def _parts(case: Case) -> tuple[Paid, ...]:
    return case.payment.parts if case.payment else ()


def _with_part(case: Case, serial: str, **changes: object) -> Case:
    assert case.payment is not None
    parts = tuple(
        replace(part, **changes) if part.serial == serial else part  # type: ignore[arg-type]
        for part in case.payment.parts
    )
    return replace(case, payment=replace(case.payment, parts=parts))


def require_repeat(bank: BankNotice, known: BankNotice, *, is_from_file: bool) -> None:
    """Raises Refusal CASE_PAYMENT_SERIAL_REUSED unless `bank` tells of the payment `known` again.

    One serial is one payment: the same serial with another content is refused (Inv. 5). A payment that the bank's file
    told first (`is_from_file`) has no notice to repeat: the late one says the same of reference, amount and time. So
    does a notice that brings the receipt later than the first one.
    """
    is_same = (bank.reference, bank.amount_fen, bank.paid_at) == (
        known.reference,
        known.amount_fen,
        known.paid_at,
    )
    may_differ = is_from_file or (bank.receipt is not None and bank.channel == known.channel)
    if not (is_same if may_differ else known.notice == bank.notice):
        raise Refusal(Kind.CONFLICT, "CASE_PAYMENT_SERIAL_REUSED", {"serial": bank.serial}, article=APL_67)
