"""RFC 9457 problems: the one shape in which anything is refused, and the only place that knows statuses."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.door.uow import Replay
from common.values.errors import STATUS, InputError, Kind, Refusal
from common.web.telemetry import trace_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_MOST_FAULTS = 100  # named in one answer: a body of 1 MB can have 100,000 and would be answered with 6 MB


def problem_of(refusal: Refusal, trace: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of `refusal`. Never holds the caller's input."""
    status = STATUS[refusal.kind]
    body: dict[str, Any] = {
        "type": f"urn:mingzheng:{refusal.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
        "trace_id": trace,
        "article": str(refusal.article) if refusal.article else None,
    }
    if refusal.violations:
        body["violations"] = [{"code": v.code, "law": v.law, "detail": v.detail} for v in refusal.violations]
    if refusal.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "message": e.message} for e in refusal.errors
        ]
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    if refusal.kind is Kind.UNAUTHENTICATED:
        headers["www-authenticate"] = 'Bearer realm="mingzheng"'
    if refusal.kind in (Kind.LIMITED, Kind.UNAVAILABLE):
        headers["retry-after"] = "1"
    return status, headers, orjson.dumps(body)


def answer(refusal: Refusal) -> Response:
    """`refusal` as a response."""
    status, headers, body = problem_of(refusal, trace_id())
    return Response(body, status, headers)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer(error)


def _replayed(request: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)
    headers = {"content-type": "application/json", "idempotency-replayed": "true"}
    if error.records:
        headers["mingzheng-record"] = error.records
    return Response(error.body, error.status, headers)


def _unreadable(request: Request, error: Exception) -> Response:
    """FastAPI's own validation error, without the input it would echo (spec/security.md §0 row 4)."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()[:_MOST_FAULTS]
    errors = tuple(
        InputError(
            pointer="/" + "/".join(str(part) for part in fault["loc"]),
            code=fault["type"],
            message=fault["msg"],
        )
        for fault in faults
    )
    if any(fault["type"] == "json_invalid" for fault in faults):
        return answer(
            Refusal(Kind.MALFORMED, "REQUEST_NOT_JSON", "The body is not JSON; send one JSON object.")
        )
    message = "The request does not fit its documented form; `errors` names each field and what it accepts."
    return answer(Refusal(Kind.INVALID, "REQUEST_INVALID", message, errors=errors))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            return answer(Refusal(Kind.NOT_FOUND, "NOT_FOUND", "There is nothing at this address."))
        case 413:
            return answer(_TOO_LARGE)
    refusal = Refusal(Kind.MALFORMED, "REQUEST_INVALID", HTTPStatus(error.status_code).phrase)
    _, headers, body = problem_of(refusal, trace_id())
    return Response(
        body.replace(b'"status":400', b'"status":%d' % error.status_code),
        error.status_code,
        headers | dict(error.headers or {}),
    )


def _broken(request: Request, error: Exception) -> Response:
    """Our own bug. The trace goes to the operator's log, the caller learns only where to point."""
    log.error(
        "couldn't answer %s %s", request.method, request.scope.get("route", request.url.path), exc_info=error
    )
    body = orjson.dumps(
        {
            "type": "urn:mingzheng:INTERNAL",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "Something went wrong here; nothing was changed. Repeat the call or report the trace id.",
            "code": "INTERNAL",
            "trace_id": trace_id(),
        }
    )
    return Response(body, 500, {"content-type": MEDIA_TYPE, "cache-control": "no-store"})


_LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError)
_AWAY = Refusal(
    Kind.UNAVAILABLE,
    "STORAGE_UNAVAILABLE",
    "The database or the disk does not answer; repeat the call, with the same Idempotency-Key if it has one.",
)


def _storage(request: Request, error: Exception) -> Response:
    """A database that went away is no bug of ours; whether the change was made, the repeat will tell."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    lost = isinstance(cause, _LOST) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    if not lost:
        return _broken(request, error)
    log.error("couldn't reach storage for %s: %s", request.method, type(cause).__name__)
    return answer(_AWAY)


class BodyLimit:
    """ASGI middleware: a body of more than `max_bytes` is a 413, by its declared length or as it arrives.

    Starlette counts; FastAPI's own `max_body_size` would answer outside our handlers, as plain text.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = RequestBodyLimitMiddleware(app, max_body_size=max_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shaped = False

        async def sending(message: Message) -> None:
            nonlocal shaped
            if shaped:
                return
            if message["type"] == "http.response.start" and message["status"] == 413:
                shaped = MEDIA_TYPE.encode() not in dict(message["headers"]).get(b"content-type", b"")
            if shaped:
                await answer(_TOO_LARGE)(scope, receive, send)
            else:
                await send(message)

        await self._app(scope, receive, sending)


_TOO_LARGE = Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", "The body is larger than this address accepts.")


def install(app: FastAPI, *, max_body: int) -> None:
    """Let every error of `app` leave as a problem. `max_body` is in bytes."""
    app.add_middleware(BodyLimit, max_bytes=max_body)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Replay, _replayed)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    for kind in (DBAPIError, *_LOST):
        app.add_exception_handler(kind, _storage)
    app.add_exception_handler(Exception, _broken)
