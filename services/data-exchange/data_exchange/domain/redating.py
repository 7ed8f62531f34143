"""Periods of a year whose holidays were not announced yet, dated again when they are (HOL 2).

The yearly notice adds days off in lieu and working weekends. A period that looked at days of a year without a notice
is provisional; the first calendar that knows the year settles it, with a record of its own in the stream of its object.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline
from data_exchange.domain import disputes
from data_exchange.domain.catalogue import CatalogueItem, ChangingItem
from data_exchange.domain.clocks import Terms
from data_exchange.domain.disputes import Dispute
from data_exchange.domain.exchange import Changing, Clock, Exchange
from data_exchange.domain.usefacts import ChangingUse
from data_exchange.domain.uses import DataUse


@dataclass(frozen=True)
class DeadlineRedated(Changing):
    """`deadline` is no longer provisional. It was due on `was_due_on` before."""

    type: ClassVar[str] = "exchange.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, clocks=_with(exchange.clocks, self.deadline))


@dataclass(frozen=True)
class ItemDeadlineRedated(ChangingItem):
    """As `DeadlineRedated`, for an item of the catalogue."""

    type: ClassVar[str] = "catalogue.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, clocks=_with(item.clocks, self.deadline))


@dataclass(frozen=True)
class DisputeDeadlineRedated(disputes.Changing):
    """As `DeadlineRedated`, for a level of a dispute."""

    type: ClassVar[str] = "dispute.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        return replace(dispute, clocks=_with(dispute.clocks, self.deadline))


@dataclass(frozen=True)
class UseDeadlineRedated(ChangingUse):
    """As `DeadlineRedated`, for the disposal of data or for ending a misuse."""

    type: ClassVar[str] = "use.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use, clocks=_with(use.clocks, self.deadline))


def redate(exchange: Exchange, *, terms: Terms) -> tuple[DeadlineRedated, ...]:
    """The periods of `exchange` that the calendar of now settles."""
    settled = _settled(exchange.clocks, terms)
    return tuple(DeadlineRedated(exchange.id, deadline, was) for deadline, was in settled)


def redate_item(item: CatalogueItem, *, terms: Terms) -> tuple[ItemDeadlineRedated, ...]:
    """The periods of `item` that the calendar of now settles."""
    settled = _settled(item.clocks, terms)
    return tuple(ItemDeadlineRedated(item.id, deadline, was) for deadline, was in settled)


def redate_dispute(dispute: Dispute, *, terms: Terms) -> tuple[DisputeDeadlineRedated, ...]:
    """The period of the level of `dispute`, if the calendar of now settles it."""
    settled = _settled(dispute.clocks, terms)
    return tuple(DisputeDeadlineRedated(dispute.id, deadline, was) for deadline, was in settled)


def redate_use(use: DataUse, *, terms: Terms) -> tuple[UseDeadlineRedated, ...]:
    """The periods of `use` that the calendar of now settles."""
    settled = _settled(use.clocks, terms)
    return tuple(UseDeadlineRedated(use.id, deadline, was) for deadline, was in settled)


def _settled(clocks: Iterable[Clock], terms: Terms) -> list[tuple[Deadline, date]]:
    """Each deadline by the calendar of now, if that knows its year, and its last day before.

    A clock that has ended keeps the day by which it was judged. A stopped one is computed again when it goes on.
    """
    waiting = (
        clock for clock in clocks if clock.deadline.provisional and clock.is_running and not clock.is_stopped
    )
    again = ((terms.again(clock), clock.deadline.due_on) for clock in waiting)
    return [(deadline, was) for deadline, was in again if not deadline.provisional]


def _with(clocks: Iterable[Clock], deadline: Deadline) -> tuple[Clock, ...]:
    """`clocks` with `deadline` in place of the older one of its rule."""
    return tuple(
        replace(clock, deadline=deadline) if clock.deadline.rule == deadline.rule else clock
        for clock in clocks
    )
