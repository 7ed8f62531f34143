"""What is due after a decision was served, to whom, and by when: the lists of finance and of the execution.

Everything here follows from the case and its deadlines. Nothing of it is stored, so no list can differ from its case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from case.domain.deadlines import Terms
from case.domain.demanding import REMEDIES, remedies_end_on
from case.domain.enforcing import apply_by
from case.domain.execution import Ruling
from case.domain.money import RefundState
from case.domain.procedure import Case, State
from case.domain.relief import late_fen, plan_of
from common.values.calendar import Deadline


class DutyKind(StrEnum):
    """What is to be done. The first four are the finance department's."""

    SETTLE_DIFFERENCE = "SETTLE_DIFFERENCE"
    ENTER_RECEIPT = "ENTER_RECEIPT"
    APPROVE_REFUND = "APPROVE_REFUND"
    RETURN_REFUND = "RETURN_REFUND"  # the bank does, and finance sees that it is done
    ASK_REFUND = "ASK_REFUND"
    DECIDE_RELIEF = "DECIDE_RELIEF"
    DEMAND = "DEMAND"
    SERVE_DEMAND = "SERVE_DEMAND"
    ANSWER_OBJECTION = "ANSWER_OBJECTION"
    ASK_COURT = "ASK_COURT"
    ENTER_RULING = "ENTER_RULING"
    OBJECT_TO_COURT = "OBJECT_TO_COURT"


FINANCE = frozenset(
    (DutyKind.SETTLE_DIFFERENCE, DutyKind.ENTER_RECEIPT, DutyKind.APPROVE_REFUND, DutyKind.RETURN_REFUND)
)
"""The duties of the finance department; the others are those of the enforcement."""


@dataclass(frozen=True)
class Duty:
    """One thing to do, by the deadline on record. `deadline` is None where no law and no profile sets a day."""

    kind: DutyKind
    deadline: Deadline | None


def duties(case: Case, deadlines: Sequence[Deadline], *, on: date, terms: Terms) -> tuple[Duty, ...]:
    """What is to be done about the money and the execution of `case` on the day `on`."""
    known = {deadline.rule: deadline for deadline in deadlines}
    return (
        *_of_finance(case, known),
        *_of_refunds(case, known),
        *_of_execution(case, deadlines, known, on, terms),
    )


def _of_finance(case: Case, known: dict[str, Deadline]) -> Iterator[Duty]:
    parts = case.payment.parts if case.payment else ()
    if any(part.is_in_dispute for part in parts):
        yield Duty(DutyKind.SETTLE_DIFFERENCE, None)
    if any(part.receipt is None for part in parts) and case.closed_at is None:
        yield Duty(DutyKind.ENTER_RECEIPT, known.get("close"))


def _of_refunds(case: Case, known: dict[str, Deadline]) -> Iterator[Duty]:
    acts = {
        RefundState.OPEN: DutyKind.ASK_REFUND,
        RefundState.ASKED: DutyKind.APPROVE_REFUND,
        RefundState.APPROVED: DutyKind.RETURN_REFUND,
    }
    for refund in case.refunds:
        if refund.state in acts:
            yield Duty(acts[refund.state], known.get(f"refund_{refund.number}"))


def _of_execution(
    case: Case, deadlines: Sequence[Deadline], known: dict[str, Deadline], on: date, terms: Terms
) -> Iterator[Duty]:
    if case.state is State.PERFORMING:
        if any(relief.is_open for relief in case.reliefs):
            yield Duty(DutyKind.DECIDE_RELIEF, known.get("answer_relief"))
        if _is_demand_due(case, deadlines, on):
            yield Duty(DutyKind.DEMAND, terms.demand(remedies_end_on(deadlines)))
    execution = case.execution
    if execution is None:
        return
    ask_by = apply_by(case, deadlines, terms)
    if case.state is State.DEMANDED and execution.demand is not None:
        if execution.demand.served_at is None:
            yield Duty(DutyKind.SERVE_DEMAND, ask_by)
        elif on >= known["answer_demand"].following_on:
            yield Duty(DutyKind.ASK_COURT, ask_by)
        if any(not said.answered for said in execution.said_to_demand):
            yield Duty(DutyKind.ANSWER_OBJECTION, ask_by)
    court = execution.court
    if court is None or case.state not in (State.ENFORCEMENT_APPLIED, State.ENFORCEMENT_RULED):
        return
    if court.ruling in (Ruling.NOT_ACCEPTED, Ruling.REFUSED) and court.objected_on is None:
        yield Duty(DutyKind.OBJECT_TO_COURT, known.get("object_to_court"))
    elif case.state is State.ENFORCEMENT_APPLIED:
        rule = "court_rules" if court.ruling is Ruling.ACCEPTED else "court_accepts"
        yield Duty(DutyKind.ENTER_RULING, known.get(rule))


def _is_demand_due(case: Case, deadlines: Sequence[Deadline], on: date) -> bool:
    """Whether the demand may be issued: the remedies are over, no plan runs, and something is late."""
    if not any(deadline.rule in REMEDIES for deadline in deadlines) or any(r.is_open for r in case.remedies):
        return False
    plan = plan_of(case)
    is_over = on > remedies_end_on(deadlines) and (plan is None or on > plan.ends_on)
    return is_over and late_fen(case, on) > 0
