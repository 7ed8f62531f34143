"""Where words about a case go no more: to an address that does not work, and to whom says that they are not meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from common.door.uow import change
from common.values.datafiles import load_profile
from common.values.ids import CaseId
from notification.domain.channels import Address, Channel, Role
from notification.domain.delivery import Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryCancelled
from notification.domain.engagement import dispute
from notification.domain.message import DisputeReason, Message
from notification.domain.sending import Condition, stopped
from notification.store import addresses, messages
from notification.store.parties import resource
from notification.telling.context import Asked
from notification.telling.making import tell
from tests.case.story import OPENED
from tests.notification.domain.test_delivery import NOON, accepted
from tests.notification.outbound import MAIL, PHONE, Outbound, arrived, bounced, sent, taken, work
from tests.notification.providers import Outside, outside
from tests.notification.test_telling import a_prompted_stranger, sendings
from tests.snapshots import Snapshots
from tests.world import World

SMS, EMAIL = Address(Channel.SMS, PHONE), Address(Channel.EMAIL, MAIL)


@pytest.fixture(scope="module")
async def shared(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def out(shared: World) -> AsyncIterator[Outside]:
    async with outside(shared) as made:
        yield made


def what_stops(delivery: Delivery, disputed: DisputeReason | None) -> str | None:
    condition = Condition(
        is_erased=False, is_recalled=False, has_consent=True, is_faulty=False, disputed=disputed
    )
    fact = stopped(delivery, condition, rules=load_profile("DEMO").notification, at=NOON)
    return type(fact).type if fact else None


def test_not_me_ends_every_way_and_not_my_address_that_one_alone() -> None:
    hint = replace(accepted(channel=Channel.WEBPUSH), role=Role.HINTS)
    serving = accepted(is_statutory=True)

    assert what_stops(accepted(), DisputeReason.NOT_ME) == "delivery.cancelled"
    assert what_stops(accepted(), DisputeReason.NOT_MY_ADDRESS) == "delivery.suppressed"
    assert what_stops(accepted(), None) is None
    assert [what_stops(each, DisputeReason.NOT_ME) for each in (hint, serving)] == [None, None]


def test_what_has_no_reason_any_more_is_not_sent() -> None:
    condition = Condition(
        is_erased=False, is_recalled=False, has_consent=True, is_faulty=False, is_lapsed=True
    )

    fact = stopped(accepted(), condition, rules=load_profile("DEMO").notification, at=NOON)

    assert isinstance(fact, DeliveryCancelled)
    assert fact.why is Why.REASON_GONE


async def disputed(outbound: Outbound, message: Message, reason: DisputeReason) -> None:
    async with change(outbound.runtime.db, work()) as tx:
        held = await messages.lock(tx, message.id)
        permit = tx.permit(resource(held.id, held.party_id))
        await messages.save(tx, permit, held, dispute(held, reason))


async def shunned(outbound: Outbound, message: Message, case_id: CaseId | None = None) -> set[Address]:
    async with change(outbound.runtime.db, work()) as tx:
        return set(
            await addresses.list_shunned(tx, message.party_id, case_id or message.case_id, [SMS, EMAIL])
        )


async def test_an_address_is_shunned_in_its_case_after_a_dispute_and_everywhere_when_it_does_not_work(
    out: Outside,
) -> None:
    outbound = out.outbound
    not_mine, not_me = await outbound.message(), await outbound.message()
    for message in (not_mine, not_me):
        await outbound.happens(await outbound.send(message), sent, taken, arrived)
        assert await shunned(outbound, message) == set()
    await disputed(outbound, not_mine, DisputeReason.NOT_MY_ADDRESS)
    await disputed(outbound, not_me, DisputeReason.NOT_ME)

    assert await shunned(outbound, not_mine) == {SMS}
    assert await shunned(outbound, not_me) == {SMS, EMAIL}
    other = CaseId.new(out.world.clock())
    assert await shunned(outbound, not_me, other) == set()

    # What stood in line already is asked once more before the call.
    waiting = await outbound.send(not_me, Channel.EMAIL, MAIL)
    await out.dispatch()
    last = (await outbound.of(not_me))[-1]
    assert (last.id, last.state, last.code) == (waiting.id, State.CANCELLED, Why.NOT_WANTED)

    broken = await outbound.message()
    await outbound.happens(await outbound.send(broken, Channel.EMAIL, MAIL), sent, bounced)
    assert await shunned(outbound, broken, other) == {EMAIL}


@pytest.mark.begins(OPENED)
async def test_the_next_notice_passes_over_what_does_not_work_and_ends_where_nobody_wants_it(
    world: World,
) -> None:
    story, outbound = await a_prompted_stranger(world, phone=PHONE, email=MAIL), Outbound(world)

    async def told(cause: str) -> list[tuple[str, str]]:
        await tell(outbound.runtime, Asked("N-02", CaseId(story.case_id), cause))
        return [(line["channel"], line["state"]) for line in (await sendings(story))[-1]["deliveries"]]

    first = (await sendings(story))[0]["message_id"]
    (sms,) = await outbound.of_id(first)
    await outbound.happens(sms, sent, bounced)
    mail = (await outbound.of_id(first))[-1]
    await outbound.happens(mail, sent, taken, arrived)
    channels = [channel for channel, _ in await told("018f0000-0000-7000-8000-000000000001")]
    async with change(outbound.runtime.db, work()) as tx:
        prompt = await messages.lock(tx, first)
    await disputed(outbound, prompt, DisputeReason.NOT_ME)
    after = await told("018f0000-0000-7000-8000-000000000002")

    assert channels == [Channel.EMAIL]
    assert after == []
    # The officer tells the party in person, or finds out who it is.
    assert (await sendings(story))[-1]["state"] == "CREATED"
