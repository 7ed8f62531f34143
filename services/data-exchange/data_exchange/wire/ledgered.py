"""No answer leaves before its records are in the ledger (Inv. 1).

    request ─▶ is anything waiting for a ledger that does not take it? ─▶ the route ─▶ wait for its records ─▶ answer

If the ledger takes too long, the caller gets 503 with Retry-After. The change is made by then, and its answer is kept
under its Idempotency-Key: the repeat gets it once the ledger has gone on. While records wait, a further act is refused
before it begins, so that nothing piles up behind a ledger that stands still.
"""

from __future__ import annotations

import asyncio
import re
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
_RECORD: Final = re.compile(rb"[0-9a-f-]{36}")


class Ledgered:
    """The ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, *, runtime: DataExchangeRuntime, relay: Relay) -> None:
        self._app = app
        self._carried = Carried(runtime.db, None if runtime.background else relay)
        self._stands_still = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS and self._stands_still:
            self._stands_still = await self._carried.is_behind()
            if self._stands_still:
                await _refuse(send)
                return
        held: list[Message] = []

        async def holding(message: Message) -> None:
            held.append(message)

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
            self._stands_still = True
            await _refuse(send)
            return
        for message in held:
            await send(message)


def _records_of(message: Message) -> list[str]:
    return [
        found.decode()
        for name, value in message["headers"]
        if name.lower() == b"mingzheng-record"
        for found in _RECORD.findall(value)
    ]


async def _refuse(send: Send) -> None:
    refusal = Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND")
    refusal.headers["retry-after"] = str(_RETRY_S)
    status, fields, body = problem_of(refusal, trace_id())
    fields["content-length"] = str(len(body))
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
