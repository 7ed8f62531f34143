"""Silence and what follows it: overdue, urged, urged again, escalated (NJ 22(2), (3)).

    clock passed ─▶ OVERDUE ─urge─▶ URGED ─(3 working days) urge─▶ URGED_TWICE ─(3 working days)─▶ ESCALATED

The service itself records that a period passed, because silence has no author. Urging is an act of the sender; the
service urges where the sender has not. The second urging and the escalation each wait for the period of the one
before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import NJ_22_2, NJ_22_3, Article
from data_exchange.domain.clocks import (
    ACKNOWLEDGE,
    COMPLETE,
    SECOND_URGE_REPLY,
    SENDERS,
    URGE_REPLY,
    Terms,
)
from data_exchange.domain.exchange import (
    OWED,
    Changing,
    Clock,
    Exchange,
    Kind,
    Pressure,
    Side,
    after,
    require_side,
    require_state,
)
from data_exchange.domain.letters import Letter

_WITHOUT_PRESSURE = (ACKNOWLEDGE, COMPLETE, *SENDERS)
"""A missing acknowledgement is on record, but nothing is withheld before the answer is due (NJ 22(2)). The period for a
completion is the sender's own, and so are some of a transfer.
"""
_URGED = {Pressure.OVERDUE: Pressure.URGED, Pressure.URGED: Pressure.URGED_TWICE}


@dataclass(frozen=True)
class ExchangeOverdue(Changing):
    """The period of `rule` passed on `due_on` without an answer: the receipt of a silence."""

    type: ClassVar[str] = "exchange.overdue"
    rule: str
    due_on: date

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        clocks = tuple(
            replace(clock, ended_at=at, missed=True) if self._is_mine(clock) else clock
            for clock in exchange.clocks
        )
        presses = exchange.pressure is Pressure.NONE and self.rule not in _WITHOUT_PRESSURE
        return replace(exchange, clocks=clocks, pressure=Pressure.OVERDUE if presses else exchange.pressure)

    def _is_mine(self, clock: Clock) -> bool:
        return clock.is_running and clock.deadline.rule == self.rule


@dataclass(frozen=True)
class ExchangeUrged(Changing):
    """The receiver was urged for the `nth` time and has until `reply_by` to answer.

    `letter` is None where the profile has no entry for the sender's office: silence is urged all the same.
    """

    type: ClassVar[str] = "exchange.urged"
    nth: int
    reply_by: Deadline
    letter: Letter | None = None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.reply_by,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, pressure=_URGED[exchange.pressure], urged_on=legal_day(at), urgings=self.nth)


@dataclass(frozen=True)
class Silence:
    """One period that passed unanswered: which, from when, until when. An urging begins one."""

    rule: str
    trigger_on: date
    due_on: date


@dataclass(frozen=True)
class ExchangeEscalated(Changing):
    """Urged in vain: the supervisor is told, as an oversight item of `item_type` (OV-2 or OV-3).

    `agency_id` is the agency that was silent, and `log` every period that it let pass. `consequence` commits to the
    officer's words about the serious result, which NJ 22(3) asks for.
    """

    type: ClassVar[str] = "exchange.escalated"
    item_type: str
    agency_id: AgencyId
    consequence: Commitment | None
    log: tuple[Silence, ...]

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, pressure=Pressure.ESCALATED)


def passed(exchange: Exchange, *, at: datetime) -> tuple[ExchangeOverdue, ...]:
    """A fact for each period that is over. The last day counts until its end."""
    today = legal_day(at)
    return tuple(
        ExchangeOverdue(exchange.id, clock.deadline.rule, clock.deadline.due_on)
        for clock in exchange.clocks
        if clock.has_passed(today)
    )


def after_silence(exchange: Exchange, *, at: datetime) -> Exchange:
    """The exchange once every period that is over is recorded as passed."""
    for fact in passed(exchange, at=at):
        exchange = after(exchange, fact, at=at)
    return exchange


def urge(
    exchange: Exchange,
    *,
    agency_id: AgencyId | None,
    terms: Terms,
    at: datetime,
    letter: Letter | None = None,
) -> ExchangeUrged:
    """Urge the receiver once a period has passed (NJ 22(2)), and again once the period of the first urging has."""
    require_side(exchange, agency_id, Side.SENDER)
    require_state(exchange, *OWED, act="urging")
    clock = exchange.clock(URGE_REPLY)
    is_waiting = exchange.pressure is Pressure.URGED and clock is not None and clock.is_running
    if exchange.pressure is Pressure.NONE or is_waiting:
        due = clock.deadline.due_on if is_waiting and clock else _next_due(exchange)
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_URGE_TOO_EARLY",
            {"exchange": exchange.id, "due_on": due},
            article=_basis_of(exchange),
        )
    if exchange.pressure not in _URGED:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_URGED_TWICE", {"exchange": exchange.id}, article=_basis_of(exchange)
        )
    if exchange.pressure is Pressure.OVERDUE:
        return ExchangeUrged(exchange.id, 1, terms.urge_reply(exchange.kind, at), letter)
    return ExchangeUrged(exchange.id, 2, terms.second_urge_reply(exchange.kind, at), letter)


def escalate(
    exchange: Exchange, *, agency_id: AgencyId | None, consequence: Commitment | None
) -> ExchangeEscalated:
    """Tell the supervisor once the second urging stayed without an answer (NJ 22(2), (3)).

    A transfer that was withheld is a violation only with a serious result, so an officer states it.
    """
    require_side(exchange, agency_id, Side.SENDER)
    require_state(exchange, *OWED, act="escalation")
    clock = exchange.clock(SECOND_URGE_REPLY)
    is_over = exchange.pressure is Pressure.URGED_TWICE and clock is not None and clock.missed
    if not is_over:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_ESCALATION_TOO_EARLY",
            {"exchange": exchange.id, "pressure": exchange.pressure},
            article=_basis_of(exchange),
        )
    is_transfer = exchange.kind is Kind.TRANSFER_REQUEST
    if is_transfer and consequence is None:
        raise Refusal(
            RefusalKind.INVALID, "DX_CONSEQUENCE_MISSING", {"exchange": exchange.id}, article=NJ_22_3
        )
    item_type = "OV-3" if is_transfer else "OV-2"
    return ExchangeEscalated(exchange.id, item_type, exchange.to_agency_id, consequence, _log_of(exchange))


def follow(
    exchange: Exchange, *, terms: Terms, at: datetime, letter: Letter | None = None
) -> ExchangeUrged | ExchangeEscalated | None:
    """What the service does by itself once a period has passed: it urges, urges again, and tells the supervisor.

    It does not escalate a transfer that was withheld: the officer has to state the serious result (NJ 22(3)).
    """
    waits = any(clock.deadline.rule in (URGE_REPLY, SECOND_URGE_REPLY) for clock in exchange.running)
    if waits:
        # Another period passed meanwhile. The receiver has until the end of the urging's own.
        return None
    if exchange.pressure in _URGED:
        return urge(exchange, agency_id=exchange.agency_id, terms=terms, at=at, letter=letter)
    is_transfer = exchange.kind is Kind.TRANSFER_REQUEST
    if exchange.pressure is Pressure.URGED_TWICE and not is_transfer:
        return escalate(exchange, agency_id=exchange.agency_id, consequence=None)
    return None


def _log_of(exchange: Exchange) -> tuple[Silence, ...]:
    missed = [clock.deadline for clock in exchange.clocks if clock.missed and clock.deadline.rule != COMPLETE]
    lines = (Silence(deadline.rule, deadline.trigger_on, deadline.due_on) for deadline in missed)
    return tuple(sorted(lines, key=lambda line: (line.due_on, line.trigger_on)))


def _next_due(exchange: Exchange) -> date | None:
    pressing = (clock for clock in exchange.running if clock.deadline.rule not in _WITHOUT_PRESSURE)
    return min((clock.deadline.due_on for clock in pressing), default=None)


def _basis_of(exchange: Exchange) -> Article:
    return NJ_22_3 if exchange.kind is Kind.TRANSFER_REQUEST else NJ_22_2
