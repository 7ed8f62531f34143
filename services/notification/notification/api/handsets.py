"""The party's phones: registered for pushes, told of a new address, taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.ids import HandsetId
from common.web.auth import Allow, Db
from common.web.wire import Page
from notification.api.views import party_of
from notification.contract import HandsetOrder, HandsetView, PushSubscriptionOrder
from notification.domain.handsets import (
    Handset,
    HandsetEnd,
    PushAddress,
    PushService,
    end,
    overdue,
    readdress,
)
from notification.domain.handsets import register as begin
from notification.store import handsets
from notification.store.parties import resource

router = APIRouter()

Registering = Annotated[Mandate, Depends(Allow(Action.HANDSET_REGISTER))]
Reading = Annotated[Mandate, Depends(Allow(Action.HANDSET_READ))]
Ending = Annotated[Mandate, Depends(Allow(Action.HANDSET_END))]


@router.get("/v1/handsets", summary="我的设备 · List the caller's phones")
async def list_handsets(db: Db, mandate: Reading) -> Page[HandsetView]:
    """The phones and browsers that may be pushed to, oldest first; 20 at most. Their addresses are shown to nobody."""
    async with view(db, mandate) as v:
        mine = await handsets.list_of_party(v, party_of(mandate))
    return Page(items=[handset_view(handset) for handset in mine], next_cursor=None)


@router.post("/v1/handsets", summary="登记设备 · Register a phone for pushes", status_code=201)
async def register_handset(order: HandsetOrder, db: Db, mandate: Registering) -> HandsetView:
    """The phone may be woken by the push service of its maker. A push says that there is something to read, no more."""
    return await _register(db, mandate, PushService(order.push), PushAddress(order.token))


@router.put("/v1/handsets/{handset_id}", summary="更换推送地址 · Tell the new push address")
async def readdress_handset(
    handset_id: HandsetId, order: HandsetOrder, db: Db, mandate: Registering
) -> HandsetView:
    """The push service gave the phone another token. The last call wins; the same token again changes nothing."""
    push, address = PushService(order.push), PushAddress(order.token)
    async with change(db, mandate) as tx:
        handset = await handsets.lock(tx, handset_id)
        permit = tx.permit(resource(handset.id, handset.party_id))
        fact = readdress(handset, push, address)
        if fact is not None:
            handset = await handsets.save(tx, permit, handset, fact, texts=address)
        return tx.answer(handset_view(handset))


@router.post("/v1/push-subscriptions", summary="登记浏览器推送 · Subscribe by Web Push", status_code=201)
async def subscribe(order: PushSubscriptionOrder, db: Db, mandate: Registering) -> HandsetView:
    """A browser's subscription as `PushSubscription.toJSON()` writes it (RFC 8030, 8291): a handset like others."""
    address = PushAddress(order.endpoint, order.keys.p256dh, order.keys.auth)
    return await _register(db, mandate, PushService.WEBPUSH, address)


@router.delete("/v1/handsets/{handset_id}", summary="注销设备 · Take a phone back")
@router.delete("/v1/push-subscriptions/{handset_id}", summary="取消浏览器推送 · Unsubscribe")
async def end_handset(handset_id: HandsetId, db: Db, mandate: Ending) -> HandsetView:
    """No push goes there any more, and its address is deleted. An app does this before another person logs in."""
    async with change(db, mandate) as tx:
        handset = await handsets.lock(tx, handset_id)
        permit = tx.permit(resource(handset.id, handset.party_id))
        fact = end(handset, HandsetEnd.UNREGISTERED)
        return tx.answer(handset_view(await handsets.save(tx, permit, handset, fact)))


async def _register(db: Database, mandate: Mandate, push: PushService, address: PushAddress) -> HandsetView:
    """Registers; the same address again is the registration that stands."""
    party_id = party_of(mandate)
    async with change(db, mandate) as tx:
        mine = await handsets.lock_by_party(tx, party_id)
        same = next((each for each in mine if (each.push, each.address) == (push, address)), None)
        if same is not None:
            return tx.answer(handset_view(same))
        permit = tx.permit(resource(party_id, party_id))
        for old in overdue(mine):
            await handsets.save(tx, permit, old, end(old, HandsetEnd.REPLACED))
        fact = begin(HandsetId.new(tx.now), party_id, push, address)
        return tx.answer(handset_view(await handsets.add(tx, permit, fact, texts=address)))


def handset_view(handset: Handset) -> HandsetView:
    """`handset` on the wire, without its address."""
    return HandsetView(
        handset_id=handset.id,
        push=handset.push,
        registered_at=handset.registered_at,
        readdressed_at=handset.readdressed_at,
        ended_at=handset.ended_at,
    )
