"""Periods of a year whose holidays were not announced yet, dated again when they are (HOL 2).

The yearly notice adds days off in lieu and working weekends. A period that looked at days of a year without a notice
is provisional; the first calendar that knows the year settles it, with a record of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Changing, Clock, Exchange


@dataclass(frozen=True)
class DeadlineRedated(Changing):
    """`deadline` is no longer provisional. It was due on `was_due_on` before."""

    type: ClassVar[str] = "exchange.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        clock = exchange.clock(self.deadline.rule)
        return exchange if clock is None else exchange.with_clock(replace(clock, deadline=self.deadline))


def redate(exchange: Exchange, clock: Clock, *, terms: Terms) -> DeadlineRedated | None:
    """`clock` by the calendar of now; None while that does not know its year.

    A clock that has ended keeps the day by which it was judged. A stopped one is computed again when it goes on.
    """
    if not clock.deadline.provisional or not clock.is_running or clock.is_stopped:
        return None
    settled = terms.again(clock)
    return None if settled.provisional else DeadlineRedated(exchange.id, settled, clock.deadline.due_on)
