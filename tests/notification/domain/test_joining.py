"""Which messages wait for the day's one text, what fits into it, and what its end means for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from common.values.datafiles import load_profile
from common.values.errors import Refusal
from notification.domain.channels import Channel
from notification.domain.delivery import Basis, State
from notification.domain.deliveryfacts import after
from notification.domain.joining import bundled, gathered_at, join, shared
from notification.domain.templates import CLASSES, Category, Words
from tests.notification.domain.test_delivery import NOON, accepted, in_state

RULES = load_profile("DEMO").notification
HOUR = NOON.replace(hour=10)  # 18:00 in the city


@pytest.mark.parametrize(("minutes", "days"), [(-1, 0), (0, 1), (1, 1)])
def test_a_message_waits_for_the_next_hour_of_the_city(minutes: int, days: int) -> None:
    at = HOUR.replace(minute=0, second=0) + timedelta(minutes=minutes)

    found = gathered_at(CLASSES["N-10"], RULES, is_urgent=False, at=at)

    assert found == HOUR.replace(minute=0, second=0) + timedelta(days=days)


def test_what_hurries_or_the_law_demands_waits_for_no_hour() -> None:
    assert gathered_at(CLASSES["N-10"], RULES, is_urgent=True, at=NOON) is None
    assert gathered_at(CLASSES["N-01"], RULES, is_urgent=False, at=NOON) is None
    assert not [of.code for of in CLASSES.values() if of.gathers and of.category is Category.STATUTORY]


def test_a_text_has_as_many_messages_as_fit_and_english_only_where_each_has_it() -> None:
    short, long = Words("提醒", "一。", "One."), Words("提醒", "字" * 200)

    sms, mail = (bundled([short, long, long], channel, RULES) for channel in (Channel.SMS, Channel.EMAIL))
    many = bundled([short] * 9, Channel.SMS, RULES)

    assert (sms.count, mail.count, many.count) == (2, 3, RULES.gather_most)
    assert (sms.words.supplement, many.words.supplement) == (
        None,
        "5 messages:\n" + "\n".join(f"{n}. One." for n in range(1, 6)),
    )
    assert bundled([long], Channel.SMS, RULES).words == long


@pytest.mark.parametrize(
    ("carrier", "ends"),
    [
        (State.ARRIVED, State.ARRIVED),
        (State.ARRIVED_LATE, State.ARRIVED),
        (State.UNDELIVERED_PERMANENT, State.UNDELIVERED_PERMANENT),
        (State.REJECTED, State.REJECTED),
        (State.CANCELLED, State.QUEUED),
        (State.SUPPRESSED, State.QUEUED),
        (State.EXPIRED, None),
        (State.SUBMITTED, None),
    ],
)
def test_each_end_of_the_text_means_one_thing_for_its_messages(carrier: State, ends: State | None) -> None:
    lead = replace(in_state(carrier), code="X")
    scheduled = accepted(not_before=NOON + timedelta(minutes=1))
    joined = after(scheduled, join(scheduled, lead, provider="sms"), at=NOON)

    fact = shared(joined, lead, at=NOON)

    assert (joined.state, joined.joined_to, joined.due_at) == (State.JOINED, lead.id, joined.expires_at)
    assert (after(joined, fact, at=NOON).state if fact else None) == ends
    again = after(joined, fact, at=NOON) if fact else joined
    assert shared(again, lead, at=NOON) is None or carrier is State.EXPIRED


def test_what_expired_first_arrives_late_and_what_was_sent_joins_nothing() -> None:
    lead = replace(in_state(State.ARRIVED), code="X", basis=Basis.DSN)
    expired = replace(in_state(State.EXPIRED), joined_to=lead.id)

    fact = shared(expired, lead, at=NOON)

    assert fact is not None
    assert after(expired, fact, at=NOON).state is State.ARRIVED_LATE
    with pytest.raises(Refusal):
        join(in_state(State.QUEUED), lead, provider="sms")
