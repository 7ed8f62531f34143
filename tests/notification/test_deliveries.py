"""A delivery in line: its record, what is sealed with it, and what follows from its end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from common.door.uow import change, view
from common.values.errors import Refusal
from common.values.ids import DeliveryId
from notification.domain import delivering
from notification.domain.channels import Address, Channel
from notification.domain.delivery import Basis, Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryFact
from notification.store import deliveries, deliverywork
from tests.notification.outbound import MAIL, PHONE, Outbound, bounced, sent, work
from tests.world import World


@pytest.fixture
def outbound(world: World) -> Outbound:
    return Outbound(world)


def arrived(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.arrive(delivery, basis=Basis.PROVIDER_REPORT, code="DELIVRD", arrived_at=at)


def held(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.hold(delivery, Why.QUIET_HOURS, until=at)


async def test_a_delivery_is_on_record_and_its_address_and_words_are_sealed(outbound: Outbound) -> None:
    message = await outbound.message()

    delivery = await outbound.send(message)

    async with outbound.world.database("notification") as db:
        row = await db.fetchrow("SELECT * FROM deliveries")
        note = bytes(await db.fetchval("SELECT note FROM outbox WHERE stream = $1", delivery.id.stream))
        assert await db.fetchval("SELECT count(*) FROM delivery_work") == 1
    assert (row["state"], row["channel"], row["attempts"]) == ("ACCEPTED", "SMS", 0)
    assert all(secret not in note + bytes(row["sealed"]) for secret in (PHONE.encode(), "提示".encode()))
    assert f'"subject":"{message.case_id.stream}"'.encode() in note
    async with view(outbound.runtime.db, work()) as v:
        assert await deliveries.get(v, delivery.id) == delivery
        sending = await deliveries.find_sending(v, delivery)
        assert sending is not None
        assert (sending.address, sending.title) == (PHONE, "告知提示")
        with pytest.raises(Refusal, match="There is no"):
            await deliveries.get(v, DeliveryId.new(outbound.world.clock()))
    outbound.runtime.db.secrets.erase(message.case_id.stream)
    async with view(outbound.runtime.db, work()) as v:
        assert await deliveries.find_sending(v, delivery) is None


async def test_the_channel_that_reached_the_party_first_delivers_the_message(outbound: Outbound) -> None:
    message = await outbound.message()
    delivery = await outbound.send(message, others=[Address(Channel.EMAIL, MAIL)])

    await outbound.happens(
        delivery, sent, lambda d, at: delivering.submit(d, reference="r1", code="0", is_bare=False)
    )
    assert (await outbound.message_row(message))[
        "state"
    ] == "CREATED"  # a provider that took it reached nobody
    await outbound.happens(delivery, arrived)

    assert (await outbound.message_row(message))["state"] == "DELIVERED"
    assert await outbound.states(message) == [(Channel.SMS, State.ARRIVED)]
    async with outbound.world.database("notification") as db:
        note = bytes(await db.fetchval("SELECT note FROM outbox WHERE type = 'message.delivered'"))
        assert await db.fetchval("SELECT count(*) FROM delivery_work") == 0
    assert b'"channel":"SMS"' in note


async def test_the_next_address_is_tried_and_after_the_last_one_nobody_was_reached(
    outbound: Outbound,
) -> None:
    message = await outbound.message()
    first = await outbound.send(message, others=[Address(Channel.EMAIL, MAIL)])

    await outbound.happens(first, sent, bounced)
    assert (await outbound.message_row(message))["state"] == "CREATED"
    second = (await outbound.of(message))[-1]
    # It has a time of its own: the first one may have used up all of its.
    assert (second.channel, second.expires_at - second.created_at) == (Channel.EMAIL, timedelta(hours=24))
    await outbound.happens(second, sent, bounced)

    row = await outbound.message_row(message)
    assert (row["state"], row["failure"], row["delivered_at"]) == ("FAILED", "NOTI_NOBODY_REACHED", None)
    # A report that comes after the end is kept, and what failed stays failed.
    await outbound.happens(second, arrived)
    assert (await outbound.of(message))[-1].state is State.ARRIVED_LATE
    assert (await outbound.message_row(message))["state"] == "FAILED"


async def test_a_bounce_of_one_address_leaves_the_others_and_the_message_as_they_are(
    outbound: Outbound,
) -> None:
    message = await outbound.message()
    one = await outbound.send(message)
    other = await outbound.send(message, Channel.EMAIL, MAIL)
    await outbound.happens(other, sent)

    await outbound.happens(one, sent, bounced)

    assert await outbound.states(message) == [
        (Channel.SMS, State.UNDELIVERED_PERMANENT),
        (Channel.EMAIL, State.SENDING),
    ]
    assert (await outbound.message_row(message))["state"] == "CREATED"


async def test_a_failed_push_is_no_reason_to_try_another_channel(outbound: Outbound) -> None:
    message = await outbound.message()
    push = await outbound.send(message, Channel.WEBPUSH, "{}", others=[Address(Channel.SMS, PHONE)])

    await outbound.happens(push, sent, bounced)

    assert await outbound.states(message) == [(Channel.WEBPUSH, State.UNDELIVERED_PERMANENT)]
    assert (await outbound.message_row(message))["state"] == "CREATED"


async def test_of_eight_reports_at_once_one_counts(outbound: Outbound) -> None:
    message = await outbound.message()
    delivery = await outbound.happens(await outbound.send(message), sent)

    async def report() -> bool:
        try:
            await outbound.happens(delivery, arrived)
        except Refusal:
            return False
        return True

    assert sorted(await asyncio.gather(*(report() for _ in range(8)))) == [False] * 7 + [True]
    assert (await outbound.world.record_types("notification")).count("delivery.arrived") == 1


async def test_what_is_in_line_is_taken_once_and_statutory_mail_first(outbound: Outbound) -> None:
    ordinary = await outbound.send(await outbound.message())
    push = await outbound.send(await outbound.message(), Channel.PUSH, "{}")
    statutory = await outbound.send(await outbound.message("D-14"), Channel.EMAIL, MAIL)
    later = await outbound.send(
        await outbound.message(), not_before=outbound.world.clock() + deliverywork.LEASE * 3
    )

    async def take(limit: int) -> list[DeliveryId]:
        async with change(outbound.runtime.db, work()) as tx:
            return await deliverywork.take_due(tx, limit=limit, until=tx.now + deliverywork.LEASE)

    assert await take(1) == [statutory.id]
    taken = await asyncio.gather(*(take(1) for _ in range(4)))
    assert sorted(id for ids in taken for id in ids) == sorted([ordinary.id, push.id])
    outbound.world.clock.advance(seconds=61)
    assert len(await take(10)) == 3  # their leases ended
    assert later.id not in await take(10)


async def test_every_fact_of_a_delivery_leaves_a_row_that_agrees_with_its_record(outbound: Outbound) -> None:
    message = await outbound.message()

    async def goes(number: int, *acts: object) -> State:
        delivery = await outbound.send(message, address=str(number), may_come_twice=True, hours=1)
        return (await outbound.happens(delivery, *acts)).state

    states = [
        await goes(1, held, lambda d, at: delivering.queue(d, Why.REPLAYED, at=at)),
        await goes(2, sent, lambda d, at: delivering.defer(d, code="451", retry_at=at)),
        await goes(3, sent, lambda d, at: delivering.reject(d, code="SIGN")),
        await goes(4, lambda d, at: delivering.suppress(d, Why.ADDRESS_FAULTY)),
        await goes(5, lambda d, at: delivering.cancel(d, Why.RECALLED)),
        await goes(6, sent, lambda d, at: delivering.lose(d)),
        await goes(7, lambda d, at: delivering.expire(d, at=d.expires_at)),
    ]  # fmt: skip

    assert states == [
        State.QUEUED,
        State.UNDELIVERED_TEMPORARY,
        State.REJECTED,
        State.SUPPRESSED,
        State.CANCELLED,
        State.UNKNOWN,
        State.EXPIRED,
    ]
    assert (await outbound.message_row(message))["state"] == "CREATED"  # three are under way
    await outbound.world.settle()
    assert (await outbound.world.fsck()).findings == []
