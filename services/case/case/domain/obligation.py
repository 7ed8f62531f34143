"""What is to be paid, under which reference, and until when (C-24; APL 67). It counts from the service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import ClassVar

from case.domain.contents import Payment
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing, State, require_state
from case.domain.renewals import renewals_of
from common.values.calendar import Deadline
from common.values.ids import CaseId


@dataclass(frozen=True)
class PerformanceDue(Changing):
    """What is to be paid, under which reference, until when; and until when the court may be asked if it is not."""

    type: ClassVar[str] = "case.performance_due"
    v: ClassVar[int] = 2

    payment_reference: str
    fine_fen: int
    pay_by: Deadline
    apply_court_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.pay_by, self.apply_court_by)

    def applied(self, case: Case) -> Case:
        payment = Payment(self.payment_reference, self.fine_fen, self.pay_by.due_on)
        before = case.payment
        if before is not None:  # a change keeps what was paid before it
            cancelled = (*before.cancelled, before.reference)
            payment = replace(payment, parts=before.parts, cancelled=cancelled)
        return replace(case, state=State.PERFORMING, payment=payment)


def payment_due(case: Case, *, terms: Terms) -> PerformanceDue:
    """The obligation and its reference (C-24). Counted from the service, not from the decision."""
    require_state(case, State.SERVED, act="the time to pay")
    assert case.decision is not None
    assert case.served_at is not None
    fine = case.decision.fine_fen
    return PerformanceDue(
        case.id,
        fine_reference(case.id, renewals_of(case)),
        fine,
        terms.pay(case.served_at),
        terms.apply_court(terms.litigation(case.served_at).due_on),
    )


def fine_reference(case_id: CaseId, changes: int) -> str:
    """The reference of the fine after so many changes of it."""
    return payment_reference(case_id, purpose=f"change {changes}" if changes else "")


def payment_reference(case_id: CaseId, *, purpose: str = "") -> str:
    """Twenty digits for the bank: nineteen from the case id, and one by which a mistyped digit is seen (Luhn).

    `purpose` tells the other references of the case from that of its fine.
    """
    digits = f"{int.from_bytes(sha256(f'{case_id}{purpose}'.encode()).digest()) % 10**19:019}"
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(digits)]
    total = sum(d // 10 + d % 10 for d in doubled)
    return digits + str(-total % 10)
