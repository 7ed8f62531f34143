"""The steps of a delivery: every one that there is, and that every other one is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest

from common.values.datafiles import load_profile
from common.values.errors import Refusal
from common.values.ids import CaseId, DeliveryId, MessageId, PartyId
from common.values.law import NJ_15
from notification.domain import delivering as rules
from notification.domain.answers import Answer, Verdict
from notification.domain.channels import Channel, Role, in_order
from notification.domain.delivery import ENDED, UNREACHED, WAITING, Basis, Delivery, Dispatch, State, Why
from notification.domain.deliveryfacts import DeliveryFact, DeliveryHeld, after, begun
from notification.domain.reports import follow_report
from notification.domain.sending import Condition, stopped

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
END = NOON + timedelta(days=3)

RULES = replace(load_profile("NJ").notification, channels=("SMS", "FAX", "EMAIL"))

DISPATCH = Dispatch(
    message_id=MessageId.new(NOON),
    case_id=CaseId.new(NOON),
    party_id=PartyId.new(NOON),
    agency_id=None,
    channel=Channel.SMS,
    expires_at=END,
)


def accepted(**change: object) -> Delivery:
    dispatch = replace(DISPATCH, **change)  # type: ignore[arg-type]
    return begun(rules.accept(DeliveryId.new(NOON), dispatch, at=NOON), at=NOON)


def in_state(state: State) -> Delivery:
    """A delivery that was sent once, may come twice, and is `state` now."""
    arrived = state in (State.ARRIVED, State.ARRIVED_LATE)
    return replace(
        accepted(may_come_twice=True),
        state=state,
        attempts=1,
        provider="sms",
        arrived_at=NOON if arrived else None,
        basis=Basis.PROVIDER_REPORT if arrived else None,
    )


ACTS: Final[dict[str, Callable[[Delivery], DeliveryFact]]] = {
    "hold": lambda d: rules.hold(d, Why.QUIET_HOURS, until=LATER),
    "queue": lambda d: rules.queue(d, Why.REPLAYED, at=LATER),
    "attempt": lambda d: rules.attempt(d, "sms", at=LATER),
    "submit": lambda d: rules.submit(d, reference="r-1", code="OK", is_bare=False),
    "arrive": lambda d: rules.arrive(d, basis=Basis.PROVIDER_REPORT, code="DELIVRD", arrived_at=LATER),
    "defer": lambda d: rules.defer(d, code="451", retry_at=LATER),
    "fail": lambda d: rules.fail(d, code="550"),
    "reject": lambda d: rules.reject(d, code="SIGN"),
    "expire": lambda d: rules.expire(d, at=END),
    "suppress": lambda d: rules.suppress(d, Why.ADDRESS_FAULTY),
    "cancel": lambda d: rules.cancel(d, Why.RECALLED),
    "lose": rules.lose,
}

_WAITS = {
    "hold": State.HELD,
    "attempt": State.SENDING,
    "arrive": State.ARRIVED,
    "expire": State.EXPIRED,
    "suppress": State.SUPPRESSED,
    "cancel": State.CANCELLED,
}
_SAID = {
    "submit": State.SUBMITTED,
    "arrive": State.ARRIVED,
    "defer": State.UNDELIVERED_TEMPORARY,
    "fail": State.UNDELIVERED_PERMANENT,
    "reject": State.REJECTED,
}
ALLOWED: Final[dict[State, dict[str, State]]] = {
    State.ACCEPTED: _WAITS,
    State.SCHEDULED: _WAITS,
    State.HELD: _WAITS | {"queue": State.QUEUED},
    State.QUEUED: _WAITS,
    State.JOINED: {
        "queue": State.QUEUED,
        "arrive": State.ARRIVED,
        "fail": State.UNDELIVERED_PERMANENT,
        "reject": State.REJECTED,
        "expire": State.EXPIRED,
        "suppress": State.SUPPRESSED,
        "cancel": State.CANCELLED,
    },
    State.UNDELIVERED_TEMPORARY: _WAITS | {"fail": State.UNDELIVERED_PERMANENT},
    State.SENDING: _SAID | {"lose": State.UNKNOWN, "suppress": State.SUPPRESSED},
    State.SUBMITTED: {
        "arrive": State.ARRIVED,
        "defer": State.UNDELIVERED_TEMPORARY,
        "fail": State.UNDELIVERED_PERMANENT,
        "expire": State.EXPIRED,
    },
    State.UNKNOWN: _SAID
    | {
        "queue": State.QUEUED,
        "expire": State.EXPIRED,
        "suppress": State.SUPPRESSED,
        "cancel": State.CANCELLED,
    },
    State.ARRIVED: {"fail": State.UNDELIVERED_PERMANENT},
    State.ARRIVED_LATE: {"fail": State.UNDELIVERED_PERMANENT},
    State.EXPIRED: {"arrive": State.ARRIVED_LATE},
    State.CANCELLED: {"arrive": State.ARRIVED_LATE},
    State.UNDELIVERED_PERMANENT: {"arrive": State.ARRIVED_LATE},
    State.REJECTED: {"queue": State.QUEUED},
    State.SUPPRESSED: {},
}
"""For each state the acts that it permits, and where each leads. Every other act is refused."""


@pytest.mark.parametrize("state, act", list(product(State, ACTS)))
def test_a_delivery_takes_the_steps_of_the_table_and_no_other(state: State, act: str) -> None:
    delivery = in_state(state)

    if act in ALLOWED[state]:
        assert after(delivery, ACTS[act](delivery), at=LATER).state is ALLOWED[state][act]
    else:
        with pytest.raises(Refusal) as refusal:
            ACTS[act](delivery)
        assert (refusal.value.code, refusal.value.article) == ("NOTI_DELIVERY_STEP", NJ_15)


def test_the_states_are_those_that_wait_that_are_under_way_and_that_ended() -> None:
    under_way = {State.SENDING, State.JOINED, State.SUBMITTED, State.UNKNOWN}

    assert set(State) == WAITING | under_way | ENDED
    assert not WAITING & ENDED
    assert {State.ARRIVED, State.ARRIVED_LATE} == ENDED - UNREACHED


def test_what_a_provider_took_has_not_arrived() -> None:
    submitted = after(in_state(State.SENDING), ACTS["submit"](in_state(State.SENDING)), at=LATER)

    assert (submitted.submitted_at, submitted.arrived_at, submitted.has_ended) == (LATER, None, False)
    assert submitted.due_at == END  # then it expires, if nobody reports anything


def test_a_call_that_may_have_gone_through_is_repeated_only_where_it_may_come_twice() -> None:
    doubtful = replace(in_state(State.UNKNOWN), may_come_twice=False)

    with pytest.raises(Refusal, match="cannot become"):
        rules.queue(doubtful, Why.MAY_COME_TWICE, at=LATER)
    with pytest.raises(Refusal, match="cannot become"):
        rules.queue(in_state(State.REJECTED), Why.REPLAYED, at=END)

    assert rules.queue(replace(doubtful, may_come_twice=True), Why.MAY_COME_TWICE, at=LATER)


def test_statutory_mail_never_comes_twice() -> None:
    assert not accepted(is_statutory=True, may_come_twice=True).may_come_twice


def test_a_report_about_what_was_never_sent_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot become"):
        ACTS["arrive"](accepted())


def test_an_arrival_after_the_end_is_kept_and_a_denial_takes_an_arrival_back() -> None:
    expired = in_state(State.EXPIRED)
    late = after(expired, ACTS["arrive"](expired), at=END + timedelta(days=1))
    arrived = in_state(State.ARRIVED)
    denied = rules.fail(arrived, code="5.1.1")

    assert (late.state, late.arrived_at) == (State.ARRIVED_LATE, LATER)
    assert denied.was_arrived
    assert after(arrived, denied, at=LATER).arrived_at is None


def test_a_delivery_is_not_sent_before_its_time_nor_after_its_end() -> None:
    scheduled = accepted(not_before=LATER)

    assert scheduled.state is State.SCHEDULED
    assert [rules.may_be_sent(scheduled, at=at) for at in (NOON, LATER)] == [False, True]
    for at in (NOON, END):
        with pytest.raises(Refusal, match="cannot become"):
            rules.attempt(scheduled, "sms", at=at)


@pytest.mark.parametrize("change", [{"expires_at": NOON}, {"not_before": END}])
def test_a_delivery_whose_end_comes_before_its_start_is_refused(change: dict[str, datetime]) -> None:
    with pytest.raises(Refusal) as refusal:
        accepted(**change)

    assert (refusal.value.code, refusal.value.article) == ("NOTI_DELIVERY_TOO_LATE", NJ_15)


def test_a_hold_and_a_retry_end_with_the_delivery_at_the_latest() -> None:
    far = END + timedelta(days=1)

    assert rules.hold(accepted(), Why.QUIET_HOURS, until=far).until == END
    assert rules.defer(in_state(State.SENDING), code="451", retry_at=far).retry_at == END


def test_a_push_hints_and_the_other_channels_carry() -> None:
    roles = {channel: accepted(channel=channel).role for channel in Channel}

    assert {channel for channel, role in roles.items() if role is Role.HINTS} == {
        Channel.PUSH,
        Channel.WEBPUSH,
    }


def test_addresses_are_tried_in_the_order_of_the_profile() -> None:
    found = in_order(
        {Channel.EMAIL: "a@b.example", Channel.SMS: "13800000000", Channel.FAX: ""},
        RULES,
    )

    assert [address.channel for address in found] == [Channel.SMS, Channel.EMAIL]


def test_that_a_provider_was_told_only_that_a_document_waits_stays_known() -> None:
    """The configuration of a later day says nothing about what an earlier call carried."""
    sending = replace(in_state(State.SENDING), arrived_at=None, basis=None)
    bare = after(sending, rules.submit(sending, reference="1", code="OK", is_bare=True), at=NOON)
    again = replace(bare, state=State.SENDING)
    whole = after(again, rules.submit(again, reference="2", code="OK", is_bare=False), at=NOON)

    assert (sending.is_bare, bare.is_bare, whole.is_bare) == (False, True, True)


def test_the_night_holds_back_what_no_provider_took_yet() -> None:
    """A first call that met nobody disturbed nobody."""
    fine = Condition(is_erased=False, is_recalled=False, has_consent=True, is_faulty=False)
    night = NOON.replace(hour=16)  # midnight in the city
    away = replace(in_state(State.UNDELIVERED_TEMPORARY), is_urgent=False)
    taken = replace(away, submitted_at=NOON)

    held = stopped(away, fine, rules=RULES, at=night)
    assert isinstance(held, DeliveryHeld)
    assert held.why is Why.QUIET_HOURS
    assert stopped(taken, fine, rules=RULES, at=night) is None


def test_once_another_provider_has_the_order_the_first_ones_word_counts_only_as_an_arrival() -> None:
    second = replace(in_state(State.SUBMITTED), provider="sms-b", reference="b-1")

    def said(verdict: Verdict, *, is_bare: bool = False) -> list[DeliveryFact]:
        report = Answer(verdict, "X", "a-1", is_bare=is_bare)
        return follow_report(second, report, provider="sms", drawn=0.5, at=LATER)

    (arrived,) = said(Verdict.ARRIVED)
    assert after(second, arrived, at=LATER).state is State.ARRIVED
    assert said(Verdict.ADDRESS) == said(Verdict.LATER) == said(Verdict.ARRIVED, is_bare=True) == []
