"""The calls of partners' systems are signed, and so is every answer to them, refusals and our own bugs included.

    request of a partner ─▶ whole body ─▶ signed_call ─▶ the service ─▶ whole answer ─▶ digest, receipt, signature

An officer comes with a bearer token and signs nothing: such a call passes through untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.files.declared import PART_BYTES
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.web.app import DEFAULT_MAX_BODY
from common.web.problem import internal_problem, problem_of
from common.web.telemetry import REQUESTS, begin, trace_id
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.wire.answers import AnswerSigner
from data_exchange.wire.calling import signed_call
from data_exchange.wire.messages import (
    AnswerMessage,
    Fields,
    RequestMessage,
    request_message,
    unverified_claims,
)
from data_exchange.wire.withholding import withheld_field
from ledger.clock import real_time

log = logging.getLogger(__name__)

CALL: Final = "signed_call"
"""Where the state of a request holds its SignedCall."""

TimeOfCall: TypeAlias = Callable[[DataExchangeRuntime, ApplicationId, str], Awaitable[datetime]]
"""The time by which the signature of a call to a path is judged. It may raise Refusal instead."""


async def by_real_time(runtime: DataExchangeRuntime, application_id: ApplicationId, path: str) -> datetime:
    """Signatures follow the real time, not the demo's clock."""
    return real_time()


def caller_of(scope: Scope) -> tuple[ApplicationId, str | None] | None:
    """The system that makes a call, and the id of its key once the signature held; None for anybody else."""
    claims = unverified_claims(Fields(scope["headers"]))
    if claims.get("kind") != "partner":
        return None
    call = scope.get("state", {}).get(CALL)
    return ApplicationId(str(claims["sub"]).partition(":")[2]), None if call is None else call.kid


class Signed:
    """The ASGI middleware around the service and its wait for the ledger."""

    def __init__(
        self, app: ASGIApp, *, runtime: DataExchangeRuntime, time_of_call: TimeOfCall = by_real_time
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._time_of_call = time_of_call
        self._signer = AnswerSigner(runtime.answer_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        claims = unverified_claims(Fields(scope["headers"])) if scope["type"] == "http" else {}
        if claims.get("kind") != "partner":
            await self._app(scope, receive, send)
            return
        most = _most(scope["path"])
        body = await _whole(receive, most)
        message = request_message(scope, body, self._runtime.settings.origin)
        answer = _Held()
        warnings: tuple[str, ...] = ()
        try:
            if len(body) > most:
                raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE")
            application_id = ApplicationId(str(claims["sub"]).partition(":")[2])
            at = await self._time_of_call(self._runtime, application_id, message.path)
            call = await signed_call(self._runtime, message, claims, at=at)
            warnings = call.warnings
            scope.setdefault("state", {})[CALL] = call
            await self._app(scope, _once(body, receive), answer)
        except Refusal as refusal:
            begin(scope)
            answer.take(problem_of(refusal, trace_id()))
            REQUESTS.labels(self._runtime.service, message.method, "-", answer.status).inc()
        except Exception:
            if CALL not in scope.get("state", {}):
                begin(scope)
            answer.take(internal_problem(trace_id()))
            REQUESTS.labels(self._runtime.service, message.method, "-", answer.status).inc()
            await self._send(message, answer, warnings, send)
            raise  # the framework logs it; its own answer would come too late
        await self._send(message, answer, warnings, send)

    async def _send(
        self, request: RequestMessage, answer: _Held, warnings: tuple[str, ...], send: Send
    ) -> None:
        headers = Fields(answer.headers)
        record = headers.get("mingzheng-record")
        if record is not None:
            headers["mingzheng-receipt"] = f"/v1/receipts/{record.partition(',')[0]}"
        withheld = withheld_field(headers.get("content-type"), answer.body)
        if withheld is not None:
            headers["mingzheng-fields-withheld"] = withheld
        for warning in warnings:
            headers["mingzheng-warning"] = warning
        self._signer.sign(AnswerMessage(answer.status, headers, request), answer.body, at=real_time())
        await send({"type": "http.response.start", "status": answer.status, "headers": headers.encoded()})
        await send({"type": "http.response.body", "body": answer.body})


class _Held:
    """Takes an answer to its end, because the digest of the body stands before the body."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def take(self, problem: tuple[int, dict[str, str], bytes]) -> None:
        """`problem` instead of whatever was answered so far."""
        self.status, fields, self.body = problem
        fields["content-length"] = str(len(self.body))
        self.headers = [(name.encode(), value.encode()) for name, value in fields.items()]


def _most(path: str) -> int:
    """The longest body of an address in bytes: a part of a file may be longer than an order."""
    return PART_BYTES if "/parts/" in path else DEFAULT_MAX_BODY


async def _whole(receive: Receive, most: int) -> bytes:
    body, more = b"", True
    while more and len(body) <= most:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _once(body: bytes, receive: Receive) -> Any:
    sent = False

    async def receiving() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
