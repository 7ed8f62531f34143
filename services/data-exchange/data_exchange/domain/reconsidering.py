"""After the decision whether to file a suspected crime: reconsideration and the handing over of goods (CrimT 9, 12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import CRIMT_9, CRIMT_12
from data_exchange.domain import transferclocks as clocks
from data_exchange.domain.clocks import GOODS, RECONSIDERATION, Terms
from data_exchange.domain.exchange import Exchange, Side, State, all_running, require_side, require_state
from data_exchange.domain.receiving import filed
from data_exchange.domain.transfers import Filing, Transfer, TransferFact, refused, require_criminal


@dataclass(frozen=True)
class ReconsiderationAsked(TransferFact):
    """The sender asks the police to reconsider that they did not file."""

    type: ClassVar[str] = "exchange.reconsideration_asked"
    reason: Commitment
    decide_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,)

    @property
    def ends(self) -> tuple[str, ...]:
        return (RECONSIDERATION,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.ACKNOWLEDGED)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, filing=None, filed_at=None, reconsidered_at=at)


@dataclass(frozen=True)
class ReconsiderationDecided(TransferFact):
    """The police decided again whether to file. There is no second reconsideration."""

    type: ClassVar[str] = "exchange.reconsideration_decided"
    filing: Filing
    reason: Commitment
    running: tuple[str, ...]
    goods_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.goods_by,) if self.goods_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return filed(exchange, self.filing, at=at)

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, filing=self.filing, filed_at=at)


@dataclass(frozen=True)
class GoodsHandedOver(TransferFact):
    """The sender handed over `items` goods and the material of a filed case. `is_late`: after the three days."""

    type: ClassVar[str] = "exchange.goods_handed_over"
    items: int
    note: Commitment
    is_late: bool

    @property
    def ends(self) -> tuple[str, ...]:
        return (GOODS,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, goods_handed_at=at)


def ask_reconsideration(
    transfer: Transfer, *, agency_id: AgencyId | None, reason: Commitment, terms: Terms, at: datetime
) -> ReconsiderationAsked:
    """Ask within three days of the notice that the case was not filed (CrimT 9(1)); the last day counts to its end."""
    require_side(transfer.exchange, agency_id, Side.SENDER)
    require_criminal(transfer, CRIMT_9, act="a reconsideration")
    require_state(transfer.exchange, State.FULFILLED, act="a reconsideration")
    if transfer.filing is not Filing.NOT_FILED or transfer.reconsidered_at is not None:
        raise refused(transfer, "DX_NOTHING_TO_RECONSIDER", CRIMT_9)
    clock = transfer.exchange.clock(RECONSIDERATION)
    if clock is None or clock.deadline.is_over(at):
        due_on = clock.deadline.due_on if clock else None
        raise refused(transfer, "DX_RECONSIDERATION_LATE", CRIMT_9, due_on=due_on)
    return ReconsiderationAsked(transfer.id, reason, clocks.reconsidered_by(terms, at))


def decide_reconsideration(
    transfer: Transfer,
    filing: Filing,
    *,
    agency_id: AgencyId | None,
    reason: Commitment,
    terms: Terms,
    at: datetime,
) -> ReconsiderationDecided:
    """Decide again within three days, in writing (CrimT 9(1)). A late decision is a decision."""
    require_side(transfer.exchange, agency_id, Side.RECEIVER)
    if not transfer.is_reconsidered:
        raise refused(transfer, "DX_NOTHING_TO_RECONSIDER", CRIMT_9)
    require_state(transfer.exchange, State.ACKNOWLEDGED, act="the decision on the reconsideration")
    goods_by = clocks.goods_by(terms, at) if filing is Filing.FILED else None
    running = all_running(transfer.exchange)
    return ReconsiderationDecided(transfer.id, filing, reason, running, goods_by)


def hand_over_goods(
    transfer: Transfer, items: int, *, agency_id: AgencyId | None, note: Commitment, at: datetime
) -> GoodsHandedOver:
    """Hand over the goods of a filed case within three days (CrimT 12). Late is on record, and still owed."""
    require_side(transfer.exchange, agency_id, Side.SENDER)
    require_criminal(transfer, CRIMT_12, act="the handing over of goods")
    require_state(transfer.exchange, State.ACCEPTED, act="the handing over of goods")
    if transfer.goods_handed_at is not None:
        raise refused(transfer, "DX_GOODS_HANDED_OVER", CRIMT_12)
    clock = transfer.exchange.clock(GOODS)
    is_late = clock is not None and clock.deadline.is_over(at)
    return GoodsHandedOver(transfer.id, items, note, is_late)
