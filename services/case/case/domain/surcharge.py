"""The surcharge for late payment, and what is owed with it (C-26; APL 72, 73; AEL 45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from case.domain.contents import Paid
from case.domain.money import Relief
from case.domain.procedure import Case
from common.values.calendar import DAY, Stop, legal_day

# 3 % of the fine a day, never more than the fine (APL 72(1)(1)); an integer, so that no cent is a float.
SURCHARGE_PERCENT_A_DAY = 3


def surcharge_fen(
    fine_fen: int,
    *,
    due_on: date,
    paid_on: date,
    stops: Sequence[Stop] = (),
    parts: Sequence[Paid] = (),
    plans: Sequence[Relief] = (),
) -> int:
    """The surcharge on `fine_fen` paid on `paid_on`, in fen: 3 % a day, rounded half up, at most the fine.

    What `parts` paid before a day bears no surcharge on it: the party is late with the rest alone.

    Days count from the day after `due_on` up to and including the payment day, without the days of `stops`
    (APL 72(1)(1), 73(3); AEL 45(2)). While the newest of the granted `plans` lets a part wait, nobody is late with it
    (APL 66(2)); the surcharge runs on a part that was missed, from the day after its last.
    """
    late = (due_on + DAY * i for i in range(1, (paid_on - due_on).days + 1))
    counted = [day for day in late if not any(stop.covers(day) for stop in stops)]
    unpaid = sum(max(0, fine_fen - _not_yet_due(plans, day) - _paid_before(parts, day)) for day in counted)
    return min(fine_fen, (unpaid * SURCHARGE_PERCENT_A_DAY + 50) // 100)


def _not_yet_due(plans: Sequence[Relief], day: date) -> int:
    """What may wait by the newest plan that is in force on `day`."""
    in_force = [plan for plan in plans if plan.granted and plan.from_on is not None and plan.from_on <= day]
    return in_force[-1].not_yet_due(day) if in_force else 0


def _paid_before(parts: Sequence[Paid], day: date) -> int:
    return sum(part.amount_fen for part in parts if legal_day(part.paid_at) < day)


def amount_due(case: Case, paid_at: datetime) -> tuple[int, int]:
    """What is left of fine and surcharge in fen if paid at `paid_at`. The time of a payment stops the surcharge."""
    assert case.payment is not None
    payment = case.payment
    before = [part for part in payment.parts if part.paid_at <= paid_at]
    paid = sum(part.amount_fen for part in before) - _back_fen(case)
    late = _surcharge_until(case, _last_day(case, before, legal_day(paid_at)), before)
    fine = max(0, payment.fine_fen - paid)
    return fine, max(0, late - max(0, paid - payment.fine_fen))


def held_fen(case: Case) -> int:
    """What was paid and neither went back nor is on its way: a decision that was ordered anew is paid anew."""
    assert case.payment is not None
    return case.payment.paid_fen - _back_fen(case)


def covered_at(case: Case) -> datetime | None:
    """Since when the fine is covered by what was paid and did not go back; None while it is not."""
    if case.payment is None:
        return None
    return replace(case.payment, parts=_moved(case, case.payment.parts)).paid_at


def plans_of(case: Case) -> tuple[Relief, ...]:
    """The plans that were granted for the decision in force. One for a decision that fell lets nothing wait."""
    if case.decision is None:
        return ()
    since = case.decision.decided_at
    return tuple(plan for plan in case.reliefs if plan.granted_at is not None and plan.granted_at >= since)


def _back_fen(case: Case) -> int:
    return sum(refund.paid_fen for refund in case.refunds if not refund.withdrawn)


def _moved(case: Case, parts: Sequence[Paid]) -> tuple[Paid, ...]:
    """`parts`, and what went back as a payment of less than nothing on its day."""
    back = (
        Paid(refund.reference, -refund.paid_fen, refund.opened_at)
        for refund in case.refunds
        if not refund.withdrawn
    )
    return (*parts, *back)


def _last_day(case: Case, parts: Sequence[Paid], day: date) -> date:
    """`day`, or the day since which the parts cover the fine: nothing is late from then on."""
    assert case.payment is not None
    covered = replace(case.payment, parts=_moved(case, parts)).paid_at
    return min(day, legal_day(covered)) if covered else day


def _surcharge_until(case: Case, day: date, parts: Sequence[Paid]) -> int:
    assert case.payment is not None
    # Whoever may not have the decision is not late with it; while it is made anew nobody owes anything.
    if case.decision is None or not case.decision.surcharge_stated or case.barring_doubts:
        return 0
    return surcharge_fen(
        case.payment.fine_fen,
        due_on=case.payment.due_on,
        paid_on=day,
        stops=stops_of(case),
        parts=_moved(case, parts),
        plans=plans_of(case),
    )


def owed_fen(case: Case, parts: Sequence[Paid]) -> int:
    """The fine and its surcharge in fen, as far as `parts` were paid late.

    Notices come in any order, so every part counts, a part of a later time as well.
    """
    assert case.payment is not None
    last = _last_day(case, parts, legal_day(max(part.paid_at for part in parts)))
    return case.payment.fine_fen + _surcharge_until(case, last, parts)


def stops_of(case: Case) -> tuple[Stop, ...]:
    """The days on which no surcharge runs although the fine is late. The reason of each is its ground in law.

    While a remedy is under way none runs (APL 73(3)).
    """
    return tuple(remedy.surcharge_stop for remedy in case.remedies)
