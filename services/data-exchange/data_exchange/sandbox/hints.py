"""Hints in a sandbox: the answers of an address pass checks, and its system can have one doubled or forged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from common.calls.webhooks import Answer, new_secret, send, signed
from data_exchange.domain.checklist import ENDPOINT
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.sandbox.faults import Faultiness
from data_exchange.store import sandbox
from data_exchange.store.webhooks import CHALLENGE, Delivery
from ledger.clock import real_time

REPEATED = "WEBHOOK_REPEAT_TAKEN"
FORGED = "WEBHOOK_FORGERY_REFUSED"
ANSWERED = "WEBHOOK_ANSWERED"


async def observe(runtime: DataExchangeRuntime, delivery: Delivery, body: bytes, answer: Answer) -> None:
    """Note what the answer to a hint shows, and play the faults that the system behind the address has armed."""
    if not answer.is_taken or answer.why:
        return
    for application_id in await sandbox.list_of_value(runtime.db, ENDPOINT, delivery.webhook_id):
        passed: dict[str, str] = {}
        if delivery.place == CHALLENGE:
            passed[ANSWERED] = delivery.webhook_id
        elif await sandbox.take(runtime.db, application_id, [Faultiness.DUPLICATE_WEBHOOK]):
            again = signed(delivery.message_id, real_time(), body, delivery.secrets)
            if (await send(runtime.guard, delivery.url, body, again)).is_taken:
                passed[REPEATED] = delivery.message_id
        elif await sandbox.take(runtime.db, application_id, [Faultiness.FORGED_WEBHOOK]):
            forged = signed(f"forged_{delivery.message_id}", real_time(), body, (new_secret(),))
            if 400 <= (await send(runtime.guard, delivery.url, body, forged)).status < 500:
                passed[FORGED] = delivery.message_id
        await sandbox.write(runtime.db, application_id, passed, at=runtime.clock())


async def deliver_backwards(
    runtime: DataExchangeRuntime, taken: Sequence[Delivery], deliver: Callable[[Delivery], Awaitable[None]]
) -> bool:
    """Whether these hints were delivered here, the newest first, because their system armed REORDERED_EVENTS."""
    if len(taken) < 2:
        return False
    for webhook_id in {delivery.webhook_id for delivery in taken}:
        for application_id in await sandbox.list_of_value(runtime.db, ENDPOINT, webhook_id):
            if await sandbox.take(runtime.db, application_id, [Faultiness.REORDERED_EVENTS]):
                for delivery in sorted(taken, key=lambda each: -each.place):
                    await deliver(delivery)
                return True
    return False
