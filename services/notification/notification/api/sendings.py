"""How the notices of an agency went out, and the officer who tells a party in person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, MessageId, OfficerId
from common.web.auth import Allow, Db
from notification.api.views import sending_view
from notification.contract.telling import HandDeliveryOrder, SendingList, SendingView
from notification.domain.telling import Hand, hand_over
from notification.store import deliveries, messages
from notification.store.parties import resource_of

router = APIRouter()

Overseeing = Annotated[Mandate, Depends(Allow(Action.MESSAGE_OVERSEE))]
Telling = Annotated[Mandate, Depends(Allow(Action.MESSAGE_HAND_OVER))]


@router.get("/v1/messages", summary="消息发送情况 · See how the messages of a case went out")
async def list_sendings(case_id: CaseId, db: Db, mandate: Overseeing) -> SendingList:
    """The messages of one case of the caller's agency: when each was sent, by which ways, and what came back.

    Empty for a case of another agency. The words and the addresses are not shown.
    """
    async with view(db, mandate) as v:
        listed = await messages.list_by_case(v, case_id)
        shown = [sending_view(each, await deliveries.list_by_message(v, each.id)) for each in listed]
    return SendingList(items=shown)


@router.post(
    "/v1/messages/{message_id}/hand-deliveries",
    summary="当面或者电话告知 · Tell the party in person",
    status_code=201,
)
async def hand_deliver(
    message_id: MessageId, order: HandDeliveryOrder, db: Db, mandate: Telling
) -> SendingView:
    """An officer told the party what the notice says. From now on the party counts as told (NJ 15).

    For a notice that is on its way and that no channel has brought yet. What is still in line stays there.
    """
    async with change(db, mandate) as tx:
        message = await messages.lock_made(tx, message_id)
        permit = tx.permit(resource_of(message.id, message.agency_id, message.party_id, message.case_id))
        facts = hand_over(
            message,
            how=Hand(order.how),
            told_at=order.told_at,
            to_whom=await tx.commit_to(message.case_id, "told", order.to_whom),
            proof_sha256=order.proof_sha256,
            by=OfficerId(mandate.actor.id),
            at=tx.now,
        )
        message = await messages.save(tx, permit, message, *facts)
        return tx.answer(sending_view(message, await deliveries.list_by_message(tx, message.id)))
