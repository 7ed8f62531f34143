"""Watches each call of a partner's system from outside: what was sent, what was answered, and what that shows.

    call ─▶ the service behind it ─▶ whole answer ─▶ marks ─▶ the answer, or after LOST_ANSWER none

The marks are written before the answer leaves, so the next call finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.web.problem import problem_of
from common.web.telemetry import trace_id
from data_exchange.domain.checklist import LOST, Seen, watched
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.sandbox.faults import OWN, is_lost
from data_exchange.store import applications, sandbox

CallerOf: TypeAlias = Callable[[Scope], tuple[ApplicationId, str | None] | None]
"""The system that made the call of a scope, and its key if the signature held; None for anybody else."""


class Recorder:
    """The outermost ASGI middleware of a sandbox."""

    def __init__(self, app: ASGIApp, *, runtime: DataExchangeRuntime, caller_of: CallerOf) -> None:
        self._app = app
        self._runtime = runtime
        self._caller_of = caller_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._caller_of(scope) is None or scope["path"].startswith(OWN):
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []

        async def holding(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, holding)
        caller = self._caller_of(scope)
        assert caller is not None
        application_id, kid = caller
        seen = _seen(scope, messages, kid, await self._revoked(application_id))
        if seen.is_good and seen.is_write and await is_lost(self._runtime, application_id):
            await self._write(application_id, {LOST: seen.key or ""})
            await _lose(send)
            return
        marks = await sandbox.list_now(self._runtime.db, application_id)
        await self._write(application_id, watched(seen, {mark.name: mark.value for mark in marks}))
        for message in messages:
            await send(message)

    async def _write(self, application_id: ApplicationId, new: dict[str, str]) -> None:
        await sandbox.write(self._runtime.db, application_id, new, at=self._runtime.clock())

    async def _revoked(self, application_id: ApplicationId) -> frozenset[str]:
        mandate = authorize(service_actor(self._runtime.service), Action.PARTNER_CHECK)
        async with view(self._runtime.db, mandate) as v:
            keys = await applications.list_keys(v, application_id)
        return frozenset(key.kid for key in keys if key.revoked_at is not None)


def _seen(scope: Scope, messages: list[Message], kid: str | None, revoked: frozenset[str]) -> Seen:
    headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
    status = messages[0]["status"]
    answer = _object(b"".join(message.get("body", b"") for message in messages))
    return Seen(
        scope["method"],
        scope["path"],
        status,
        kid=kid,
        key=headers.get("idempotency-key"),
        code=answer.get("code") if status >= 400 else None,
        query=dict(parse_qsl(scope["query_string"].decode("latin1"))),
        answer=answer,
        has_digest="content-digest" in headers,
        revoked=revoked,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


async def _lose(send: Send) -> None:
    """What a caller gets when the service dies after its commit: the refusal of the gateway, which signs nothing."""
    status, fields, body = problem_of(Refusal(Kind.UNAVAILABLE, "SERVICE_UNAVAILABLE"), trace_id())
    fields |= {"mingzheng-error-source": "gateway", "content-length": str(len(body))}
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
