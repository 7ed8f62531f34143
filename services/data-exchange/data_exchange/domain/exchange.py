"""A request from one agency to another, and its states; every act of the other files starts from one of them.

    DRAFT ─send─▶ SENT ─acknowledge─▶ ACKNOWLEDGED ─accept─▶ ACCEPTED ─deliver─▶ PARTIAL ─▶ FULFILLED ─close─▶ CLOSED
                    │                      └─ refuse ─▶ REFUSED, return ─▶ RETURNED ──────────────────close─▶ CLOSED
                    └─ withdraw (by the sender, until it is answered) ─▶ WITHDRAWN

    beside it, while a period has ended without an answer:  NONE ▶ OVERDUE ▶ URGED ▶ URGED_TWICE ▶ ESCALATED

The sender is `agency_id`, the receiver `to_agency_id`. A clock that ends unanswered leaves the state as it is and moves
the pressure; an answer ends the clock and takes the pressure away. The receiver may ask once for completion and once
for a longer period; a clock that is stopped counts no day.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, ExchangeId
from common.values.law import NJ_18_1, NJ_19


class Kind(StrEnum):
    """What is asked. TRANSFER_REQUEST asks an agency to hand over what it had to transfer by itself (NJ 19, 22(3))."""

    ASSISTANCE = "ASSISTANCE"
    DATA_REQUEST = "DATA_REQUEST"
    CORRECTION = "CORRECTION"
    TRANSFER_REQUEST = "TRANSFER_REQUEST"
    TRANSFER = "TRANSFER"
    CRIMINAL_TRANSFER = "CRIMINAL_TRANSFER"


class State(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    FULFILLED = "FULFILLED"
    REFUSED = "REFUSED"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"
    CLOSED = "CLOSED"


UNANSWERED = (State.SENT, State.ACKNOWLEDGED)
OWED = (State.SENT, State.ACKNOWLEDGED, State.ACCEPTED, State.PARTIAL)
"""The states in which the receiver still owes an act."""
ANSWERED = (State.FULFILLED, State.REFUSED, State.RETURNED, State.PARTIAL)


class Pressure(StrEnum):
    """How far silence has gone."""

    NONE = "NONE"
    OVERDUE = "OVERDUE"
    URGED = "URGED"
    URGED_TWICE = "URGED_TWICE"
    ESCALATED = "ESCALATED"


class Side(StrEnum):
    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


class Supplement(StrEnum):
    """Whether the receiver said what is missing in the request, which it does once (GDS 21(2))."""

    NONE = "NONE"
    AWAITED = "AWAITED"
    GIVEN = "GIVEN"


class Extension(StrEnum):
    """Whether the receiver asked for a longer period, which it does once."""

    NONE = "NONE"
    ASKED = "ASKED"
    GRANTED = "GRANTED"
    DECLINED = "DECLINED"


class Purpose(StrEnum):
    """Why an agency asks, from the closed list of purposes (NJ 17)."""

    IDENTIFY_PARTY = "IDENTIFY_PARTY"
    CONTACT_PARTY = "CONTACT_PARTY"
    CHECK_PERMIT = "CHECK_PERMIT"
    CHECK_PRIOR_PENALTY = "CHECK_PRIOR_PENALTY"
    VERIFY_FACT = "VERIFY_FACT"
    SERVE_DOCUMENT = "SERVE_DOCUMENT"
    ENFORCE = "ENFORCE"
    SUPERVISE = "SUPERVISE"
    STATISTICS = "STATISTICS"


@dataclass(frozen=True)
class ClockStop:
    """The days `from_on` ≤ day < `until_on` do not count. `until_on` is None while the stop lasts."""

    reason: str
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True)
class Clock:
    """One period of the exchange. `ended_at` is None while it runs; `missed` once it has passed unanswered."""

    deadline: Deadline
    ended_at: datetime | None = None
    missed: bool = False
    stops: tuple[ClockStop, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def is_stopped(self) -> bool:
        """Whether a stop lasts. Its `deadline` is computed again when the stop ends."""
        return any(stop.until_on is None for stop in self.stops)

    def has_passed(self, day: date) -> bool:
        """Whether its last day is over on `day`: on the last day itself an answer is in time."""
        return self.is_running and not self.is_stopped and self.deadline.due_on < day

    def stopped(self, reason: str, on: date) -> Clock:
        return replace(self, stops=(*self.stops, ClockStop(reason, on)))

    def going_on(self, reason: str, on: date) -> Clock:
        """The clock once the stop for `reason` has ended on `on`. Its deadline is the old one still."""
        ended = (
            replace(stop, until_on=on) if stop.reason == reason and stop.until_on is None else stop
            for stop in self.stops
        )
        return replace(self, stops=tuple(ended))


@dataclass(frozen=True)
class Exchange:
    """One request. `revision` counts the facts that made it; `number` is what letters and people quote."""

    id: ExchangeId
    kind: Kind
    agency_id: AgencyId
    to_agency_id: AgencyId
    number: str
    state: State
    pressure: Pressure
    purpose: Purpose
    case_id: CaseId | None
    requested_at: datetime
    clocks: tuple[Clock, ...] = ()
    revision: int = 0
    answered_at: datetime | None = None
    refusal_code: str | None = None
    urged_on: date | None = None
    urgings: int = 0
    supplement: Supplement = Supplement.NONE
    extension: Extension = Extension.NONE
    extension_days: int = 0
    closed_at: datetime | None = None

    def clock(self, rule: str) -> Clock | None:
        """The clock of `rule`, running or ended; None if it never ran."""
        return next((clock for clock in self.clocks if clock.deadline.rule == rule), None)

    @property
    def running(self) -> tuple[Clock, ...]:
        return tuple(clock for clock in self.clocks if clock.is_running)

    def with_clock(self, clock: Clock) -> Exchange:
        """The exchange with `clock` in place of its clock of the same rule."""
        rule = clock.deadline.rule
        return replace(self, clocks=tuple(clock if old.deadline.rule == rule else old for old in self.clocks))

    @property
    def sides(self) -> tuple[AgencyId, AgencyId]:
        """The agency that asks and the one that answers."""
        return self.agency_id, self.to_agency_id

    def side_of(self, agency_id: AgencyId | None) -> Side | None:
        """The side on which an agency stands; None for a third one."""
        if agency_id == self.agency_id:
            return Side.SENDER
        return Side.RECEIVER if agency_id == self.to_agency_id else None


@dataclass(frozen=True)
class OfExchange(Fact):
    """A fact that enters the stream of an exchange."""

    owner: ExchangeId

    @property
    def due(self) -> tuple[Deadline, ...]:
        """The periods that this fact starts."""
        return ()


@dataclass(frozen=True)
class Changing(OfExchange, ABC):
    """A fact that leaves an existing exchange in another state. Each says which."""

    @property
    def ends(self) -> tuple[str, ...]:
        """The rules whose running clocks this fact ends."""
        return ()

    @abstractmethod
    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        """`exchange` as this fact leaves it, but for its clocks and its revision."""


def after(exchange: Exchange, fact: Changing, *, at: datetime) -> Exchange:
    """The exchange as `fact`, recorded at `at`, leaves it. A clock of a rule replaces an older one of that rule."""
    changed = fact.applied(exchange, at=at)
    started = {deadline.rule: Clock(deadline) for deadline in fact.due}
    clocks = [
        replace(clock, ended_at=at) if clock.is_running and clock.deadline.rule in fact.ends else clock
        for clock in changed.clocks
        if clock.deadline.rule not in started
    ]
    return replace(changed, clocks=(*clocks, *started.values()), revision=exchange.revision + 1)


def require_no_transfer(exchange: Exchange) -> None:
    """Raises Refusal DX_TRANSFER_ACTS: the receiver answers a transfer at the transfer's own address (NJ 19)."""
    if exchange.kind in (Kind.TRANSFER, Kind.CRIMINAL_TRANSFER):
        raise Refusal(RefusalKind.CONFLICT, "DX_TRANSFER_ACTS", {"exchange": exchange.id}, article=NJ_19)


def all_running(exchange: Exchange) -> tuple[str, ...]:
    """The rules of every running clock, for a fact that ends them all."""
    return tuple(clock.deadline.rule for clock in exchange.running)


def require_state(exchange: Exchange, *states: State, act: str) -> None:
    """Raises Refusal DX_TRANSITION_NOT_ALLOWED unless `exchange` is in one of `states`."""
    if exchange.state not in states:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_TRANSITION_NOT_ALLOWED",
            {"exchange": exchange.id, "state": exchange.state, "act": act, "wanted": list(states)},
            article=NJ_18_1,
        )


def require_side(exchange: Exchange, agency_id: AgencyId | None, side: Side) -> None:
    """Raises Refusal DX_OTHER_SIDE: the sender does not answer its own request, the receiver does not urge itself."""
    if exchange.side_of(agency_id) is not side:
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_OTHER_SIDE", {"exchange": exchange.id, "side": side}, article=NJ_18_1
        )
