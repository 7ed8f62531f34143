"""No answer leaves before its records are in the ledger (Inv. 1).

    request ─▶ is anything waiting for a ledger that does not take it? ─▶ the route ─▶ wait for its records ─▶ answer

If the ledger takes too long, the caller gets 503 with Retry-After. The change is made by then, and its answer is kept
under its Idempotency-Key: the repeat gets it once the ledger has gone on. While records wait, a further act is refused
before it begins, so that nothing piles up behind a ledger that stands still. One act is let through every ten seconds:
a record that the ledger refuses for itself waits for ever, and it must not stop the acts of everybody else.
"""

from __future__ import annotations

import asyncio
import re
from time import monotonic
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.calls import SAFE_METHODS
from common.door.carried import Carried
from common.door.relay import Relay
from common.values.errors import Kind, Refusal
from common.web.problem import problem_of
from common.web.telemetry import trace_id
from data_exchange.runtime import DataExchangeRuntime

WAIT_S: Final = 5.0
_RETRY_S: Final = 2
_TRY_S: Final = 10.0
_RECORD: Final = re.compile(rb"[0-9a-f-]{36}")


class Ledgered:
    """The ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, *, runtime: DataExchangeRuntime, relay: Relay) -> None:
        self._app = app
        self._carried = Carried(runtime.db, None if runtime.background else relay)
        self._stuck_at: int | None = None  # the last index taken when a wait ended in vain
        self._try_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS and not await self._may_begin():
            await _refuse(send)
            return
        messages: list[Message] = []

        async def holding(message: Message) -> None:
            messages.append(message)

        records: list[str] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                records.extend(_records_of(message))
            await (holding if records else send)(message)

        await self._app(scope, receive, sending)
        if not records:
            return
        try:
            async with asyncio.timeout(WAIT_S):
                await self._carried.wait(records)
        except TimeoutError:
            self._stuck_at = await self._carried.place()
            self._try_at = monotonic() + _TRY_S
            await _refuse(send)
            return
        self._stuck_at = None
        for message in messages:
            await send(message)

    async def _may_begin(self) -> bool:
        """Whether the ledger takes records as far as we know, or it is time to find out with one act."""
        if self._stuck_at is not None and not await self._carried.is_behind(self._stuck_at):
            self._stuck_at = None
        if self._stuck_at is None:
            return True
        is_trial, now = monotonic() >= self._try_at, monotonic()
        self._try_at = now + _TRY_S if is_trial else self._try_at
        return is_trial


def _records_of(message: Message) -> list[str]:
    return [
        record.decode()
        for name, value in message["headers"]
        if name.lower() == b"mingzheng-record"
        for record in _RECORD.findall(value)
    ]


async def _refuse(send: Send) -> None:
    refusal = Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND")
    refusal.headers["retry-after"] = str(_RETRY_S)
    status, fields, body = problem_of(refusal, trace_id())
    fields["content-length"] = str(len(body))
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
