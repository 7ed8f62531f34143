"""The catalogue follows the law: a cause obliges the agency to change its item, and silence about that is recorded.

a law or a duty changed ─▶ 10 working days (and 5 with the authority's consent) ─▶ the new version is submitted
                                          └─ nothing submitted ─▶ catalogue.change_overdue ─▶ an oversight item
submitted ─▶ 2 working days ─▶ listed or returned
                └─ neither ─▶ catalogue.review_overdue
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_17_2
from data_exchange.domain.catalogue import (
    CatalogueItem,
    ChangingItem,
    ItemState,
    require_authority,
    require_item_state,
    require_provider,
)
from data_exchange.domain.clocks import Terms
from data_exchange.domain.dataclocks import CHANGE, change_by, extended_change_by
from data_exchange.domain.exchange import Clock

OVERDUE_ITEM = "OV-6"
"""The type of the oversight item for a duty of the catalogue that was left undone (GDS 39(1))."""


class Cause(StrEnum):
    """What obliges an agency to change its item (GDS 17(2))."""

    LAW_ADJUSTED = "LAW_ADJUSTED"
    DUTY_CHANGED = "DUTY_CHANGED"


@dataclass(frozen=True)
class ItemChangeOwed(ChangingItem):
    """A law or a duty changed on `arose_on`, so the item has to follow by `change_by`."""

    type: ClassVar[str] = "catalogue.change_owed"
    cause: Cause
    arose_on: date
    text: Commitment
    change_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.change_by,)

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, change_extended=False)


@dataclass(frozen=True)
class ItemChangeExtended(ChangingItem):
    """The authority consented to `days` more."""

    type: ClassVar[str] = "catalogue.change_extended"
    days: int
    reason: Commitment
    change_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.change_by,)

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, change_extended=True)


@dataclass(frozen=True)
class _Overdue(ChangingItem):
    item_type: str
    agency_id: AgencyId
    rule: str
    due_on: date

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        clocks = tuple(
            replace(clock, ended_at=at, missed=True) if clock.deadline.rule == self.rule else clock
            for clock in item.clocks
        )
        return replace(item, clocks=clocks)


@dataclass(frozen=True)
class ItemChangeOverdue(_Overdue):
    """The period for a change passed and no new version was submitted: `agency_id` left it undone."""

    type: ClassVar[str] = "catalogue.change_overdue"


@dataclass(frozen=True)
class ItemReviewOverdue(_Overdue):
    """The period for the review passed: `agency_id`, the authority, neither listed nor returned the version."""

    type: ClassVar[str] = "catalogue.review_overdue"


def owe_change(
    item: CatalogueItem,
    cause: Cause,
    *,
    agency_id: AgencyId | None,
    arose_on: date,
    text: Commitment,
    terms: Terms,
    at: datetime,
) -> ItemChangeOwed:
    """Note why a listed item has to change. The days run from the change of the law, not from this note (GDS 17(2)).

    So an old cause can be over already. A cause that lies in the future is none yet.
    """
    require_provider(item, agency_id)
    if item.listed_version is None:
        require_item_state(item, ItemState.LISTED, act="a cause to change it")
    if item.is_running(CHANGE):
        raise Refusal(RefusalKind.CONFLICT, "DX_CHANGE_RUNS", {"item": item.id}, article=GDS_17_2)
    if arose_on > legal_day(at):
        raise Refusal(RefusalKind.INVALID, "DX_CAUSE_IN_FUTURE", {"today": legal_day(at)}, article=GDS_17_2)
    return ItemChangeOwed(item.id, cause, arose_on, text, change_by(arose_on, terms))


def extend_change(
    item: CatalogueItem,
    days: int,
    *,
    agency_id: AgencyId | None,
    reason: Commitment,
    terms: Terms,
    at: datetime,
) -> ItemChangeExtended:
    """The authority consents to at most five working days more (GDS 17(2)), once, while the period runs."""
    require_authority(item, agency_id)
    clock = item.clock(CHANGE)
    if clock is None or not clock.is_running or clock.has_passed(legal_day(at)) or item.change_extended:
        raise Refusal(RefusalKind.CONFLICT, "DX_NOTHING_TO_EXTEND", {"object": item.id}, article=GDS_17_2)
    most = terms.rules.catalogue_change_extension_wd
    if days > most:
        raise Refusal(RefusalKind.INVALID, "DX_CHANGE_EXTENSION_TOO_LONG", {"most": most}, article=GDS_17_2)
    by = extended_change_by(clock.deadline, days, terms)
    return ItemChangeExtended(item.id, days, reason, by)


def overdue(item: CatalogueItem, *, at: datetime) -> tuple[ItemChangeOverdue | ItemReviewOverdue, ...]:
    """A fact for each period that is over: of the agency for its change, of the authority for its review."""
    return tuple(_overdue(item, clock) for clock in item.passed(legal_day(at)))


def _overdue(item: CatalogueItem, clock: Clock) -> ItemChangeOverdue | ItemReviewOverdue:
    rule, due_on = clock.deadline.rule, clock.deadline.due_on
    if rule == CHANGE:
        return ItemChangeOverdue(item.id, OVERDUE_ITEM, item.agency_id, rule, due_on)
    return ItemReviewOverdue(item.id, OVERDUE_ITEM, item.authority_id or item.agency_id, rule, due_on)
