"""How many leads of an agency led to a prompt within the limit, month by month (NJ 15; PJ §1).

A lead counts for the month in which it was opened. Its limit is the last working day that the city allows; a lead whose
party nobody has found yet has the same one, because whoever was seen waits to be told. Nobody types any of it:
the records say when a lead was opened, when its prompt was made and when it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from case.domain.deadlines import Terms
from common.values.calendar import start_of
from common.values.ids import AgencyId


@dataclass(frozen=True)
class Opened:
    """So many leads of one agency that were opened on one day and are alike in the rest.

    `prompted_on` is the day of the first prompt; `ended_on` that of a lead that ended without one. `limit_on` is None
    where no party is known.
    """

    agency_id: AgencyId
    opened_on: date
    limit_on: date | None
    prompted_on: date | None
    ended_on: date | None
    count: int


@dataclass(frozen=True)
class PromptRate:
    """One agency in the month that begins on `month`: each lead is in one of the last five counts."""

    agency_id: AgencyId
    month: date
    leads: int = 0
    in_limit: int = 0
    late: int = 0
    overdue: int = 0
    waiting: int = 0
    ended: int = 0

    @property
    def in_limit_per_mille(self) -> int | None:
        """Of the leads whose prompt was due, the share that was prompted in time, rounded down; None of none."""
        due = self.in_limit + self.late + self.overdue
        return self.in_limit * 1000 // due if due else None


def rates(opened: Iterable[Opened], *, terms: Terms, today: date) -> list[PromptRate]:
    """The rate of each agency and month, in that order."""
    counted: dict[tuple[AgencyId, date], dict[str, int]] = {}
    for leads in opened:
        counts = counted.setdefault((leads.agency_id, leads.opened_on.replace(day=1)), {})
        for name in ("leads", _outcome(leads, terms, today)):
            counts[name] = counts.get(name, 0) + leads.count
    return [PromptRate(agency, month, **counts) for (agency, month), counts in sorted(counted.items())]


def _outcome(leads: Opened, terms: Terms, today: date) -> str:
    limit = leads.limit_on or terms.prompt_limit(start_of(leads.opened_on)).due_on
    if leads.prompted_on is not None:
        return "in_limit" if leads.prompted_on <= limit else "late"
    if leads.ended_on is not None:
        # A lead that ended in time owed nobody a prompt; one that ended late had owed it before.
        return "ended" if leads.ended_on <= limit else "overdue"
    return "waiting" if today <= limit else "overdue"
