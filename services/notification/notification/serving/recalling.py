"""A step that is over sends nothing any more: what still stands in line of its message is cancelled, under lock.

A party that was handed the document gets no second one a day later, and one whose service was given up gets none. What
a provider has already cannot be taken back; its arrival is heard like every other.
"""

from __future__ import annotations

from common.door.uow import change, view
from common.values.ids import MessageId
from notification.domain.delivering import cancel
from notification.domain.delivery import WAITING, Why
from notification.domain.message import Failure, State, fail
from notification.runtime import NotificationRuntime
from notification.serving.passes import for_each
from notification.serving.sending import mandate
from notification.store import deliveries, messages, services
from notification.store.parties import resource


async def call_back(runtime: NotificationRuntime) -> None:
    """Cancel every delivery in line whose step failed, was overtaken, withdrawn or given up."""
    async with view(runtime.db, mandate()) as v:
        overtaken = await services.list_overtaken(v)

    async def do(message_id: MessageId) -> None:
        await _cancel(runtime, message_id)

    await for_each(overtaken, do)


async def _cancel(runtime: NotificationRuntime, message_id: MessageId) -> None:
    async with change(runtime.db, mandate()) as tx:
        # Read under the lock: a call may have begun meanwhile, and that one is not in line any more.
        for delivery in await deliveries.lock_by_message(tx, message_id):
            if delivery.state in WAITING:
                permit = tx.permit(resource(delivery.id, delivery.party_id))
                await deliveries.save(tx, permit, delivery, cancel(delivery, Why.RECALLED))
        told = await messages.lock_made(tx, message_id)
        is_over = not await deliveries.is_under_way(tx, message_id)
        if is_over and told.state is State.CREATED and not told.is_gone:
            permit = tx.permit(resource(told.id, told.party_id))
            await messages.save(tx, permit, told, fail(told, Failure.NOBODY_REACHED))
