"""A request that is incomplete: the receiver says once what is missing, and the sender completes it (GDS 21(2)).

    NONE ─request_supplement (by the receiver, once)─▶ AWAITED ─complete (by the sender)─▶ GIVEN

The answer clock runs on meanwhile. NJ 18 and GDS 21 name no stop, and GDS 21(1) counts from the arrival of the
request. Only where the city's profile lists SUPPLEMENT among the stops of assistance does the clock stand still until
the completion arrives; a request for data never waits. The sender has a period of its own; until it ends the receiver
may not refuse the request as incomplete.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_21_2, NJ_18_1, Article
from data_exchange.domain.clocks import ANSWER, COMPLETE, Terms
from data_exchange.domain.exchange import (
    UNANSWERED,
    Changing,
    Clock,
    Exchange,
    Kind,
    Side,
    Supplement,
    require_side,
    require_state,
)

SUPPLEMENT: Final = "SUPPLEMENT"
"""The reason of the stop while completion is awaited."""


@dataclass(frozen=True)
class SupplementRequested(Changing):
    """The receiver said what is missing, in `items` points. `stops` says whether the answer clock stands still."""

    type: ClassVar[str] = "exchange.supplement_requested"
    missing: Commitment
    items: int
    complete_by: Deadline
    stops: bool

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.complete_by,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        asked = replace(exchange, supplement=Supplement.AWAITED)
        clock = exchange.clock(ANSWER)
        if not self.stops or clock is None:
            return asked
        return asked.with_clock(clock.stopped(SUPPLEMENT, legal_day(at)))


@dataclass(frozen=True)
class ExchangeCompleted(Changing):
    """The sender gave what was missing. `answer_by` is the receiver's period again, if it stood still."""

    type: ClassVar[str] = "exchange.completed"
    content: Commitment
    answer_by: Deadline | None

    @property
    def ends(self) -> tuple[str, ...]:
        return (COMPLETE,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        given = replace(exchange, supplement=Supplement.GIVEN)
        clock = _standing_still(exchange)
        if self.answer_by is None or clock is None:
            return given
        return given.with_clock(replace(clock.going_on(SUPPLEMENT, legal_day(at)), deadline=self.answer_by))


def request_supplement(
    exchange: Exchange,
    *,
    agency_id: AgencyId | None,
    missing: Commitment,
    items: int,
    terms: Terms,
    at: datetime,
) -> SupplementRequested:
    """Say what is missing, all at once: a second demand is refused (GDS 21(2))."""
    require_side(exchange, agency_id, Side.RECEIVER)
    require_state(exchange, *UNANSWERED, act="a demand for completion")
    if exchange.supplement is not Supplement.NONE:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_SUPPLEMENT_ASKED_BEFORE",
            {"exchange": exchange.id},
            article=_basis_of(exchange),
        )
    clock = exchange.clock(ANSWER)
    may_stop = exchange.kind is not Kind.DATA_REQUEST and SUPPLEMENT in terms.rules.clock_stops
    stops = may_stop and clock is not None and clock.is_running and not clock.is_stopped
    return SupplementRequested(exchange.id, missing, items, terms.complete(exchange.kind, at), stops)


def complete(
    exchange: Exchange, *, agency_id: AgencyId | None, content: Commitment, terms: Terms, at: datetime
) -> ExchangeCompleted:
    """Give what was missing, also after the sender's own period: late is better than not at all."""
    require_side(exchange, agency_id, Side.SENDER)
    require_state(exchange, *UNANSWERED, act="its completion")
    if exchange.supplement is not Supplement.AWAITED:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_NO_SUPPLEMENT_AWAITED",
            {"exchange": exchange.id},
            article=_basis_of(exchange),
        )
    clock = _standing_still(exchange)
    again = terms.again(clock.going_on(SUPPLEMENT, legal_day(at))) if clock else None
    return ExchangeCompleted(exchange.id, content, again)


def _standing_still(exchange: Exchange) -> Clock | None:
    """The answer clock while it waits for the completion."""
    clock = exchange.clock(ANSWER)
    if clock is None or not clock.is_running:
        return None
    is_waiting = any(stop.reason == SUPPLEMENT and stop.until_on is None for stop in clock.stops)
    return clock if is_waiting else None


def _basis_of(exchange: Exchange) -> Article:
    return GDS_21_2 if exchange.kind is Kind.DATA_REQUEST else NJ_18_1
