"""The one text of several messages for one address: put together just before the call, taken apart at its end.

Nothing of it is stored (Inv. 12). Each repeat is put together anew from what each message has sealed, so the words of a
case that was erased meanwhile are not in it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from common.door.uow import Tx
from common.values.ids import DeliveryId
from notification.channels.letters import Carrier
from notification.domain import delivering
from notification.domain.delivery import Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.joining import bundled, join, shared
from notification.domain.preferences import Wishes
from notification.domain.templates import GATHERING, Words
from notification.outcomes.deciding import ending, stopping
from notification.runtime import NotificationRuntime
from notification.store import deliveries, joints
from notification.store.deliveries import Change, Sending
from notification.store.parcels import Parcel
from notification.store.parties import resource


@dataclass(frozen=True)
class Joint:
    """What is sent to the address, and what happens to the deliveries that travel along."""

    sending: Sending
    changes: list[Change] = field(default_factory=list)


async def gather(
    tx: Tx,
    runtime: NotificationRuntime,
    parcel: Parcel,
    wishes: Wishes,
    *,
    carrier: Carrier,
    decided: Collection[DeliveryId],
) -> Joint:
    """What `parcel`, which `carrier` gets now, takes along: at its first call what waits for the same hour, later the
    same, as far as it is still to be sent.

    Nothing travels where the carrier may carry none of the words: its one text would say of several messages that
    something waits, and its arrival would bring nobody what they say. `decided` are the deliveries about which this
    transaction has decided already.
    """
    assert parcel.sending is not None
    if not _gathers(parcel):
        return Joint(parcel.sending)
    is_bare = parcel.delivery.level > carrier.level
    if parcel.delivery.attempts:
        return await _again(tx, runtime, parcel, wishes, is_bare=is_bare)
    if is_bare:
        return Joint(parcel.sending)
    beside = [
        each
        for each in await joints.lock_beside(
            tx, parcel, known=decided, most=runtime.profile.notification.gather_most - 1
        )
        # Each is asked by itself: what is recalled, not wanted or too late goes its own way at its own turn.
        if each.sending is not None and await stopping(tx, runtime, each, wishes) is None
    ]
    sending, count = _bundled(runtime, parcel, beside)
    return Joint(
        sending,
        [
            _change(tx, each.delivery, join(each.delivery, parcel.delivery, provider=carrier.name))
            for each in beside[:count]
        ],
    )


async def follow(tx: Tx, carrier: Delivery) -> list[Delivery]:
    """What the end of `carrier`, which is locked, means for those that travelled with it: the ones that changed."""
    if carrier.not_before is None:  # only what waited for the hour takes anything along
        return []
    changes = []
    for each in await joints.lock_joined(tx, carrier):
        fact = shared(each, carrier, at=tx.now)
        if fact is not None:
            changes.append(_change(tx, each, fact))
    return await deliveries.put_all(tx, changes)


async def left_alone(tx: Tx, delivery: Delivery) -> DeliveryFact | None:
    """What becomes of a delivery that travels with another one which has ended; None while that one is under way."""
    if delivery.state is not State.JOINED or delivery.joined_to is None:
        return None
    return shared(delivery, await deliveries.get(tx, delivery.joined_to), at=tx.now)


async def _again(
    tx: Tx, runtime: NotificationRuntime, parcel: Parcel, wishes: Wishes, *, is_bare: bool
) -> Joint:
    """The same text once more, without what may not be sent any more."""
    staying, changes = [], []
    for each in await joints.lock_with(tx, parcel.delivery):
        if each.delivery.state is not State.JOINED:
            continue
        fact: DeliveryFact | None = await ending(tx, each, wishes)
        if fact is None and is_bare:
            fact = delivering.queue(each.delivery, Why.LEFT_ALONE, at=tx.now)
        if fact is None:
            staying.append(each)
        else:
            changes.append(_change(tx, each.delivery, fact))
    assert parcel.sending is not None
    sending, _ = _bundled(runtime, parcel, staying)
    return Joint(sending, changes)


def _bundled(runtime: NotificationRuntime, first: Parcel, beside: list[Parcel]) -> tuple[Sending, int]:
    """The one text, and how many of `beside` are in it."""
    assert first.sending is not None
    sendings = [first.sending, *(each.sending for each in beside if each.sending is not None)]
    parts = [Words(each.title, each.text, each.supplement) for each in sendings]
    bundle = bundled(parts, first.delivery.channel, runtime.profile.notification)
    words = bundle.words
    if bundle.count == 1:
        return first.sending, 0
    # A provider's own template has the words of one message.
    joint = replace(
        first.sending, title=words.title, text=words.text, supplement=words.supplement, template=None
    )
    return replace(joint, values=()), bundle.count - 1


def _gathers(parcel: Parcel) -> bool:
    return parcel.code in GATHERING and parcel.delivery.not_before is not None


def _change(tx: Tx, delivery: Delivery, fact: DeliveryFact) -> Change:
    return Change(tx.permit(resource(delivery.id, delivery.party_id)), delivery, (fact,))
