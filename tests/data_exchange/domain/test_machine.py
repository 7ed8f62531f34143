"""Every act in every state: what is not allowed is refused with its code and its article. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from common.values.datafiles import load_calendar, load_profile
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CaseId, ExchangeId
from common.values.law import GDS_21_1, GDS_21_2, NJ_18_1
from data_exchange.domain import (
    answering,
    completing,
    extending,
    messages,
    requesting,
    suspending,
    urging,
)
from data_exchange.domain.clocks import SECOND_URGE_REPLY, Terms
from data_exchange.domain.exchange import (
    Clock,
    Exchange,
    Extension,
    Kind,
    Pressure,
    Purpose,
    Side,
    State,
    Supplement,
)

NOW = datetime(2025, 3, 3, 1, tzinfo=UTC)
TERMS: Final = Terms(load_profile("DEMO"), load_calendar())
ASKING, ASKED, OTHER = AgencyId.new(NOW), AgencyId.new(NOW), AgencyId.new(NOW)
TEXT: Final = Commitment(bytes(32))

UNANSWERED = {State.SENT, State.ACKNOWLEDGED}
OWED = UNANSWERED | {State.ACCEPTED, State.PARTIAL}
ANSWERED = {State.FULFILLED, State.REFUSED, State.RETURNED, State.PARTIAL}
OPEN = set(State) - {State.DRAFT, State.WITHDRAWN, State.CLOSED}


def exchange_in(state: State, **changes: Any) -> Exchange:
    answer = Clock(TERMS.answer(Kind.ASSISTANCE, NOW))
    exchange = Exchange(
        ExchangeId.new(NOW),
        Kind.ASSISTANCE,
        ASKING,
        ASKED,
        "DX-1",
        state,
        Pressure.NONE,
        Purpose.VERIFY_FACT,
        CaseId.new(NOW),
        requested_at=NOW,
        clocks=(answer,),
        refusal_code="R3" if state is State.REFUSED else None,
    )
    return replace(exchange, **changes)


def silent_twice(exchange: Exchange) -> Exchange:
    second = Clock(TERMS.second_urge_reply(Kind.ASSISTANCE, NOW), ended_at=NOW, missed=True)
    assert second.deadline.rule == SECOND_URGE_REPLY
    return replace(exchange, pressure=Pressure.URGED_TWICE, clocks=(*exchange.clocks, second))


def stopped(exchange: Exchange) -> Exchange:
    return exchange.with_clock(exchange.clocks[0].stopped("FORCE_MAJEURE", NOW.date()))


@dataclass(frozen=True)
class Act:
    """One act, the side that may do it, and the states in which it may be done; `before` arranges the rest."""

    do: Callable[[Exchange, AgencyId], Fact]
    side: Side | None
    states: set[State]
    before: Callable[[Exchange], Exchange] = lambda exchange: exchange

    def by(self) -> AgencyId:
        return ASKING if self.side is Side.SENDER else ASKED


SENDER, RECEIVER = Side.SENDER, Side.RECEIVER
ACTS: Final = {
    "acknowledge": Act(lambda e, by: answering.acknowledge(e, agency_id=by), RECEIVER, {State.SENT}),
    "accept": Act(lambda e, by: answering.accept(e, agency_id=by, terms=TERMS, at=NOW), RECEIVER, UNANSWERED),
    "refuse": Act(
        lambda e, by: answering.refuse(e, answering.RefusalCode.R3, agency_id=by, reason=TEXT),
        RECEIVER,
        UNANSWERED,
    ),
    "fulfil": Act(
        lambda e, by: answering.fulfil(e, agency_id=by, content=TEXT, is_whole=True, terms=TERMS, at=NOW),
        RECEIVER,
        OWED,
    ),
    "withdraw": Act(lambda e, by: requesting.withdraw(e, agency_id=by, reason=TEXT), SENDER, UNANSWERED),
    "close": Act(lambda e, by: requesting.close(e, agency_id=by), SENDER, ANSWERED),
    "urge": Act(
        lambda e, by: urging.urge(e, agency_id=by, terms=TERMS, at=NOW),
        SENDER,
        OWED,
        lambda e: replace(e, pressure=Pressure.OVERDUE),
    ),
    "escalate": Act(
        lambda e, by: urging.escalate(e, agency_id=by, consequence=None), SENDER, OWED, silent_twice
    ),
    "write": Act(lambda e, by: messages.write(e, agency_id=by, text=TEXT), None, OPEN),
    "request_supplement": Act(
        lambda e, by: completing.request_supplement(
            e, agency_id=by, missing=TEXT, items=1, terms=TERMS, at=NOW
        ),
        RECEIVER,
        UNANSWERED,
    ),
    "complete": Act(
        lambda e, by: completing.complete(e, agency_id=by, content=TEXT, terms=TERMS, at=NOW),
        SENDER,
        UNANSWERED,
        lambda e: replace(e, supplement=Supplement.AWAITED),
    ),
    "request_extension": Act(
        lambda e, by: extending.request_extension(e, agency_id=by, days=5, reason=TEXT, terms=TERMS),
        RECEIVER,
        UNANSWERED,
    ),
    "grant": Act(
        lambda e, by: extending.grant(e, agency_id=by, terms=TERMS),
        SENDER,
        UNANSWERED,
        lambda e: replace(e, extension=Extension.ASKED, extension_days=5),
    ),
    "decline": Act(
        lambda e, by: extending.decline(e, agency_id=by, reason=TEXT),
        SENDER,
        UNANSWERED,
        lambda e: replace(e, extension=Extension.ASKED, extension_days=5),
    ),
    "suspend": Act(
        lambda e, by: suspending.suspend(
            e, "FORCE_MAJEURE", agency_id=by, evidence=bytes(32), note=TEXT, terms=TERMS
        ),
        RECEIVER,
        OWED,
    ),
    "resume": Act(
        lambda e, by: suspending.resume(e, agency_id=by, terms=TERMS, at=NOW), RECEIVER, OWED, stopped
    ),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("state", State)
def test_an_act_that_its_state_does_not_allow_is_refused(name: str, state: State) -> None:
    act = ACTS[name]
    exchange = act.before(exchange_in(state))

    if state in act.states:
        assert act.do(exchange, act.by()).owner == exchange.id
    else:
        with pytest.raises(Refusal) as refusal:
            act.do(exchange, act.by())
        assert (refusal.value.code, refusal.value.article) == ("DX_TRANSITION_NOT_ALLOWED", NJ_18_1)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_of_the_wrong_side_is_refused(name: str) -> None:
    act = ACTS[name]
    strangers = {ASKING, ASKED, OTHER} - ({act.by()} if act.side else {ASKING, ASKED})

    for stranger in strangers:
        with pytest.raises(Refusal) as refusal:
            act.do(act.before(exchange_in(next(iter(act.states)))), stranger)
        assert (refusal.value.code, refusal.value.article) == ("DX_OTHER_SIDE", NJ_18_1)


def test_the_days_of_a_stop_do_not_count() -> None:
    clock = Clock(TERMS.answer(Kind.ASSISTANCE, NOW))

    again = TERMS.again(
        clock.stopped("FORCE_MAJEURE", NOW.date() + timedelta(days=1)).going_on(
            "FORCE_MAJEURE", NOW.date() + timedelta(days=3)
        )
    )

    assert (str(clock.deadline.due_on), str(again.due_on)) == ("2025-03-10", "2025-03-12")


def test_an_urging_waits_while_another_period_passes() -> None:
    urged = Clock(TERMS.urge_reply(Kind.ASSISTANCE, NOW))
    exchange = exchange_in(State.SENT, pressure=Pressure.URGED, clocks=(urged,))

    assert urging.follow(exchange, terms=TERMS, at=NOW) is None


@pytest.mark.law(GDS_21_2)
def test_a_second_demand_for_completion_of_a_request_for_data_is_refused() -> None:
    asked = exchange_in(State.SENT, kind=Kind.DATA_REQUEST, supplement=Supplement.GIVEN)

    with pytest.raises(Refusal) as refusal:
        ACTS["request_supplement"].do(asked, ASKED)

    assert (refusal.value.code, refusal.value.article) == ("DX_SUPPLEMENT_ASKED_BEFORE", GDS_21_2)


def test_the_period_for_data_runs_on_while_completion_is_awaited() -> None:
    fact = ACTS["request_supplement"].do(exchange_in(State.SENT, kind=Kind.DATA_REQUEST), ASKED)

    assert isinstance(fact, completing.SupplementRequested)
    assert not fact.stops


@pytest.mark.law(GDS_21_1)
def test_the_asker_does_not_consent_to_a_longer_period_for_data() -> None:
    asked = exchange_in(State.SENT, kind=Kind.DATA_REQUEST, extension=Extension.ASKED, extension_days=5)

    with pytest.raises(Refusal) as refusal:
        extending.grant(asked, agency_id=ASKING, terms=TERMS)

    assert (refusal.value.code, refusal.value.article) == ("DX_AUTHORITY_CONSENTS", GDS_21_1)
    assert extending.granted(asked, terms=TERMS).answer_by.n == 10
