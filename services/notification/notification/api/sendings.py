"""How the notices of an agency went out, and the officer who tells a party in person."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from common.door.uow import Database, change, view
from common.files.digests import require_digest
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, MessageId, OfficerId, PartyId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, takes
from notification.api.serviceproofs import require_acceptable
from notification.api.views import sending_view
from notification.contract.telling import HandDeliveryOrder, HandProofView, SendingList, SendingView
from notification.domain.message import gone
from notification.domain.telling import Hand, hand_over
from notification.runtime import Run
from notification.store import deliveries, documents, messages, preferences
from notification.store.parties import resource_of
from notification.telling.making import mandate as at_work

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
    return SendingList(items=shown, to_be_called=await _to_be_called(db, {each.party_id for each in listed}))


async def _to_be_called(db: Database, party_ids: Collection[PartyId]) -> list[PartyId]:
    """What a party wishes is no officer's to read; that it would rather be called is said to those who tell it."""
    async with view(db, at_work()) as v:
        stated = await preferences.list_by_party(v, party_ids)
    return sorted(each.party_id for each in stated if each.wishes.voice)


@router.post(
    "/v1/messages/{message_id}/proofs",
    summary="上传告知证明 · Upload the proof that the party was told",
    status_code=201,
    openapi_extra=takes("application/octet-stream"),
    responses=refuses(Kind.TOO_LARGE, Kind.GONE),
)
async def upload_told_proof(
    message_id: MessageId,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Telling,
    content_digest: Annotated[str, Header()] = "",
) -> HandProofView:
    """The recording, the photograph or the slip: PDF, JPEG, PNG or MP4 of up to 4 MiB under its Content-Digest.

    It is sealed with the case. On record it comes with the order that tells by hand and names its digest.
    """
    data = await request.body()
    require_digest(content_digest, data)
    require_acceptable(data)
    async with view(db, mandate) as v:
        message = await messages.get_made(v, message_id)
        v.permit(resource_of(message.id, message.agency_id, message.party_id, message.case_id))
    if message.is_gone:
        raise gone(message)
    return HandProofView(proof_sha256=await documents.put(runtime.sealed, data, message.case_id))


@router.post(
    "/v1/messages/{message_id}/hand-deliveries",
    summary="当面或者电话告知 · Tell the party in person",
    status_code=201,
)
async def hand_deliver(
    message_id: MessageId, order: HandDeliveryOrder, db: Db, runtime: Run, mandate: Telling
) -> SendingView:
    """An officer told the party what the notice says. From now on the party counts as told (NJ 15).

    The proof was uploaded before (NOTI_PROOF_ABSENT). For a notice that is on its way and that no channel has brought
    yet. What is still in line stays there.
    """
    async with view(db, mandate) as v:
        seen = await messages.get_made(v, message_id)
        v.permit(resource_of(seen.id, seen.agency_id, seen.party_id, seen.case_id))
    await documents.require_kept(runtime.sealed, seen, order.proof_sha256)
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
