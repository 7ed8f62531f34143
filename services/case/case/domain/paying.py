"""The bank's word that a fine was paid, and the daily file that confirms it (C-27; APL 67, 70, 72; NJ 16).

    PERFORMING ─ signed notices, each a part or the whole ─▶ paid ─ the bank's file of the day ─▶ PERFORMED

No officer can say that a fine was paid: fine and collection are separate (APL 67). Every notice that the bank signed is
entered, because the money is there; the case is PERFORMED once fine and surcharge are covered by payments that the
daily file confirms (Inv. 5). A receipt may come with a notice or at any time after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.contents import Paid, Receipt
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing, State, require_state
from common.values.calendar import DAY, Deadline, Stop, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_67, APL_72, NJ_16

# 3 % of the fine a day, never more than the fine (APL 72(1)(1)); an integer, so that no cent is a float.
SURCHARGE_PERCENT_A_DAY = 3


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

    `surcharge_fen` is what of the amount goes to the surcharge: the fine is covered first.
    """

    type: ClassVar[str] = "case.paid"
    v: ClassVar[int] = 2

    payment_reference: str
    serial: str
    amount_fen: int
    surcharge_fen: int
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
        return _with_part(case, self.serial, differed_in=(*part.differed_in, self.file_sha256.hex()))


@dataclass(frozen=True)
class ReceiptEntered(Changing):
    """The finance department's receipt for a payment (NJ 16(2)), entered by a clerk."""

    type: ClassVar[str] = "case.receipt.entered"

    serial: str
    receipt: Receipt
    by: OfficerId

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
        return replace(case, state=State.PERFORMED)


def surcharge_fen(
    fine_fen: int,
    *,
    due_on: date,
    paid_on: date,
    remedies: tuple[Stop, ...] = (),
    parts: Sequence[Paid] = (),
) -> int:
    """The surcharge on `fine_fen` paid on `paid_on`, in fen: 3 % a day, rounded half up, at most the fine.

    What `parts` paid before a day bears no surcharge on it: the party is late with the rest alone.

    Days count from the day after `due_on` up to and including the payment day, without the days on which a
    reconsideration or a suit was open (APL 72(1)(1), 73(3); AEL 45(2)).
    """
    late = (due_on + DAY * i for i in range(1, (paid_on - due_on).days + 1))
    counted = [day for day in late if not any(remedy.covers(day) for remedy in remedies)]
    unpaid = sum(max(0, fine_fen - _paid_before(parts, day)) for day in counted)
    return min(fine_fen, (unpaid * SURCHARGE_PERCENT_A_DAY + 50) // 100)


def _paid_before(parts: Sequence[Paid], day: date) -> int:
    return sum(part.amount_fen for part in parts if legal_day(part.paid_at) < day)


def amount_due(case: Case, paid_at: datetime) -> tuple[int, int]:
    """What is left of fine and surcharge in fen if paid at `paid_at`. The time of a payment stops the surcharge."""
    assert case.payment is not None
    payment = case.payment
    before = [part for part in payment.parts if part.paid_at <= paid_at]
    paid = sum(part.amount_fen for part in before)
    late = _surcharge_until(case, _last_day(case, before, legal_day(paid_at)), before)
    fine = max(0, payment.fine_fen - paid)
    return fine, max(0, late - max(0, paid - payment.fine_fen))


def _last_day(case: Case, parts: Sequence[Paid], day: date) -> date:
    """`day`, or the day on which the parts covered the fine: nothing is late from then on."""
    assert case.payment is not None
    total = 0
    for part in sorted(parts, key=lambda each: each.paid_at):
        total += part.amount_fen
        if total >= case.payment.fine_fen:
            return min(day, legal_day(part.paid_at))
    return day


def _surcharge_until(case: Case, day: date, parts: Sequence[Paid]) -> int:
    assert case.payment is not None
    assert case.decision is not None
    # Whoever may not have the decision is not late with it.
    if not case.decision.surcharge_stated or case.doubts:
        return 0
    return surcharge_fen(case.payment.fine_fen, due_on=case.payment.due_on, paid_on=day, parts=parts)


def pay(case: Case, bank: BankNotice, *, at: datetime) -> CasePaid:
    """Enter the bank's notice (C-27): the whole, or a part, which is recorded because the bank has the money.

    More than what is left of the fine and the surcharge of that day is somebody's money, and stays the bank's to
    return (APL 67, 72).
    """
    require_state(case, State.PERFORMING, act="a payment")
    assert case.payment is not None
    if bank.paid_at > at:
        raise Refusal(Kind.INVALID, "CASE_PAYMENT_IN_FUTURE", article=APL_67)
    if case.decision is None or bank.paid_at < case.decision.decided_at:
        raise Refusal(
            Kind.INVALID, "CASE_PAYMENT_BEFORE_DECISION", {"reference": bank.reference}, article=APL_67
        )
    left = _left_for(case, bank)
    if not 0 < bank.amount_fen <= left:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_PAYMENT_AMOUNT_MISMATCH",
            {"reference": bank.reference, "amount_fen": left, "paid_on": legal_day(bank.paid_at)},
            article=APL_72,
        )
    return CasePaid(
        case.id,
        bank.reference,
        bank.serial,
        bank.amount_fen,
        max(0, bank.amount_fen - max(0, case.payment.fine_fen - case.payment.paid_fen)),
        bank.paid_at,
        bank.channel,
        bank.receipt,
        bank.notice,
    )


def _left_for(case: Case, bank: BankNotice) -> int:
    """What is left of fine and surcharge in fen for this payment, and for no second one of the same money.

    Notices come in any order, so every part counts, those of a later time as well.
    """
    assert case.payment is not None
    parts = (*case.payment.parts, Paid(bank.serial, bank.amount_fen, bank.paid_at))
    last = _last_day(case, parts, legal_day(max(part.paid_at for part in parts)))
    owed = case.payment.fine_fen + _surcharge_until(case, last, parts)
    return max(0, owed - case.payment.paid_fen)


def is_payable(case: Case, bank: BankNotice, *, at: datetime) -> bool:
    """Whether `pay` would enter it: a line of the bank's file that it would refuse is named, and changes nothing."""
    if case.state is not State.PERFORMING or case.decision is None:
        return False
    in_time = case.decision.decided_at <= bank.paid_at <= at
    return in_time and 0 < bank.amount_fen <= _left_for(case, bank)


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
    if case.state is not State.PERFORMING or case.payment is None or case.doubts:
        return None
    settled = [part for part in case.payment.parts if part.reconciled_on is not None]
    if not settled or len(settled) != len(case.payment.parts):
        return None
    last = max(part.paid_at for part in settled)
    if sum(amount_due(case, last)) > 0:
        return None
    return CasePerformed(case.id, last, terms.close(last))


def enter_receipt(case: Case, *, serial: str, receipt: Receipt, by: OfficerId) -> ReceiptEntered:
    """A receipt that came after the payment (NJ 16(2)), at any time before the case is closed."""
    require_state(case, State.PERFORMING, State.PERFORMED, act="entering a receipt")
    part = next((each for each in _parts(case) if each.serial == serial), None)
    if part is None or part.receipt is not None:
        raise Refusal(
            Kind.CONFLICT, "CASE_RECEIPT_NOT_DUE", {"case": case.id, "serial": serial}, article=NJ_16
        )
    return ReceiptEntered(case.id, serial, receipt, by)


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
    told first (`is_from_file`) has no notice to repeat: the late one says the same of reference, amount and time.
    """
    is_same = (bank.reference, bank.amount_fen, bank.paid_at) == (
        known.reference,
        known.amount_fen,
        known.paid_at,
    )
    if not (is_same if is_from_file else known.notice == bank.notice):
        raise Refusal(Kind.CONFLICT, "CASE_PAYMENT_SERIAL_REUSED", {"serial": bank.serial}, article=APL_67)
