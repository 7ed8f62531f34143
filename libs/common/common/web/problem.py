"""RFC 9457 problems: the one shape of every refusal. No other module turns an error into a status."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.door.answers import Replay
from common.values.errors import STATUS, InputError, Kind, Refusal, Violation
from common.values.refusals import Language, fact, sentence
from common.web.telemetry import language, trace_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TITLES: Final = {
    400: "请求有误",
    401: "未认证",
    403: "无权进行",
    404: "不存在",
    405: "方法不适用",
    409: "与当前状态冲突",
    410: "已删除",
    412: "前提不成立",
    413: "内容过大",
    415: "媒体类型不适用",
    416: "范围超出文件",
    422: "内容不符合要求",
    428: "缺少前提条件",
    429: "过于频繁",
    500: "系统出错",
    501: "尚未建成",
    503: "暂时不可用",
}
"""The title of each status in Chinese; English takes the phrases of RFC 9110."""

_MOST_FAULTS = 100  # a body of 1 MB can have 100,000 faults, and naming them all would take 6 MB


class MethodNotAllowed(Refusal):
    """The address exists and answers `methods` only (RFC 9110 §15.5.6)."""

    def __init__(self, methods: Iterable[str]) -> None:
        allowed = sorted(methods)
        super().__init__(Kind.METHOD, "METHOD_NOT_ALLOWED", {"methods": allowed})
        self.headers["allow"] = ", ".join(allowed)


def problem_of(refusal: Refusal, trace: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of `refusal`, in the language of the request. The body never repeats the caller's input.

    `facts` and `wording` let a service, or a client with words of its own, say the same in another language.
    """
    chosen = language()
    body: dict[str, Any] = {"article": str(refusal.article) if refusal.article else None, **_reasons(refusal)}
    if refusal.violations:
        body["violations"] = [
            {"code": v.code, "law": v.law, "detail": v.said(chosen), **_reasons(v)}
            for v in refusal.violations
        ]
    if refusal.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "message": e.said(chosen), **_reasons(e)}
            for e in refusal.errors
        ]
    headers = dict(refusal.headers)
    if refusal.kind is Kind.UNAUTHENTICATED:
        headers.setdefault("www-authenticate", 'Bearer realm="mingzheng"')
    if refusal.kind in (Kind.LIMITED, Kind.UNAVAILABLE):
        headers.setdefault("retry-after", "1")
    return _problem(STATUS[refusal.kind], refusal.code, refusal.said(chosen), trace, body, headers)


def _problem(
    status: int, code: str, detail: str, trace: str, more: Mapping[str, Any], headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    body = {
        "type": f"urn:mingzheng:{code}",
        "title": TITLES[status] if language() is Language.ZH else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "trace_id": trace,
        **more,
    }
    head = {
        "content-type": MEDIA_TYPE,
        "cache-control": "no-store",
        "content-language": language().value,
        "vary": "Accept-Language",
    }
    return status, {**head, **headers}, orjson.dumps(body)


def _reasons(refused: Refusal | Violation | InputError) -> dict[str, Any]:
    facts = {name: fact(value) for name, value in refused.facts.items()}
    return ({"facts": facts} if facts else {}) | ({"wording": refused.wording} if refused.wording else {})


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
    """FastAPI's own validation error, without the input that FastAPI would repeat in it."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()[:_MOST_FAULTS]
    if any(fault["type"] == "json_invalid" for fault in faults):
        return answer(Refusal(Kind.MALFORMED, "REQUEST_NOT_JSON"))
    if any(fault["loc"] == ("body",) and fault["type"] == "model_attributes_type" for fault in faults):
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not media_type.endswith(("/json", "+json")):
            return answer(Refusal(Kind.UNSUPPORTED, "REQUEST_MEDIA_TYPE", wording="json"))
    errors = tuple(
        InputError(
            pointer="/" + "/".join(str(part) for part in fault["loc"]),
            code=fault["type"],
            facts={"message": fault["msg"]} | _limits(fault.get("ctx", {})),
        )
        for fault in faults
    )
    return answer(Refusal(Kind.INVALID, "REQUEST_INVALID", errors=errors))


def _limits(context: Mapping[str, Any]) -> dict[str, Any]:
    """The bounds that pydantic names beside a fault, as numbers and texts. An exception among them may hold input."""
    return {
        # pydantic lists the values of an enum as "'A', 'B' or 'C'": its "or" would stand in a Chinese sentence.
        name: value if isinstance(value, int) else str(value).replace("' or '", "', '")
        for name, value in context.items()
        if isinstance(value, int | str | float | Decimal)
    }


def _http(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no such address, another method, a body too large, a body it cannot read."""
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            return answer(Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="address"))
        case 405:
            return answer(MethodNotAllowed((error.headers or {}).get("Allow", "").split(", ")))
        case 413:
            return answer(_TOO_LARGE)
    return answer(Refusal(Kind.MALFORMED, "REQUEST_INVALID", wording="unreadable"))


def _broken(request: Request, error: Exception) -> Response:
    """A bug of ours. The operator's log gets the stack trace; the caller gets only the trace id to report."""
    log.error(
        "couldn't answer %s %s", request.method, request.scope.get("route", request.url.path), exc_info=error
    )
    status, headers, body = internal_problem(trace_id())
    return Response(body, status, headers)


def internal_problem(trace: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a bug of ours: it says nothing but the trace id."""
    return _problem(500, "INTERNAL", sentence("INTERNAL", "", {}, language()), trace, {}, {})


_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it is starting or ending, or it gave a statement up after its time
    asyncpg.InsufficientResourcesError,  # the disk is full, or all connections are taken
    asyncpg.PostgresIOError,
    asyncpg.LockNotAvailableError,  # another change has held the row for the ten seconds that ours waits
    asyncpg.InternalClientError,  # the connection ended in the middle of an answer
    PoolTimeoutError,
)
_AWAY = Refusal(Kind.UNAVAILABLE, "STORAGE_UNAVAILABLE")


def is_storage_away(error: BaseException) -> bool:
    """Whether `error` says that the database or the disk is away or full: no bug of ours, and it passes."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    return isinstance(cause, _LOST) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _storage(request: Request, error: Exception) -> Response:
    """503 if storage is away. A repeat of the call shows whether the change was made."""
    if not is_storage_away(error):
        return _broken(request, error)
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    log.error("couldn't reach storage for %s: %s", request.method, type(cause).__name__)
    return answer(_AWAY)


class BodyLimit:
    """ASGI middleware: refuses a body of more than `max_bytes` with 413, by its declared length or as it arrives.

    Starlette counts the bytes and answers as plain text; we replace that answer by a problem.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = RequestBodyLimitMiddleware(app, max_body_size=max_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        replaced = False

        async def sending(message: Message) -> None:
            nonlocal replaced
            if replaced:
                return
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = MEDIA_TYPE.encode() not in dict(message["headers"]).get(b"content-type", b"")
            if replaced:
                await answer(_TOO_LARGE)(scope, receive, send)
            else:
                await send(message)

        await self._app(scope, receive, sending)


_TOO_LARGE = Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE")


def install(app: FastAPI, *, max_body: int) -> None:
    """Make `app` answer every error with a problem. `max_body` is in bytes."""
    app.add_middleware(BodyLimit, max_bytes=max_body)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Replay, _replayed)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    for kind in (DBAPIError, *_LOST):
        app.add_exception_handler(kind, _storage)
    app.add_exception_handler(Exception, _broken)
