"""An agency takes a message back; technical staff see what stands still, and put it in line again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from case.contract import Case
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import DeliveryId, MessageId, OfficerId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, next_cursor
from common.web.pages import after as place_in
from common.web.wire import Page
from notification.api.views import sending_view
from notification.contract.recalls import RecallOrder, ReplayOrder, ReplayView, StoppedDeliveryView
from notification.contract.telling import SendingView
from notification.domain.delivery import Delivery, State
from notification.domain.recalling import (
    PROMPT,
    RecallReason,
    called_back,
    is_filed_in,
    recall,
    replay,
)
from notification.runtime import Run
from notification.store import deliveries, deliverywork, joints, messages
from notification.store.parties import line_of, resource_of

router = APIRouter()

Recalling = Annotated[Mandate, Depends(Allow(Action.MESSAGE_RECALL))]
Overseeing = Annotated[Mandate, Depends(Allow(Action.DELIVERY_OVERSEE))]
Replaying = Annotated[Mandate, Depends(Allow(Action.DELIVERY_REPLAY))]


@router.post("/v1/messages/{message_id}/recall", summary="撤回消息 · Take a message back", status_code=201)
async def recall_message(
    message_id: MessageId, order: RecallOrder, db: Db, runtime: Run, mandate: Recalling
) -> SendingView:
    """The agency takes a notice back before anybody was told by it (NJ 15); its inbox shows a tombstone.

    Refused once a list showed it, a channel brought it or a provider has it, and a prompt once its case is filed
    (NOTI_RECALL_TOO_LATE). Where the notice was a prompt, the party has to be prompted anew.
    """
    async with view(db, mandate) as v:
        seen = await messages.get_made(v, message_id)
        v.permit(resource_of(seen.id, seen.agency_id, seen.party_id, seen.case_id))
    is_filed = seen.document_kind == PROMPT and is_filed_in(
        (await Case(runtime.peers).notice_context(seen.case_id)).state
    )
    async with change(db, mandate) as tx:
        # The deliveries before the message, as everywhere: a call that begins meanwhile waits or is seen here.
        held = await deliveries.lock_by_message(tx, message_id)
        message = await messages.lock_made(tx, message_id)
        permit = tx.permit(resource_of(message.id, message.agency_id, message.party_id, message.case_id))
        facts = recall(
            message,
            held,
            is_filed=is_filed,
            reason=RecallReason(order.reason),
            by=OfficerId(mandate.actor.id),
        )
        for delivery, fact in called_back(held):
            await deliveries.save(tx, permit, delivery, fact)
            # What travelled with it is another message, which the dispatcher puts in line by itself.
            await joints.wake(tx, delivery)
        message = await messages.save(tx, permit, message, *facts)
        return tx.answer(sending_view(message, await deliveries.list_by_message(tx, message.id)))


@router.get("/v1/stopped-deliveries", summary="停止的投递 · See which deliveries stand still")
async def list_stopped(
    db: Db, mandate: Overseeing, cursor: Cursor = "", limit: Limit = 50
) -> Page[StoppedDeliveryView]:
    """Those of the caller's agency that a provider rejected, or that a fault of this program stopped, oldest first.

    Mend the template, the signature or the account, then `POST /v1/deliveries/{delivery_id}/replays`. What is over by
    its time is not listed any more. No address and no words are shown.
    """
    after_id = place_in(cursor, str) or ""
    async with view(db, mandate) as v:
        listed = await deliverywork.list_stopped(v, after_id=after_id, limit=limit + 1)
        found = {each.id: each for each in await deliveries.list_by_id(v, [id for id, _ in listed])}
    page = [_stopped_view(found[id], by=stopped_by) for id, stopped_by in listed[:limit]]
    return Page(items=page, next_cursor=next_cursor(listed, limit, lambda each: each[0]))


@router.post(
    "/v1/deliveries/{delivery_id}/replays", summary="重新投递 · Put a delivery in line again", status_code=201
)
async def replay_delivery(
    delivery_id: DeliveryId, order: ReplayOrder, db: Db, mandate: Replaying
) -> ReplayView:
    """The fault is mended: the delivery is sent again, by the words and to the address that it had.

    For one that its provider rejected, or that a fault of this program stopped (NOTI_NOT_TO_BE_REPLAYED).
    """
    async with change(db, mandate) as tx:
        delivery = await deliveries.lock(tx, delivery_id)
        permit = tx.permit(line_of(delivery))
        told = await messages.lock_made(tx, delivery.message_id)
        is_stopped = await deliverywork.is_stopped(tx, delivery.id)
        fact = replay(delivery, told, is_stopped=is_stopped, at=tx.now)
        if fact is not None:
            delivery = await deliveries.save(tx, permit, delivery, fact)
        await deliverywork.resume(tx, delivery.id)
        return tx.answer(ReplayView(delivery_id=delivery.id, state=delivery.state))


def _stopped_view(delivery: Delivery, *, by: Literal["REJECTED", "FAULT"]) -> StoppedDeliveryView:
    return StoppedDeliveryView(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        case_id=delivery.case_id,
        channel=delivery.channel,
        provider=delivery.provider,
        stopped_by=by,
        state=delivery.state,
        code=delivery.code if delivery.state is State.REJECTED else None,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        expires_at=delivery.expires_at,
    )
