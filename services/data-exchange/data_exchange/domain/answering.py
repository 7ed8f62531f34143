"""The receiver's acts: a request is acknowledged, accepted, refused, and fulfilled.

Assistance within competence is a duty (APL 26; NJ 18(1)): it can be refused only by a code of the closed list, and the
reason is written out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_21_2, NJ_18_1
from data_exchange.domain.clocks import ACKNOWLEDGE, ANSWER, COMPLETE, Terms
from data_exchange.domain.correcting import require_result
from data_exchange.domain.exchange import (
    OWED,
    UNANSWERED,
    Changing,
    Exchange,
    Kind,
    Pressure,
    Side,
    State,
    Supplement,
    all_running,
    require_no_transfer,
    require_side,
    require_state,
)
from data_exchange.domain.letters import Letter


class RefusalCode(StrEnum):
    """The closed list of reasons to refuse. R1 names the competent agency, R7 the law that forbids sharing."""

    R1 = "R1"  # outside competence
    R2 = "R2"  # law forbids
    R3 = "R3"  # no such data
    R4 = "R4"  # purpose or scope not proportionate
    R5 = "R5"  # state secret
    R6 = "R6"  # incomplete, after completion was asked for once
    R7 = "R7"  # classified as not shared, with the basis cited


def refusal_code(code: str) -> RefusalCode:
    """The code. Raises Refusal DX_REFUSAL_CODE_REQUIRED for any other reason to refuse: there is none."""
    if code not in list(RefusalCode):
        raise Refusal(
            RefusalKind.INVALID,
            "DX_REFUSAL_CODE_REQUIRED",
            {"codes": list(RefusalCode)},
            article=NJ_18_1,
        )
    return RefusalCode(code)


@dataclass(frozen=True)
class ExchangeAcknowledged(Changing):
    """The receiver confirmed the arrival."""

    type: ClassVar[str] = "exchange.acknowledged"

    @property
    def ends(self) -> tuple[str, ...]:
        return (ACKNOWLEDGE,)

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.ACKNOWLEDGED)


@dataclass(frozen=True)
class ExchangeAccepted(Changing):
    """The receiver will do what was asked. `running` are the clocks that this answer ends.

    `deliver_by` is the period for what it promised: data that it agreed to share (GDS 22(1)), or its help.
    """

    type: ClassVar[str] = "exchange.accepted"
    running: tuple[str, ...]
    letter: Letter | None = None
    deliver_by: Deadline | None = None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.deliver_by,) if self.deliver_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, state=State.ACCEPTED, pressure=Pressure.NONE, answered_at=at)


@dataclass(frozen=True)
class ExchangeRefused(Changing):
    """The receiver refused by `code`; `reason` commits to the text. `competent_agency_id` is named with R1."""

    type: ClassVar[str] = "exchange.refused"
    code: RefusalCode
    reason: Commitment
    competent_agency_id: AgencyId | None
    running: tuple[str, ...]
    letter: Letter | None = None

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(
            exchange,
            state=State.REFUSED,
            pressure=Pressure.NONE,
            answered_at=at,
            refusal_code=self.code,
        )


@dataclass(frozen=True)
class ExchangeFulfilled(Changing):
    """The receiver gave what was asked, or a part of it. `content` commits to the answer's text.

    `deliver_by` is the period for the rest, where a part begins one.
    """

    type: ClassVar[str] = "exchange.fulfilled"
    content: Commitment
    is_whole: bool
    running: tuple[str, ...]
    letter: Letter | None = None
    deliver_by: Deadline | None = None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.deliver_by,) if self.deliver_by else ()

    @property
    def ends(self) -> tuple[str, ...]:
        return self.running

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        state = State.FULFILLED if self.is_whole else State.PARTIAL
        answered_at = exchange.answered_at or at
        # A part of shared data starts no new period (GDS 22(1)), so it takes no pressure away either.
        pressure = Pressure.NONE if self.is_whole or self.deliver_by else exchange.pressure
        return replace(exchange, state=state, pressure=pressure, answered_at=answered_at)


def acknowledge(exchange: Exchange, *, agency_id: AgencyId | None) -> ExchangeAcknowledged:
    """Confirm the arrival. The period for the answer runs on."""
    require_side(exchange, agency_id, Side.RECEIVER)
    require_no_transfer(exchange)
    require_state(exchange, State.SENT, act="its acknowledgement")
    return ExchangeAcknowledged(exchange.id)


def accept(
    exchange: Exchange,
    *,
    agency_id: AgencyId | None,
    terms: Terms,
    at: datetime,
    letter: Letter | None = None,
) -> ExchangeAccepted:
    """Undertake what was asked. An answer that comes late is an answer: it ends the urging.

    The promise has a period of its own, and silence after it is urged as silence before it.
    """
    require_side(exchange, agency_id, Side.RECEIVER)
    require_no_transfer(exchange)
    require_state(exchange, *UNANSWERED, act="its acceptance")
    require_result(exchange, is_whole=False)
    deliver_by = terms.deliver(exchange.kind, at)
    return ExchangeAccepted(exchange.id, all_running(exchange), letter, deliver_by)


def refuse(
    exchange: Exchange,
    code: RefusalCode,
    *,
    agency_id: AgencyId | None,
    reason: Commitment,
    competent_agency_id: AgencyId | None = None,
    has_citation: bool = False,
    letter: Letter | None = None,
) -> ExchangeRefused:
    """Refuse with a code and reasons (NJ 18(1); GDS 21(2)).

    An incomplete request for data is never refused for it (GDS 21(2)); any other only after
    completion was asked for once, and came or the sender's period for it is over.
    """
    require_side(exchange, agency_id, Side.RECEIVER)
    require_no_transfer(exchange)
    require_state(exchange, *UNANSWERED, act="its refusal")
    if code is RefusalCode.R6 and exchange.kind is Kind.DATA_REQUEST:
        raise Refusal(
            RefusalKind.INVALID, "DX_INCOMPLETE_IS_NO_REFUSAL", {"exchange": exchange.id}, article=GDS_21_2
        )
    if code is RefusalCode.R6:
        _require_supplement_over(exchange)
    if code is RefusalCode.R1 and competent_agency_id is None:
        raise Refusal(RefusalKind.INVALID, "DX_COMPETENT_AGENCY_MISSING", article=NJ_18_1)
    if code in (RefusalCode.R2, RefusalCode.R7) and not has_citation:
        raise Refusal(RefusalKind.INVALID, "DX_CITATION_MISSING", {"code": code}, article=NJ_18_1)
    return ExchangeRefused(exchange.id, code, reason, competent_agency_id, all_running(exchange), letter)


def repeats(exchange: Exchange, code: RefusalCode, *, agency_id: AgencyId | None) -> bool:
    """Whether this refusal was given before. Refused is final, so its repeat is the refusal and not a fault."""
    require_side(exchange, agency_id, Side.RECEIVER)
    return exchange.state is State.REFUSED and exchange.refusal_code == code


def fulfil(
    exchange: Exchange,
    *,
    agency_id: AgencyId | None,
    content: Commitment,
    is_whole: bool,
    terms: Terms,
    at: datetime,
    letter: Letter | None = None,
) -> ExchangeFulfilled:
    """Give the whole answer or a part of it; a part may come before the request was accepted.

    A part ends the urging, and the rest of it is due within the period of a promise.
    """
    require_side(exchange, agency_id, Side.RECEIVER)
    require_no_transfer(exchange)
    require_state(exchange, *OWED, act="its fulfilment")
    require_result(exchange, is_whole=is_whole)
    deliver_by = None if is_whole else terms.deliver(exchange.kind, at)
    ended = all_running(exchange) if is_whole or deliver_by else (ACKNOWLEDGE, ANSWER, COMPLETE)
    return ExchangeFulfilled(exchange.id, content, is_whole, ended, letter, deliver_by)


def _require_supplement_over(exchange: Exchange) -> None:
    if exchange.supplement is Supplement.NONE:
        raise Refusal(RefusalKind.CONFLICT, "DX_SUPPLEMENT_FIRST", {"exchange": exchange.id}, article=NJ_18_1)
    clock = exchange.clock(COMPLETE)
    if exchange.supplement is Supplement.AWAITED and clock is not None and clock.is_running:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_SUPPLEMENT_RUNNING",
            {"exchange": exchange.id, "due_on": clock.deadline.due_on},
            article=NJ_18_1,
        )
