"""Addresses of an agency that want hints about its delivery events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common.calls.webhooks import new_secret
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import NO_AGENCY, HookId
from common.web.auth import Allow, Db
from notification.contract.hooks import HookEndOrder, HookList, HookOrder, HookSecretView, HookView
from notification.domain.hooks import Hook, HookEnd, end, name
from notification.store import hooks
from notification.store.hooks import Texts

router = APIRouter()

Managing = Annotated[Mandate, Depends(Allow(Action.HOOK_MANAGE))]


@router.post(
    "/v1/delivery-webhooks", summary="登记投递事件推送地址 · Name an address for hints", status_code=201
)
async def name_hook(order: HookOrder, db: Db, mandate: Managing) -> HookSecretView:
    """Name an address that wants hints about the agency's delivery events. Keep the secret: it is shown this once.

    Within seconds the address gets `{"type": "cn.mingzheng.webhook.challenge.v1", "challenge": …}` and answers with
    the challenge as its whole body. Then it hears from where on `GET /v1/delivery-events` has something new.
    """
    secret = new_secret()
    async with change(db, mandate) as tx:
        hook_id, agency_id = HookId.new(tx.now), mandate.actor.agency_id or NO_AGENCY
        permit = tx.permit(hooks.resource_of(hook_id, agency_id))
        fact = name(hook_id, agency_id, order.url, await tx.commit_to(hook_id, "url", order.url))
        hook = await hooks.add(tx, permit, fact, texts=Texts(order.url, secret))
        return tx.answer(HookSecretView(**_columns(hook), secret=secret))


@router.get("/v1/delivery-webhooks", summary="投递事件推送地址 · List the addresses for hints")
async def list_hooks(db: Db, mandate: Managing) -> HookList:
    """The addresses of the caller's agency, those that ended too."""
    async with view(db, mandate) as v:
        return HookList(items=[HookView(**_columns(hook)) for hook in await hooks.list_all(v)])


@router.post(
    "/v1/delivery-webhooks/{hook_id}/disablement", summary="停用推送地址 · End the hints", status_code=201
)
async def end_hook(hook_id: HookId, order: HookEndOrder, db: Db, mandate: Managing) -> HookView:
    """End the hints to this address for good. For a new secret, name the address again before."""
    async with change(db, mandate) as tx:
        hook = await hooks.lock(tx, hook_id)
        permit = tx.permit(hooks.resource_of(hook.id, hook.agency_id))
        return tx.answer(
            HookView(**_columns(await hooks.save(tx, permit, hook, end(hook, HookEnd.BY_AGENCY))))
        )


def _columns(hook: Hook) -> dict[str, Any]:
    columns = asdict(hook)
    return {"hook_id": columns.pop("id"), **columns}
