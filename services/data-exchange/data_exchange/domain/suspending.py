"""The receiver's period stands still for a reason that the city's profile lists, and goes on.

    running ─suspend (reason, digest of its evidence)─▶ stopped ─resume─▶ running, the stopped days not counted

No law of the exchange names a stop, so a profile lists none until the city's legal office has found one. The digest
lets the sender compare the evidence that the receiver shows later with the evidence of that day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_21_1
from data_exchange.domain.clocks import Terms, basis_of, owed
from data_exchange.domain.completing import SUPPLEMENT
from data_exchange.domain.exchange import (
    OWED,
    Changing,
    Clock,
    Exchange,
    Kind,
    Side,
    require_side,
    require_state,
)


@dataclass(frozen=True)
class ExchangeSuspended(Changing):
    """The clocks of `rules` stand still for `reason`. `evidence` is the SHA-256 of what shows it."""

    type: ClassVar[str] = "exchange.suspended"
    reason: str
    evidence: bytes
    note: Commitment
    rules: tuple[str, ...]

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        for clock in exchange.running:
            if clock.deadline.rule in self.rules:
                exchange = exchange.with_clock(clock.stopped(self.reason, legal_day(at)))
        return exchange


@dataclass(frozen=True)
class ExchangeResumed(Changing):
    """The stop for `reason` is over; `again` are the periods without the days that it took."""

    type: ClassVar[str] = "exchange.resumed"
    reason: str
    again: tuple[Deadline, ...]

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        for deadline in self.again:
            clock = exchange.clock(deadline.rule)
            if clock is not None:
                on = clock.going_on(self.reason, legal_day(at))
                exchange = exchange.with_clock(replace(on, deadline=deadline))
        return exchange


def suspend(
    exchange: Exchange,
    reason: str,
    *,
    agency_id: AgencyId | None,
    evidence: bytes,
    note: Commitment,
    terms: Terms,
) -> ExchangeSuspended:
    """Stop the receiver's running periods. One that has passed stays passed.

    The periods of a request for data stand still for nothing: only the authority's consent makes them longer
    (GDS 21(1)).
    """
    require_side(exchange, agency_id, Side.RECEIVER)
    require_state(exchange, *OWED, act="a suspension")
    if exchange.kind is Kind.DATA_REQUEST:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_DATA_PERIOD_RUNS_ON", {"exchange": exchange.id}, article=GDS_21_1
        )
    listed = sorted(terms.rules.clock_stops - {SUPPLEMENT})
    if reason not in listed:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_STOP_NOT_LISTED",
            {"exchange": exchange.id, "listed": listed},
            article=basis_of(exchange.kind),
        )
    clocks = owed(exchange)
    if not clocks:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_PERIOD_OVER", {"exchange": exchange.id}, article=basis_of(exchange.kind)
        )
    if any(clock.is_stopped for clock in clocks):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_STOPPED_ALREADY",
            {"exchange": exchange.id},
            article=basis_of(exchange.kind),
        )
    rules = tuple(clock.deadline.rule for clock in clocks)
    return ExchangeSuspended(exchange.id, reason, evidence, note, rules)


def resume(exchange: Exchange, *, agency_id: AgencyId | None, terms: Terms, at: datetime) -> ExchangeResumed:
    """Let the stopped periods go on from today. The day of resumption counts."""
    require_side(exchange, agency_id, Side.RECEIVER)
    require_state(exchange, *OWED, act="its resumption")
    stopped = [(clock, reason) for clock in owed(exchange) if (reason := _reason_of(clock))]
    if not stopped:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_NOT_SUSPENDED",
            {"exchange": exchange.id},
            article=basis_of(exchange.kind),
        )
    again = tuple(terms.again(clock.going_on(reason, legal_day(at))) for clock, reason in stopped)
    return ExchangeResumed(exchange.id, stopped[0][1], again)


def _reason_of(clock: Clock) -> str | None:
    """Why the clock was suspended, while it is. Waiting for a completion is no suspension."""
    lasting = (stop.reason for stop in clock.stops if stop.until_on is None)
    return next((reason for reason in lasting if reason != SUPPLEMENT), None)
