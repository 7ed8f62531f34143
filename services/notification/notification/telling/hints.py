"""Wakes the phones of a party: a message that comes into its inbox hints once at each of them.

    message.delivered      ──▶ a hint in line for every phone: {type, cursor}, and nothing of the message
    delivery.undelivered   ──▶ the phone's push service forgot it (RFC 8030, 7.3): its registration ends

A hint decides nothing, so it comes after the message and never in its transaction. Where nobody is configured who
pushes, none is made. A change of a message wakes nobody: the app finds it when it is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.door.feed import LedgerEntry, follow_streams
from common.door.secrets import Erased
from common.door.uow import Tx, change, view
from common.policy import Action, authorize, service_actor
from common.values.ids import DeliveryId, MessageId, PartyId
from notification.domain import delivering
from notification.domain.channels import HINTING, Address, Role
from notification.domain.delivery import Dispatch
from notification.domain.handsets import HandsetEnd, address_of, end
from notification.domain.message import Message
from notification.domain.templates import class_of
from notification.runtime import NotificationRuntime
from notification.store import deliveries, handsets, inbox, messages, preferences
from notification.store.deliveries import Accepted, Sending
from notification.store.parties import resource
from notification.telling.making import mandate

LIFE: Final = timedelta(hours=24)
"""After this no phone is woken any more: the message is old, and the app reads the inbox by itself."""

_CAME: Final = "message.delivered"
_FAILED: Final = "delivery.undelivered"
_NOUNS: Final = {_CAME: "message", _FAILED: "delivery"}


async def follow_inboxes(runtime: NotificationRuntime) -> None:
    """Hint at each message that came, and end the registrations of the phones that are gone."""

    async def handle(entries: Sequence[LedgerEntry]) -> None:
        records = [entry.record for entry in entries]
        known = [each for each in records if each["stream"].startswith(f"{_NOUNS.get(each['type'])}/")]
        came = {
            MessageId(each["stream"].partition("/")[2]): PartyId(each["data"]["party_id"])
            for each in known
            if each["type"] == _CAME
        }
        async with view(runtime.db, authorize(service_actor("notification"), Action.HANDSET_READ)) as v:
            woken = await handsets.list_parties(v, set(came.values())) if _pushes(runtime) and came else set()
        for message_id, party_id in came.items():
            if party_id in woken:
                await _hint(runtime, message_id)
        for each in known:
            if each["type"] == _FAILED and each["data"]["channel"] in HINTING:
                await _forget(runtime, DeliveryId(each["stream"].partition("/")[2]))

    while await follow_streams(runtime.db, runtime.feed, "hints", set(_NOUNS.values()), handle):
        continue


def _pushes(runtime: NotificationRuntime) -> bool:
    return any(runtime.roster.has(channel) for channel in HINTING)


async def _hint(runtime: NotificationRuntime, message_id: MessageId) -> None:
    """Put a hint in line for each phone of the message's party. All of them or none are made, so never twice."""
    try:
        async with change(runtime.db, mandate()) as tx:
            message = await messages.lock_made(tx, message_id)
            hinted = any(each.role is Role.HINTS for each in await deliveries.list_by_message(tx, message_id))
            if hinted or message.is_gone or not message.engagement.is_unread:
                return
            wishes = (await preferences.of_party(tx, message.party_id)).wishes
            if not wishes.wants(class_of(message.code).category):
                return
            if message.delivered_at is None or message.delivered_at + LIFE <= tx.now:
                return
            phones = await handsets.list_of_party(tx, message.party_id)
            addresses = {address for phone in phones if (address := address_of(phone)) is not None}
            there = sorted(
                (each for each in addresses if runtime.roster.has(each.channel)), key=lambda each: each.value
            )
            cursor = str(await inbox.place_of(tx, message_id))
            await deliveries.add_all(tx, [_accepted(tx, message, each, cursor) for each in there])
    except Erased:
        return  # the case went meanwhile: there is nothing to read


def _accepted(tx: Tx, message: Message, address: Address, cursor: str) -> Accepted:
    assert message.delivered_at is not None
    dispatch = Dispatch(
        message_id=message.id,
        case_id=message.case_id,
        party_id=message.party_id,
        agency_id=message.agency_id,
        channel=address.channel,
        expires_at=message.delivered_at + LIFE,
        level=1,
        may_come_twice=True,
    )
    fact = delivering.accept(DeliveryId.new(tx.now), dispatch, at=tx.now)
    permit = tx.permit(resource(DeliveryId(fact.owner), message.party_id))
    values = (("type", "inbox"), ("cursor", cursor))
    return Accepted(permit, fact, Sending(address.value, "有新消息", "请打开应用查看。", values=values))


async def _forget(runtime: NotificationRuntime, delivery_id: DeliveryId) -> None:
    """End the registration of the phone to which this hint went."""
    async with change(runtime.db, authorize(service_actor("notification"), Action.HANDSET_END)) as tx:
        delivery = await deliveries.get(tx, delivery_id)
        sending = await deliveries.find_sending(tx, delivery)
        if sending is None:
            return
        gone = Address(delivery.channel, sending.address)
        for phone in await handsets.lock_by_party(tx, delivery.party_id):
            # A phone that told a new address meanwhile is there.
            if address_of(phone) == gone:
                permit = tx.permit(resource(phone.id, phone.party_id))
                await handsets.save(tx, permit, phone, end(phone, HandsetEnd.GONE))
