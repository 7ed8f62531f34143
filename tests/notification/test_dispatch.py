"""The worker against real small servers: what each answer of a provider does to a delivery, and to its message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from common.door.uow import change, view
from notification.channels.letters import letter_of
from notification.domain.channels import BARE, Address, Channel
from notification.domain.delivery import State
from notification.jobs.dispatch import prepare
from notification.store import attempts, deliverywork
from notification.store.deliveries import Sending
from tests.notification.outbound import work
from tests.notification.providers import Outside, outside
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


async def test_each_answer_of_a_provider_has_its_meaning(out: Outside) -> None:
    expected = {
        "0000": (State.SUBMITTED, "OK"),
        "0005": (State.UNDELIVERED_TEMPORARY, "429"),
        "0006": (State.UNDELIVERED_TEMPORARY, "500"),
        "0007": (State.UNDELIVERED_PERMANENT, "MOBILE_NUMBER_ILLEGAL"),
        "0008": (State.REJECTED, "SIGNATURE_ILLEGAL"),
        "0009": (State.UNKNOWN, "CRASHED"),
        "0011": (State.UNKNOWN, "CRASHED"),
    }
    messages = {ending: await out.outbound.message() for ending in expected}
    for ending, message in messages.items():
        await out.outbound.send(message, address=NUMBER + ending, others=[Address(Channel.FAX, "025-1")])

    await out.dispatch()

    for ending, message in messages.items():
        delivery, *next_ones = await out.outbound.of(message)
        assert (delivery.state, delivery.code, delivery.attempts) == (*expected[ending], 1), ending
        ended = delivery.state in (State.UNDELIVERED_PERMANENT, State.REJECTED)
        assert [each.channel for each in next_ones] == [Channel.FAX] * ended
    # What nobody saw the end of is asked about, and nothing is sent again: the provider had taken both.
    await out.dispatch()
    for ending in ("0009", "0011"):
        (delivery,) = await out.outbound.of(messages[ending])
        assert (delivery.state, delivery.code, delivery.attempts) == (State.ARRIVED, "DELIVRD", 1), ending
    assert all(count == 1 for count in out.channels.asked.values())
    async with view(out.outbound.runtime.db, work()) as v:
        (first,) = await out.outbound.of(messages["0000"])
        (log,) = await attempts.list_by_delivery(v, first.id)
        said = await attempts.find_transcript(v, first, 1)
    assert (log.provider, log.verdict, log.code) == ("sms", "TAKEN", "OK")
    assert said is not None
    assert "biz_id" in said
    assert out.channels.orders[0]["content"].startswith("【示范城管】")


async def test_a_temporary_refusal_is_repeated_no_sooner_than_the_provider_asked(out: Outside) -> None:
    message = await out.outbound.message()
    await out.outbound.send(message, address=NUMBER + "0005")
    await out.dispatch()

    out.world.clock.advance(seconds=80)
    await out.dispatch()
    (waiting,) = await out.outbound.of(message)
    out.world.clock.advance(seconds=15)
    await out.dispatch()

    assert (waiting.state, waiting.attempts) == (State.UNDELIVERED_TEMPORARY, 1)  # Retry-After was 90
    (delivery,) = await out.outbound.of(message)
    assert (delivery.state, delivery.attempts) == (State.SUBMITTED, 2)


async def test_an_address_that_does_not_work_is_not_tried_again_and_others_are(out: Outside) -> None:
    await out.outbound.send(await out.outbound.message(), address=NUMBER + "0007")
    await out.dispatch()
    again, other = await out.outbound.message(), await out.outbound.message()
    await out.outbound.send(again, address=NUMBER + "0007", others=[Address(Channel.SMS, NUMBER + "0000")])
    await out.outbound.send(other, address=NUMBER + "0001")

    await out.dispatch()
    await out.dispatch()

    assert [(each.state, each.attempts) for each in await out.outbound.of(again)] == [
        (State.SUPPRESSED, 0),
        (State.SUBMITTED, 1),
    ]
    assert [each.state for each in await out.outbound.of(other)] == [State.SUBMITTED]


async def test_above_its_level_a_channel_says_only_that_a_document_waits(out: Outside) -> None:
    words = Sending("", "告知提示", "苏A12345 于示范路停放", template="N-01", values=(("plate", "苏A12345"),))
    for level in (2, 3):
        await out.outbound.send(
            await out.outbound.message(), address=f"{NUMBER}010{level}", sending=words, level=level
        )

    await out.dispatch()

    by_number = {order["mobile"][-1]: order for order in out.channels.orders}
    assert by_number["2"]["content"] == "【示范城管】" + words.text
    assert (by_number["2"]["template"], by_number["2"]["params"]) == ("SMS_0001", {"plate": "苏A12345"})
    assert by_number["3"]["content"] == "【示范城管】" + BARE
    assert (by_number["3"]["template"], by_number["3"]["params"]) == ("SMS_0009", {})


async def test_at_night_a_notice_waits_for_the_morning_unless_it_would_come_too_late(out: Outside) -> None:
    out.world.clock.to(out.world.clock().replace(hour=15))  # 23:00 in the city
    night = out.world.clock()
    waits, short, mail = [await out.outbound.message() for _ in range(3)]
    await out.outbound.send(waits)
    await out.outbound.send(short, address=NUMBER + "0020", hours=2)
    await out.outbound.send(mail, Channel.FAX, "025-2")

    await out.dispatch()

    (held,) = await out.outbound.of(waits)
    assert (held.state, held.code, held.attempts) == (State.HELD, "QUIET_HOURS", 0)
    assert held.due_at == (night + timedelta(hours=8)).replace(minute=0, second=0, microsecond=0)
    assert [state for _, state in await out.outbound.states(short)] == [State.SUBMITTED]
    assert [state for _, state in await out.outbound.states(mail)] == [State.SUBMITTED]
    out.world.clock.to(held.due_at + timedelta(seconds=1))
    await out.dispatch()
    assert [state for _, state in await out.outbound.states(waits)] == [State.SUBMITTED]


async def test_what_is_not_wanted_any_more_is_not_sent(out: Outside) -> None:
    erased, expired, unconsented = (
        await out.outbound.message(),
        await out.outbound.message(),
        await out.outbound.message("D-14"),
    )
    await out.outbound.send(erased)
    await out.outbound.send(expired, address=NUMBER + "0021", hours=1)
    await out.outbound.send(unconsented, Channel.FAX, "025-3")
    out.outbound.runtime.db.secrets.erase(erased.case_id.stream)
    out.world.clock.advance(hours=1)

    await out.dispatch()

    assert [(each.state, each.code) for m in (erased, unconsented) for each in await out.outbound.of(m)] == [
        (State.CANCELLED, "ERASED"),
        (State.CANCELLED, "CONSENT_GONE"),
    ]
    assert [state for _, state in await out.outbound.states(expired)] == [State.EXPIRED]
    assert (await out.outbound.message_row(expired))["failure"] == "NOTI_NOBODY_REACHED"
    assert out.channels.orders == []  # the simulator of this test alone


async def test_without_a_provider_it_waits_and_that_is_on_record_once(out: Outside) -> None:
    message = await out.outbound.message()
    delivery = await out.outbound.send(message, Channel.POST, "示范路 1 号")

    for _ in range(3):
        await out.dispatch()
        out.world.clock.advance(minutes=11)

    (held,) = await out.outbound.of(message)
    assert (held.state, held.code) == (State.HELD, "NO_PROVIDER")
    types = await out.world.record_types("notification", delivery.id.stream)
    assert types == ["delivery.accepted", "delivery.held"]


async def test_of_eight_workers_at_once_each_order_is_given_by_one(out: Outside) -> None:
    messages = [await out.outbound.message() for _ in range(12)]
    for n, message in enumerate(messages):
        await out.outbound.send(message, address=f"{NUMBER}1{n:03}")

    await asyncio.gather(*(out.dispatch() for _ in range(8)))

    assert [order["mobile"] for order in sorted(out.channels.orders, key=lambda order: order["mobile"])] == [
        f"{NUMBER}1{n:03}" for n in range(12)
    ]
    assert {state for m in messages for _, state in await out.outbound.states(m)} == {State.SUBMITTED}


async def test_after_a_crash_statutory_mail_is_asked_about_and_never_sent_twice(out: Outside) -> None:
    """The process died between its call and its commit: once the provider knows of the order, and once it does not."""
    await out.outbound.consent()
    party = out.world.person("PARTY").id
    taken, lost = [await out.outbound.message("D-14", party=party) for _ in range(2)]
    for message, number in ((taken, "0030"), (lost, "0031")):
        await out.outbound.send(message, address=NUMBER + number)
    async with change(out.outbound.runtime.db, work()) as tx:
        ids = await deliverywork.take_due(tx, limit=9, until=tx.now + deliverywork.LEASE)
        calls = await prepare(tx, out.outbound.runtime, ids)
    (call,) = [call for call in calls if call.sending and call.sending.address.endswith("0030")]
    assert call.carrier is not None
    assert call.sending is not None
    await call.carrier.send(letter_of(call.delivery, call.sending, level=2))

    out.world.clock.advance(seconds=61)
    for _ in range(3):
        await out.dispatch()

    assert [state for _, state in await out.outbound.states(taken)] == [State.ARRIVED]
    (again,) = await out.outbound.of(lost)
    assert (again.state, again.code, again.attempts) == (State.UNDELIVERED_TEMPORARY, "NOT_FOUND", 1)
    out.world.clock.advance(seconds=31)
    await out.dispatch()
    assert [state for _, state in await out.outbound.states(lost)] == [State.SUBMITTED]
    assert set(out.channels.asked.values()) == {1}


async def test_no_provider_is_called_whose_call_is_not_on_record(out: Outside) -> None:
    """The commit itself fails: nothing says that a call was begun, so it may not be made."""
    bad, good = await out.outbound.message(), await out.outbound.message()
    refused = await out.outbound.send(bad, address=NUMBER + "0060")
    await out.outbound.send(good, address=NUMBER + "0061")
    async with out.world.database("notification") as db:
        await db.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        await db.execute(
            "CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON delivery_attempts DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW WHEN (new.delivery_id = '{refused.id}') EXECUTE FUNCTION refuse()"
        )
    try:
        await out.dispatch()
    finally:
        async with out.world.database("notification") as db:
            await db.execute("DROP TRIGGER refused ON delivery_attempts; DROP FUNCTION refuse()")

    assert [order["mobile"] for order in out.channels.orders] == [NUMBER + "0061"]
    (delivery,) = await out.outbound.of(bad)
    assert (delivery.state, delivery.attempts) == (State.ACCEPTED, 0)


async def test_an_address_that_did_not_work_is_tried_again_after_half_a_year(out: Outside) -> None:
    """What was held back because of the word has heard nothing itself: it may not keep the word alive."""
    messages = [await out.outbound.message() for _ in range(3)]
    for message in messages[:2]:
        await out.outbound.send(message, address=NUMBER + "0007")
        await out.dispatch()
        out.world.clock.advance(days=100)
    await out.outbound.send(messages[2], address=NUMBER + "0007")

    await out.dispatch()

    found = [each for message in messages for each in await out.outbound.of(message)]
    assert [(each.state, each.attempts) for each in found] == [
        (State.UNDELIVERED_PERMANENT, 1),
        (State.SUPPRESSED, 0),
        (State.UNDELIVERED_PERMANENT, 1),
    ]


async def test_the_consent_that_gave_the_address_has_to_stand_and_no_other_does(out: Outside) -> None:
    first, _ = await out.outbound.consent(), await out.outbound.consent()
    party = out.world.person("PARTY")
    message = await out.outbound.message("D-14", party=party.id)
    await out.outbound.send(message, Channel.FAX, "025-4", sending=Sending("", "t", "t", consent_id=first))
    withdrawn = await party.post(f"/v1/e-service-consents/{first}/withdrawal")
    assert withdrawn.status_code in (200, 201), withdrawn.text

    await out.dispatch()

    (delivery,) = await out.outbound.of(message)
    assert (delivery.state, delivery.code) == (State.CANCELLED, "CONSENT_GONE")


async def test_what_a_fault_of_ours_stopped_expires_like_every_other(out: Outside) -> None:
    delivery = await out.outbound.send(await out.outbound.message())
    for _ in range(deliverywork.MOST_FAULTS):
        async with change(out.outbound.runtime.db, work()) as tx:
            await deliverywork.note_fault(tx, delivery.id)
    await out.dispatch()
    assert [state for _, state in await out.outbound.states_of(delivery)] == [State.ACCEPTED]

    out.world.clock.to(delivery.expires_at)
    await out.dispatch()

    assert [state for _, state in await out.outbound.states_of(delivery)] == [State.EXPIRED]


async def test_the_events_of_an_agencys_deliveries_are_one_feed_without_a_gap(out: Outside) -> None:
    world, reader = out.world, out.world.person("SERVICE_OFFICER")
    await world.carry()
    begin = (await reader.get("/v1/delivery-events?limit=500")).json()["next_cursor"]
    for ending in ("0000", "0007"):
        await out.outbound.send(await out.outbound.message(), address=NUMBER + ending)
    await out.dispatch()
    await world.carry()

    whole = (await reader.get(f"/v1/delivery-events?after={begin}")).json()
    places, cursor, more = [], begin, True
    while more:
        page = (await reader.get(f"/v1/delivery-events?after={cursor}&limit=2")).json()
        places += page["items"]
        cursor, more = page["next_cursor"], page["has_more"]
    nothing = (await reader.get(f"/v1/delivery-events?after={cursor}")).json()
    stranger = (await world.person("SERVICE_OFFICER", 1).get(f"/v1/delivery-events?after={begin}")).json()
    refused = await world.person("PARTY").get("/v1/delivery-events")

    assert places == whole["items"]
    told = {(event["type"], event["code"]) for event in places}
    assert told >= {("delivery.submitted", "OK"), ("delivery.undelivered", "MOBILE_NUMBER_ILLEGAL")}
    assert {event["channel"] for event in places} == {"SMS"}
    assert "".join(str(event) for event in places).find(NUMBER) < 0
    assert (nothing["items"], nothing["has_more"], nothing["next_cursor"]) == ([], False, cursor)
    assert (stranger["items"], refused.status_code) == ([], 403)
