"""Addresses that want hints about events: named, rotated, ended, and their log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common.calls.webhooks import new_secret
from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.ids import NO_AGENCY, WebhookId
from common.web.auth import Allow, Db
from common.web.pages import Limit
from data_exchange.contract.webhooks import (
    WebhookAttemptsView,
    WebhookAttemptView,
    WebhookEndOrder,
    WebhookOrder,
    WebhookRepeatOrder,
    WebhookRepeatView,
    WebhookRotationOrder,
    WebhookSecretView,
    WebhooksView,
    WebhookView,
)
from data_exchange.domain.webhooks import End, Endpoint, create, disable, require_active, rotate
from data_exchange.store import webhooks
from data_exchange.store.webhooks import Attempt, Texts

router = APIRouter()
Managing = Annotated[Mandate, Depends(Allow(Action.WEBHOOK_MANAGE))]


@router.post("/v1/webhook-endpoints", summary="登记推送地址 · Name an address for hints", status_code=201)
async def create_webhook(order: WebhookOrder, db: Db, mandate: Managing) -> WebhookSecretView:
    """Name an address that wants hints about the agency's events. Keep the secret: it is shown this once.

    Within seconds the address gets `{"type": "cn.mingzheng.webhook.challenge.v1", "challenge": …}` and answers with
    the challenge as its whole body. Until then nothing else is sent to it.
    """
    secret = new_secret()
    async with change(db, mandate) as tx:
        webhook_id, agency_id = WebhookId.new(tx.now), mandate.actor.agency_id or NO_AGENCY
        permit = tx.permit(Resource(webhook_id, agency_id))
        fact = create(webhook_id, agency_id, order.url, await tx.commit_to(webhook_id, "url", order.url))
        endpoint = await webhooks.add(tx, permit, fact, texts=Texts(order.url, secret))
        return tx.answer(WebhookSecretView(**_columns(endpoint), secret=secret))


@router.get("/v1/webhook-endpoints", summary="推送地址列表 · List addresses for hints")
async def list_webhooks(db: Db, mandate: Managing) -> WebhooksView:
    """The addresses of the caller's agency."""
    async with view(db, mandate) as v:
        return WebhooksView(items=[_view(endpoint) for endpoint in await webhooks.list_all(v)])


@router.get("/v1/webhook-endpoints/{webhook_id}", summary="推送地址 · Read one address for hints")
async def get_webhook(webhook_id: WebhookId, db: Db, mandate: Managing) -> WebhookView:
    """One address with its state."""
    async with view(db, mandate) as v:
        endpoint = await webhooks.get(v, webhook_id)
        v.permit(webhooks.resource(endpoint))
    return _view(endpoint)


@router.get("/v1/webhook-endpoints/{webhook_id}/attempts", summary="推送记录 · Read the log of hints")
async def list_attempts(
    webhook_id: WebhookId, db: Db, mandate: Managing, limit: Limit = 50
) -> WebhookAttemptsView:
    """The last attempts to reach the address, with the status that it answered."""
    async with view(db, mandate) as v:
        v.permit(webhooks.resource(await webhooks.get(v, webhook_id)))
        attempts = await webhooks.list_attempts(v, webhook_id, limit)
    return WebhookAttemptsView(items=[_attempt(attempt) for attempt in attempts])


@router.post(
    "/v1/webhook-endpoints/{webhook_id}/secret-rotations",
    summary="更换推送密钥 · Change the secret of hints",
    status_code=201,
)
async def rotate_secret(
    webhook_id: WebhookId, order: WebhookRotationOrder, db: Db, mandate: Managing
) -> WebhookSecretView:
    """A new secret. For 24 hours each hint carries two signatures, the new one first."""
    secret = new_secret()
    async with change(db, mandate) as tx:
        endpoint = await webhooks.lock(tx, webhook_id)
        permit = tx.permit(webhooks.resource(endpoint))
        fact = rotate(endpoint, at=tx.now)
        endpoint = await webhooks.save(tx, permit, endpoint, fact, texts=Texts(endpoint.url, secret))
        return tx.answer(WebhookSecretView(**_columns(endpoint), secret=secret))


@router.post(
    "/v1/webhook-endpoints/{webhook_id}/redeliveries",
    summary="重新推送 · Send hints once more",
    status_code=201,
)
async def redeliver(
    webhook_id: WebhookId, order: WebhookRepeatOrder, db: Db, mandate: Managing
) -> WebhookRepeatView:
    """Send the hints behind a place once more, each under its old id."""
    async with change(db, mandate) as tx:
        endpoint = await webhooks.lock(tx, webhook_id)
        tx.permit(webhooks.resource(endpoint))
        require_active(endpoint)
        return tx.answer(WebhookRepeatView(due=await webhooks.repeat(tx, webhook_id, order.after)))


@router.post(
    "/v1/webhook-endpoints/{webhook_id}/disablement", summary="停用推送地址 · End the hints", status_code=201
)
async def end_webhook(
    webhook_id: WebhookId, order: WebhookEndOrder, db: Db, mandate: Managing
) -> WebhookView:
    """End the hints to this address for good."""
    async with change(db, mandate) as tx:
        endpoint = await webhooks.lock(tx, webhook_id)
        permit = tx.permit(webhooks.resource(endpoint))
        endpoint = await webhooks.save(tx, permit, endpoint, disable(endpoint, End.BY_AGENCY))
        return tx.answer(_view(endpoint))


def _columns(endpoint: Endpoint) -> dict[str, Any]:
    columns = asdict(endpoint)
    return {"webhook_id": columns.pop("id"), **columns}


def _view(endpoint: Endpoint) -> WebhookView:
    return WebhookView(**_columns(endpoint))


def _attempt(attempt: Attempt) -> WebhookAttemptView:
    columns = asdict(attempt)
    return WebhookAttemptView(index=columns.pop("place"), **columns)
