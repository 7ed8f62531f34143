"""Sends hints to the agencies' addresses: each is taken under a lease, sent, and settled; each step commits by itself.

The hint of one place has one id on every repeat, so the address notices a repeat. A hint that is never taken loses
nothing: the feed has every event.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Final

import orjson

from common.calls.webhooks import LONGEST_PAUSE_S, Answer, next_try, send, signed
from common.door.uow import change
from common.policy import Action, Mandate, authorize, service_actor
from ledger.clock import real_time
from notification.domain.hooks import HookEnd, State, end, verify
from notification.runtime import NotificationRuntime
from notification.store import hooks
from notification.store.hooks import Due

_AT_ONCE: Final = 20
_PAUSE: Final = timedelta(seconds=5)
"""Between two hints to one address: what happens meanwhile is in the next one."""


async def send_hooks(runtime: NotificationRuntime) -> None:
    """Send the hints that are due."""
    async with change(runtime.db, _mandate()) as tx:
        taken = await hooks.take_due(tx, limit=_AT_ONCE, pause=_PAUSE)
    await asyncio.gather(*(_send(runtime, due) for due in taken))


def challenge_of(due: Due) -> str:
    """The word that the address answers: the same on every repeat, and a guess only to those without the secret."""
    return hashlib.sha256(f"{due.hook.id}\n{due.secret}".encode()).hexdigest()


async def _send(runtime: NotificationRuntime, due: Due) -> None:
    is_challenge = due.hook.state is State.PENDING
    body = orjson.dumps(_challenge(due) if is_challenge else _hint(runtime, due))
    headers = signed(_name(due), real_time(), body, (due.secret,))
    answer = await send(runtime.guard, due.hook.url, body, headers)
    is_wrong = is_challenge and answer.body.strip() != challenge_of(due).encode()
    await _settle(runtime, due, answer, is_taken=answer.is_taken and not is_wrong)


async def _settle(runtime: NotificationRuntime, due: Due, answer: Answer, *, is_taken: bool) -> None:
    async with change(runtime.db, _mandate()) as tx:
        hook = await hooks.lock(tx, due.hook.id)
        permit = tx.permit(hooks.resource_of(hook.id, hook.agency_id))
        again = next_try(due.attempts, answer, at=tx.now)
        at = tx.now + _PAUSE if is_taken else again or tx.now + timedelta(seconds=LONGEST_PAUSE_S)
        await hooks.settle(tx, due, status=answer.status, is_taken=is_taken, at=at)
        if hook.state is State.ENDED:
            return
        if answer.is_gone:
            await hooks.save(tx, permit, hook, end(hook, HookEnd.GONE))
        elif hook.state is State.PENDING and is_taken:
            await hooks.save(tx, permit, hook, verify(hook))
        elif hook.state is State.PENDING and again is None:
            await hooks.save(tx, permit, hook, end(hook, HookEnd.CHALLENGE))


def _name(due: Due) -> str:
    return f"{due.hook.id}.{'challenge' if due.hook.state is State.PENDING else due.told}"


def _challenge(due: Due) -> dict[str, str]:
    return {"type": "cn.mingzheng.webhook.challenge.v1", "challenge": challenge_of(due)}


def _hint(runtime: NotificationRuntime, due: Due) -> dict[str, object]:
    """A CloudEvent that says from where on the feed has news, and nothing about them."""
    cursor = base64.urlsafe_b64encode(str(due.told).encode()).decode()
    return {
        "specversion": "1.0",
        "id": _name(due),
        "type": "cn.mingzheng.delivery-events.v1",
        "source": f"https://{runtime.profile.city_domain}/v1/delivery-events",
        "datacontenttype": "application/json",
        "data": {"after": cursor, "href": f"/v1/delivery-events?after={cursor}"},
    }


def _mandate() -> Mandate:
    return authorize(service_actor("notification"), Action.HOOK_WORK)
