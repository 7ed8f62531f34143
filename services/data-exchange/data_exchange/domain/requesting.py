"""The sender's acts: a request is sent, withdrawn, and closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, ExchangeId
from common.values.law import NJ_18_1, Article
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import (
    ANSWERED,
    UNANSWERED,
    Changing,
    Clock,
    Exchange,
    Kind,
    OfExchange,
    Pressure,
    Purpose,
    Side,
    State,
    all_running,
    require_side,
    require_state,
)
from data_exchange.domain.letters import Letter
from data_exchange.domain.standing import CaseStanding, require_live_case


@dataclass(frozen=True)
class ExchangeRequested(OfExchange):
    """A request was sent. `request` commits to its text: legal basis, what is asked, and for what.

    `letter` is None for a kind whose request is no letter.
    """

    type: ClassVar[str] = "exchange.requested"
    kind: Kind
    agency_id: AgencyId
    to_agency_id: AgencyId
    number: str
    purpose: Purpose
    case_id: CaseId | None
    request: Commitment
    items: int
    acknowledge_by: Deadline | None
    answer_by: Deadline
    letter: Letter | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream if self.case_id else None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.acknowledge_by, self.answer_by) if self.acknowledge_by else (self.answer_by,)

    def begun(self, *, at: datetime, clocks: tuple[Clock, ...]) -> Exchange:
        """The exchange that this fact, recorded at `at`, begins."""
        return Exchange(
            self.owner,
            self.kind,
            self.agency_id,
            self.to_agency_id,
            self.number,
            State.SENT,
            Pressure.NONE,
            self.purpose,
            self.case_id,
            requested_at=at,
            clocks=clocks,
        )


@dataclass(frozen=True)
class ExchangeWithdrawn(Changing):
    """The sender took the request back. `running` are the clocks that end with it.

    `voids_letter`: its arrival was not confirmed yet, so the letter is void; its number is not given again.
    """

    type: ClassVar[str] = "exchange.withdrawn"
    reason: Commitment
    running: tuple[str, ...]
    voids_letter: bool

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.WITHDRAWN, pressure=Pressure.NONE, closed_at=at)


@dataclass(frozen=True)
class ExchangeClosed(Changing):
    """The sender needs nothing more of the receiver."""

    type: ClassVar[str] = "exchange.closed"
    running: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.CLOSED, pressure=Pressure.NONE, closed_at=at)


def request(
    exchange_id: ExchangeId,
    kind: Kind,
    *,
    agency_id: AgencyId,
    to_agency_id: AgencyId,
    number: str,
    purpose: Purpose,
    case_id: CaseId | None,
    case: CaseStanding | None,
    content: Commitment,
    items: int,
    is_expert_opinion: bool,
    terms: Terms,
    at: datetime,
    superiors: frozenset[AgencyId] = frozenset(),
    wished_on: date | None = None,
    letter: Letter | None = None,
) -> ExchangeRequested:
    """Ask another agency for help (NJ 18(1); APL 26). Both periods begin with the day of sending.

    `case` is the standing of the case now, `superiors` are the agencies above the sender, and `wished_on` is the day
    until which the sender asks for the answer. An agency asks neither itself nor a superior: a superior is no
    department beside the sender, and nobody stands above the government who could act on its silence. Every purpose
    that asks about somebody needs the open case that it is for (NJ 17).
    """
    require_different(agency_id, to_agency_id)
    require_no_superior(agency_id, to_agency_id, superiors, article=NJ_18_1)
    # A correction asks for no new data, and what is wrong is also found after the case (GDS 26).
    if kind is not Kind.CORRECTION:
        require_live_case(purpose, case_id, case, agency_id=agency_id)
    return ExchangeRequested(
        exchange_id,
        kind,
        agency_id,
        to_agency_id,
        number,
        purpose,
        case_id,
        content,
        items,
        # The regulation knows no acknowledgement of a correction: its one period is that of the result (GDS 26).
        None if kind is Kind.CORRECTION else terms.acknowledge(at),
        terms.answer(kind, at, is_expert_opinion=is_expert_opinion, wished_on=wished_on),
        letter,
    )


def require_different(agency_id: AgencyId, to_agency_id: AgencyId) -> None:
    """Raises Refusal DX_SAME_AGENCY: an agency does not ask itself."""
    if agency_id == to_agency_id:
        raise Refusal(RefusalKind.INVALID, "DX_SAME_AGENCY", {"agency": agency_id}, article=NJ_18_1)


def require_no_superior(
    agency_id: AgencyId, to_agency_id: AgencyId, superiors: frozenset[AgencyId], *, article: Article
) -> None:
    """Raises Refusal DX_SUPERIOR_ASKED: an oversight item about a superior would have nobody who closes it."""
    if to_agency_id in superiors:
        facts = {"agency": to_agency_id, "sender": agency_id}
        raise Refusal(RefusalKind.INVALID, "DX_SUPERIOR_ASKED", facts, article=article)


def withdraw(exchange: Exchange, *, agency_id: AgencyId | None, reason: Commitment) -> ExchangeWithdrawn:
    """Take the request back while it is unanswered; an answer that was given stays on record."""
    require_side(exchange, agency_id, Side.SENDER)
    require_state(exchange, *UNANSWERED, act="its withdrawal")
    return ExchangeWithdrawn(exchange.id, reason, all_running(exchange), exchange.state is State.SENT)


def close(exchange: Exchange, *, agency_id: AgencyId | None) -> ExchangeClosed:
    """End an answered request. A part of the answer may be enough for the sender."""
    require_side(exchange, agency_id, Side.SENDER)
    require_state(exchange, *ANSWERED, act="its closing")
    return ExchangeClosed(exchange.id, all_running(exchange))
