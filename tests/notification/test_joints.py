"""A day's messages for one address leave in one text, and each of them ends by what became of that text."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from common.door.uow import change
from common.values.ids import AgencyId, CaseId, MessageId, PartyId
from notification.domain.channels import BARE
from notification.domain.delivery import Delivery, State
from notification.domain.message import Message, Order, create, erase
from notification.domain.templates import MessageKind, Words
from notification.jobs.dispatch import prepare
from notification.store import deliverywork, messages
from notification.store.deliveries import Sending
from notification.store.parties import resource
from tests.notification.outbound import work
from tests.notification.providers import Outside, outside
from tests.notification.test_callbacks import posted, report
from tests.snapshots import Snapshots
from tests.world import World

NUMBER = "1380000"


@pytest.fixture(scope="module")
async def world(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def out(world: World) -> AsyncIterator[Outside]:
    async with outside(world) as made:
        yield made


async def reminder(
    out: Outside, n: int, *, number: str, text: str = "", twice: bool = True, level: int = 2
) -> tuple[Message, Delivery]:
    """A reminder to pay (N-10) about a case of its own, in line for the hour that comes in five minutes."""
    runtime, outbound = out.outbound.runtime, out.outbound
    async with change(runtime.db, work()) as tx:
        order = Order(
            kind=MessageKind.NOTICE,
            agency_id=AgencyId(out.world.agencies[0]),
            party_id=PartyId(outbound.party_id),
            case_id=CaseId.new(tx.now),
            cause=str(uuid.uuid4()),
            code="N-10",
        )
        fact = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
        permit = tx.permit(resource(MessageId(fact.owner), order.party_id))
        words = Words("缴款提醒", text or f"第{n}件:履行期限将至。")
        message = await messages.add(tx, permit, fact, texts=words)
    hour = out.world.clock() + timedelta(minutes=5)
    sending = Sending("", words.title, words.text)
    delivery = await outbound.send(
        message, address=number, sending=sending, not_before=hour, may_come_twice=twice, level=level
    )
    return message, delivery


async def at_the_hour(out: Outside) -> None:
    out.world.clock.advance(minutes=6)
    await out.dispatch()


def said_to(out: Outside, number: str) -> list[str]:
    return [order["content"] for order in out.channels.orders if order["mobile"] == number]


async def states(out: Outside, *ones: tuple[Message, Delivery]) -> list[State]:
    return [(await out.outbound.of(message))[0].state for message, _ in ones]


async def test_the_messages_of_a_day_are_one_sms_and_all_arrive_by_its_report(out: Outside) -> None:
    number = NUMBER + "0010"
    one, two, three = [await reminder(out, n, number=number) for n in (1, 2, 3)]
    other = await reminder(out, 4, number=NUMBER + "0020")
    await out.dispatch()
    assert await states(out, one, two, three) == [State.SCHEDULED] * 3

    await at_the_hour(out)

    assert said_to(out, number) == [
        "【示范城管】您有3条消息：\n1. 第1件:履行期限将至。\n2. 第2件:履行期限将至。\n3. 第3件:履行期限将至。"
    ]
    assert len(said_to(out, NUMBER + "0020")) == 1
    assert await states(out, one, two, three, other) == [
        State.SUBMITTED,
        State.JOINED,
        State.JOINED,
        State.SUBMITTED,
    ]
    (carrier,) = await out.outbound.of(one[0])
    await posted(out, report(carrier, "DELIVRD"))
    await out.job("reports")
    assert await states(out, one, two, three) == [State.ARRIVED] * 3
    assert [(await out.outbound.message_row(each[0]))["state"] for each in (one, two, three)] == [
        "DELIVERED"
    ] * 3
    # The channel takes its word back, and takes it back for all of them.
    await posted(out, report(carrier, "UNDELIV"))
    await out.job("reports")
    assert await states(out, one, two, three) == [State.UNDELIVERED_PERMANENT] * 3
    assert {(await out.outbound.message_row(each[0]))["failure"] for each in (one, two, three)} == {
        "NOTI_NOBODY_REACHED"
    }


async def test_a_text_that_would_be_too_long_leaves_the_rest_to_the_next_one(out: Outside) -> None:
    number = NUMBER + "0030"
    ones = [await reminder(out, n, number=number, text="字" * 140) for n in range(3)]

    await at_the_hour(out)
    await out.dispatch()

    assert sorted(len(each) for each in said_to(out, number)) == [6 + 140, 6 + 7 + 2 * 144]
    assert await states(out, *ones) == [State.SUBMITTED, State.JOINED, State.SUBMITTED]


async def test_a_message_whose_carrier_is_recalled_goes_by_itself_and_an_erased_one_is_left_out(
    out: Outside,
) -> None:
    number = NUMBER + "0005"  # the provider says: later
    one, two, three = [await reminder(out, n, number=number) for n in (1, 2, 3)]
    await at_the_hour(out)
    assert await states(out, one, two, three) == [State.UNDELIVERED_TEMPORARY, State.JOINED, State.JOINED]
    async with change(out.outbound.runtime.db, work()) as tx:
        held = await messages.lock_made(tx, three[0].id)
        await messages.save(tx, tx.permit(resource(held.id, held.party_id)), held, erase(held))
    out.outbound.runtime.db.secrets.erase(three[0].case_id.stream)

    officer = out.world.person("CASE_OFFICER")
    answer = await officer.post(f"/v1/messages/{one[0].id}/recall", json={"reason": "MATTER_SETTLED"})
    await out.dispatch()
    await out.dispatch()

    assert answer.status_code == 201, answer.text
    assert await states(out, one, two, three) == [
        State.CANCELLED,
        State.UNDELIVERED_TEMPORARY,
        State.CANCELLED,
    ]
    # Its own order, under its own name.
    (alone,) = await out.outbound.of(two[0])
    assert (alone.joined_to, out.channels.asked[two[1].id]) == (None, 1)


async def test_after_a_crash_in_the_call_the_one_text_is_asked_about_and_goes_out_once(out: Outside) -> None:
    number = NUMBER + "0040"
    one, two = [await reminder(out, n, number=number) for n in (1, 2)]
    out.world.clock.advance(minutes=6)
    async with change(out.outbound.runtime.db, work()) as tx:
        ids = await deliverywork.take_due(tx, limit=9, until=tx.now + deliverywork.LEASE)
        (call,) = await prepare(tx, out.outbound.runtime, ids)
    assert await states(out, one, two) == [State.SENDING, State.JOINED]

    # The process died before the provider heard of the order.
    out.world.clock.advance(seconds=61)
    for _ in range(3):
        await out.dispatch()
    assert await states(out, one, two) == [State.UNDELIVERED_TEMPORARY, State.JOINED]
    out.world.clock.advance(seconds=31)
    await out.dispatch()

    assert call.sending is not None
    assert said_to(out, number) == ["【示范城管】" + call.sending.text]
    assert await states(out, one, two) == [State.SUBMITTED, State.JOINED]


async def test_words_above_the_channel_travel_in_no_common_text_and_its_arrival_tells_nobody(
    out: Outside,
) -> None:
    number = NUMBER + "0050"
    ones = [await reminder(out, n, number=number, level=4) for n in (1, 2)]

    await at_the_hour(out)

    assert said_to(out, number) == ["【示范城管】" + BARE] * 2
    for message, _ in ones:
        (delivery,) = await out.outbound.of(message)
        assert (delivery.state, delivery.is_bare) == (State.SUBMITTED, True)
        await posted(out, report(delivery, "DELIVRD"))
    await out.job("reports")
    assert await states(out, *ones) == [State.ARRIVED] * 2
    assert {(await out.outbound.message_row(each[0]))["failure"] for each in ones} == {"NOTI_NOBODY_REACHED"}


async def test_what_may_not_come_twice_travels_with_nothing_that_may(out: Outside) -> None:
    number = NUMBER + "0005"  # the provider says: later
    one, two, three = [await reminder(out, n, number=number) for n in (1, 2, 3)]
    once = await reminder(out, 4, number=number, twice=False)
    await at_the_hour(out)
    assert await states(out, one, two, three, once) == [
        State.UNDELIVERED_TEMPORARY,
        State.JOINED,
        State.JOINED,
        State.UNDELIVERED_TEMPORARY,
    ]
