"""Deadlines of a year whose holidays were not announced yet, dated again when they are (HOL 2).

The yearly notice adds days off in lieu and working weekends. A deadline that looked at days of a year without a
notice is provisional; the first calendar that knows the year settles it, with a record of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from case.domain.clock import stops_of
from case.domain.corrections import changed, running_order
from case.domain.procedure import Case, Changing
from case.domain.repeating import anew_of
from common.values.calendar import Calendar, Deadline, Holder, redated


@dataclass(frozen=True)
class DeadlineRedated(Changing):
    """`deadline` was computed anew: by the notice of its year, or from another day of service.

    It was due on `was_due_on` before.
    """

    type: ClassVar[str] = "case.deadline_redated"

    deadline: Deadline
    was_due_on: date

    def applied(self, case: Case) -> Case:
        """The case with the day that its state keeps of this deadline, where it keeps one."""
        match self.deadline.rule:
            case "decide" if anew_of(case) is None:
                return replace(case, decide_until=self.deadline.due_at)
            case "defence" if case.notices:
                notice = replace(case.notices[-1], defence_until=self.deadline.due_at)
                return replace(case, notices=(*case.notices[:-1], notice))
            case "request_hearing" if case.notices:
                notice = replace(case.notices[-1], hearing_until=self.deadline.due_at)
                return replace(case, notices=(*case.notices[:-1], notice))
            case "answer_demand" if case.execution and case.execution.demand:
                demand = replace(case.execution.demand, answer_until=self.deadline.due_at)
                return replace(case, execution=replace(case.execution, demand=demand))
            case rule if rule.startswith("invalidation_"):
                moved = tuple(
                    replace(each, settle_by=self.deadline.due_on)
                    if rule == f"invalidation_{each.number}"
                    else each
                    for each in case.invalidations
                )
                return replace(case, invalidations=moved)
            case rule if rule.startswith("settle_preservation_"):
                kept = tuple(
                    replace(each, settle_by=self.deadline.due_on)
                    if rule == f"settle_preservation_{each.number}" and each.is_running
                    else each
                    for each in case.preservations
                )
                return replace(case, preservations=kept)
            case "correct" if (order := running_order(case.correction_orders)) is not None:
                day = self.deadline.due_on
                orders = changed(case.correction_orders, order.document_id, correct_by=day)
                return replace(case, correction_orders=orders)
            case "pay" if case.payment:
                return replace(case, payment=replace(case.payment, due_on=self.deadline.due_on))
        return case


def redate(case: Case, deadline: Deadline, calendar: Calendar) -> DeadlineRedated | None:
    """`deadline` of `case` by `calendar`; None while the calendar does not know its year.

    The party was told the day that was computed first, in a document that they may rely on. So a working weekend that
    would end their period earlier does not: the earlier day binds the agency alone.
    """
    settled = redated(deadline, calendar, stops=stops_of(case) if deadline.rule == "decide" else ())
    if settled is None:
        return None
    if deadline.holder is Holder.PARTY and settled.due_on < deadline.due_on:
        settled = replace(deadline, calendar_version=settled.calendar_version, provisional=False)
    return DeadlineRedated(case.id, settled, deadline.due_on)
