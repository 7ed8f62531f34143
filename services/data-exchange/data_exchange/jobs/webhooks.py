"""Sends hints: each is taken under a lease, sent, and settled, in three steps of which each commits by itself.

If the process dies between two steps, the lease ends and the hint is sent again under the same id: none is lost, and
the partner notices a repeat by its id.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from uuid import UUID

import orjson

from common.calls.webhooks import RETRIES_S, Answer, next_try, send, signed
from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from data_exchange.documents.events import cloud_event
from data_exchange.domain.webhooks import End, State, disable, verify
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.sandbox import hints
from data_exchange.store import events, webhooks
from data_exchange.store.webhooks import CHALLENGE, Delivery
from ledger.clock import real_time


async def send_hints(runtime: DataExchangeRuntime) -> None:
    """Make the hints of new events, and send those that are due."""
    async with change(runtime.db, _mandate()) as tx:
        await webhooks.queue_hints(tx)
    async with change(runtime.db, _mandate()) as tx:
        taken = await webhooks.take_due(tx)
    deliver = partial(_deliver, runtime)
    if runtime.settings.sandbox and await hints.deliver_backwards(runtime, taken, deliver):
        return
    await asyncio.gather(*map(deliver, taken))


async def _deliver(runtime: DataExchangeRuntime, delivery: Delivery) -> None:
    body = await _body(runtime, delivery)
    headers = signed(delivery.message_id, real_time(), body, delivery.secrets)
    answer = await send(runtime.guard, delivery.url, body, headers)
    if (
        delivery.place == CHALLENGE
        and answer.is_taken
        and answer.body.strip() != challenge(delivery).encode()
    ):
        answer = Answer(answer.status, "CHALLENGE")
    await _settle(runtime, delivery, answer)
    if runtime.settings.sandbox:
        await hints.observe(runtime, delivery, body, answer)


async def _settle(runtime: DataExchangeRuntime, delivery: Delivery, answer: Answer) -> None:
    async with change(runtime.db, _mandate()) as tx:
        endpoint = await webhooks.lock(tx, delivery.webhook_id)
        permit = tx.permit(webhooks.resource(endpoint))
        repeat_at = next_try(delivery.attempts, answer, at=tx.now)
        await webhooks.settle(tx, delivery, answer, None if answer.is_gone else repeat_at)
        if endpoint.state is State.DISABLED:
            return
        if answer.is_gone:
            await webhooks.save(tx, permit, endpoint, disable(endpoint, End.GONE))
        elif delivery.place == CHALLENGE and endpoint.state is State.PENDING:
            if answer.is_taken and not answer.why:
                await webhooks.save(tx, permit, endpoint, verify(endpoint))
                await webhooks.begin_hints(tx, endpoint.id)
            elif delivery.attempts > len(RETRIES_S):
                await webhooks.save(tx, permit, endpoint, disable(endpoint, End.CHALLENGE))


async def _body(runtime: DataExchangeRuntime, delivery: Delivery) -> bytes:
    if delivery.place == CHALLENGE:
        challenged = {"type": "cn.mingzheng.webhook.challenge.v1", "challenge": challenge(delivery)}
        return orjson.dumps(challenged)
    async with view(runtime.db, _mandate()) as v:
        feed = await events.list_page(v, after=delivery.place - 1, types=(), limit=1)
    event = next(iter(feed.events), None)
    if event is None or event.record_id != UUID(delivery.message_id):
        # The event is older than the feed keeps it. The id is enough for a hint.
        return orjson.dumps({"id": delivery.message_id})
    return cloud_event(event, city_domain=runtime.profile.city_domain).model_dump_json().encode()


def challenge(delivery: Delivery) -> str:
    """The word that the address answers: the same on every repeat, and a guess only to those without the secret."""
    return hashlib.sha256(f"{delivery.message_id}\n{delivery.secrets[-1]}".encode()).hexdigest()


def _mandate() -> Mandate:
    return authorize(service_actor("data-exchange"), Action.WEBHOOK_WORK)
