"""What a party does with a message: five acts, each recorded once, in any order, none of legal effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from common.values.errors import Kind, Refusal
from notification.domain.engagement import EngagementFact, acknowledge, dispute, download, engaged, read, see
from notification.domain.message import DisputeReason, Message, State
from tests.notification.domain.test_message import NOON, delivered

Act = Callable[[Message], EngagementFact | None]

ACTS: dict[str, Act] = {
    "seen_at": see,
    "read_at": read,
    "downloaded_at": download,
    "acknowledged_at": lambda message: acknowledge(message, login="QUERY_CODE"),
    "disputed_at": lambda message: dispute(message, DisputeReason.NOT_ME),
}


@pytest.mark.parametrize("order", list(permutations(ACTS)))
def test_the_acts_come_in_any_order_and_each_keeps_its_own_time(order: tuple[str, ...]) -> None:
    message = delivered()
    for minute, name in enumerate(order):
        fact = ACTS[name](message)
        assert fact is not None
        message = engaged(message, fact, at=NOON + timedelta(minutes=minute))

    times = {name: getattr(message.engagement, name) for name in ACTS}
    assert times == {name: NOON + timedelta(minutes=minute) for minute, name in enumerate(order)}
    assert (message.state, message.served_on) == (State.DELIVERED, None)
    assert (message.engagement.acknowledged_by, message.engagement.dispute_reason) == (
        "QUERY_CODE",
        DisputeReason.NOT_ME,
    )


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_recorded_once(name: str) -> None:
    message = delivered()
    fact = ACTS[name](message)
    assert fact is not None
    message = engaged(message, fact, at=NOON)

    if name in ("acknowledged_at", "disputed_at"):
        with pytest.raises(Refusal) as refusal:
            ACTS[name](message)
        assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "NOTI_ENGAGED_ALREADY")
    else:
        assert ACTS[name](message) is None


@pytest.mark.parametrize("name", ACTS)
def test_of_a_message_that_is_gone_only_a_download_under_way_is_recorded(name: str) -> None:
    message = replace(delivered(), erased_at=NOON)

    if name in ("acknowledged_at", "disputed_at"):
        with pytest.raises(Refusal) as refusal:
            ACTS[name](message)
        assert refusal.value.kind is Kind.GONE
    else:
        assert (ACTS[name](message) is None) == (name != "downloaded_at")


@pytest.mark.parametrize("name", ACTS)
def test_a_message_is_unread_until_the_party_does_more_than_see_it(name: str) -> None:
    fact = ACTS[name](delivered())
    assert fact is not None

    assert delivered().engagement.is_unread
    assert engaged(delivered(), fact, at=NOON).engagement.is_unread == (name == "seen_at")
