"""What follows from the end of a delivery, in the transaction that records the end.

    it arrived               the message is delivered by that channel, unless something delivered it before
    it is denied afterwards  the message is told no more, unless another delivery of it arrived
    it ended and did not     the next address of the profile's order is tried, or nobody was reached: the message failed

A message that serves process is not delivered here: its service has rules of its own. A hint decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from common.door.secrets import Erased
from common.door.uow import Tx
from common.values.ids import DeliveryId
from notification.domain import delivering, message
from notification.domain.channels import Role
from notification.domain.delivery import Delivery, Dispatch
from notification.domain.delivery import State as DeliveryState
from notification.domain.facts import MessageFact, after
from notification.domain.message import Failure, Message, State
from notification.domain.templates import MessageKind
from notification.outcomes import joints
from notification.runtime import NotificationRuntime
from notification.store import deliveries, messages
from notification.store.parties import resource


async def follow(tx: Tx, runtime: NotificationRuntime, delivery: Delivery) -> None:
    """What follows from `delivery`, which has ended and is locked. Its message is locked here, after it."""
    if delivery.role is Role.HINTS:
        return
    for each in await joints.follow(tx, delivery):
        if each.has_ended:
            await follow(tx, runtime, each)
    told = await messages.lock_made(tx, delivery.message_id)
    if told.kind is MessageKind.SERVICE or told.is_gone:
        return
    if delivery.state is DeliveryState.UNDELIVERED_PERMANENT:
        told = await _denied(tx, delivery, told)
    if delivery.is_unreached or (delivery.is_bare and told.state is State.CREATED):
        # What only said that something waits has told nobody who has no inbox; who has one was told there already.
        await _go_on(tx, runtime, delivery, told)
    elif told.state is State.CREATED:
        permit = tx.permit(resource(told.id, told.party_id))
        await messages.save(tx, permit, told, message.deliver(told, channel=delivery.channel))


async def _denied(tx: Tx, delivery: Delivery, told: Message) -> Message:
    """Where the message counts as told by the channel that denies it now: told by another arrival, or by none."""
    denied = message.deny_arrival(told, channel=delivery.channel)
    if denied is None:
        return told
    arrived = [
        each.channel
        for each in await deliveries.list_by_message(tx, told.id)
        if each.role is Role.CARRIES and each.arrived_at is not None and not each.is_bare
    ]
    if delivery.channel in arrived:
        return told  # at another number of the party, of which nobody denied anything
    facts: list[MessageFact] = [denied]
    if arrived:
        facts.append(message.deliver(after(told, denied, at=tx.now), channel=arrived[0]))
    return await messages.save(tx, tx.permit(resource(told.id, told.party_id)), told, *facts)


async def _go_on(tx: Tx, runtime: NotificationRuntime, delivery: Delivery, told: Message) -> None:
    """Try the next address, or record that nobody was reached.

    Not yet where a provider rejected an order whose time is not over: the fault is ours, and may be mended.
    """
    if delivery.state is not DeliveryState.CANCELLED and await _is_sent_on(tx, runtime, delivery):
        return
    if told.state is State.CREATED and not await deliveries.may_still_tell(tx, told.id):
        permit = tx.permit(resource(told.id, told.party_id))
        await messages.save(tx, permit, told, message.fail(told, Failure.NOBODY_REACHED))


async def _is_sent_on(tx: Tx, runtime: NotificationRuntime, delivery: Delivery) -> bool:
    """Whether there was another address for this message that nothing went to yet, and it is in line now, with the same
    time of its own."""
    sending = await deliveries.find_sending(tx, delivery)
    if sending is None or not sending.others:
        return False
    following, *others = sending.others
    if await deliveries.is_at(tx, delivery, following):
        return False  # it ended a second time: what follows from its end is there already
    dispatch = Dispatch(
        message_id=delivery.message_id,
        case_id=delivery.case_id,
        party_id=delivery.party_id,
        agency_id=delivery.agency_id,
        channel=following.channel,
        expires_at=tx.now + timedelta(hours=runtime.profile.notification.next_channel_h),
        level=delivery.level,
        is_statutory=delivery.is_statutory,
        may_come_twice=delivery.may_come_twice,
        is_urgent=delivery.is_urgent,
    )
    fact = delivering.accept(DeliveryId.new(tx.now), dispatch, at=tx.now)
    permit = tx.permit(resource(DeliveryId(fact.owner), delivery.party_id))
    texts = replace(sending, address=following.value, others=tuple(others))
    try:
        await deliveries.add(tx, permit, fact, texts=texts)
    except Erased:
        return False
    return True
