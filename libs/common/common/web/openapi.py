"""What a service says of itself: FastAPI's OpenAPI document, completed from what each route really does.

    Allow(action, keyed)   the act, Idempotency-Key, X-Purpose-Of-Use, what a repeat is answered
    method and parameters  which refusals every such operation can give, and their one form (RFC 9457)
    the route itself       its summary, its description, media types that it writes or reads by itself

A route declares only what cannot be read from it: `sends(…)` for a body that it writes itself, `takes(…)` for a body
that it reads itself, `refuses(…)` for a refusal that few operations give. Nothing here is asked at a request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from common.policy.decisions import TEXT
from common.values import ids
from common.values.errors import STATUS, Kind
from common.web.auth import Allow
from common.web.examples import example_of
from common.web.problem import MEDIA_TYPE

Answers = dict[int | str, dict[str, Any]]

UNLISTED: Final[dict[str, Any]] = {"x-unlisted": True}
"""`openapi_extra` of a route that the public document leaves out: an address that only explains a refusal."""

MAY_STATE_PURPOSE: Final[dict[str, Any]] = {"x-purpose": "optional"}
"""`openapi_extra` of a route that shows more to somebody who states a purpose."""

_REF: Final = "#/components"
_PURPOSE_RULE: Final = TEXT.partition('@id("PURPOSE")')[2].partition("forbid")[2].partition(";")[0]
_PURPOSE_ACTS: Final = frozenset(re.findall(r'Action::"([^"]+)"', _PURPOSE_RULE))
_PURPOSES: Final = re.findall(r'"([A-Z_]+)"', _PURPOSE_RULE)

_REFUSALS: Final = {
    400: "请求无法读取 · The request cannot be read, or lacks a header that it needs.",
    401: "未识别来者 · The access token is missing, unsound or expired.",
    403: "无权为之 · No rule permits this act to the caller.",
    404: "不存在 · There is no such thing, or the caller may not know of it.",
    409: "与现状不符 · The state of the thing does not allow this act now.",
    410: "已清除 · The thing was erased for good.",
    412: "版本已变 · The thing was changed since the caller read it.",
    413: "内容过大 · The body is larger than this address accepts.",
    415: "媒体类型不符 · This address reads another media type.",
    422: "内容不合要求 · The request was read and does not fit; `errors` or `detail` says what would.",
    428: "缺少前提 · The request must say which version it changes.",
    429: "请求过多 · The caller asks too often; Retry-After says when to ask again.",
    500: "内部错误 · An error of ours; nothing was changed.",
    501: "尚未建成 · This part is planned and not built.",
    503: "暂不可用 · Something we need does not answer now; Retry-After says when to ask again.",
}
_ALWAYS: Final = (400, 401, 403, 404, 422, 429, 500, 503)
_WITH_EFFECT: Final = (409, 410, 413)

_PARAMETERS: Final = {
    "limit": "每页至多条数 · How many items one page holds at most.",
    "cursor": "上一页的 next_cursor · The `next_cursor` of the page before; leave it out for the first page.",
    "after": "从其后开始 · Start behind this position; -1 for the beginning.",
    "state": "只列此状态 · Only things in this state.",
    "at": "时刻 · The instant that the answer is about (RFC 3339 with a zone).",
    "from": "较小的日志条数 · The size of the smaller log.",
    "to": "较大的日志条数 · The size of the larger log; all entries if left out.",
    "size": "日志条数 · The size of the log under which to prove; all entries if left out.",
    "suite": "算法套件 · The suite of algorithms of the tree.",
    "index": "日志中的序号 · The index of the entry in the log, from 0.",
    "n": "图片序号 · The number of the picture within its capture, from 0.",
    "kind": "种类 · The kind: of a stream its noun, of a tile its level or `entries`.",
    "name": "名称 · The name: of a stream the id of its object.",
    "rest": "其余路径 · The rest of the path, as c2sp.org/tlog-tiles writes it.",
    "record_id": "记录编号 · The id of a record (UUIDv7).",
    "sha256": "SHA-256 · The SHA-256 of the bytes, in lowercase hex.",
    "account": "推送账号 · The name of a push account.",
    "dry_run": "只试算 · Judge every row and write nothing.",
    "inventory-source": "清单来源 · Which inventory the file is; the code numbers of one source are compared.",
    "prefer": "等待 · `wait=5` waits up to five seconds for the answer to exist (RFC 7240).",
    "accept-encoding": "压缩 · `gzip` if the caller unpacks it.",
    "bank-signature": "银行签名 · The bank's signature over the body.",
}
"""What a parameter's name means. One name means one thing on every route that has no description of its own."""

_FACTS: Final = {
    "type": "object",
    "description": "The facts that decided, by name, for clients with words of their own.",
}
_WORDING: Final = {
    "type": "string",
    "description": "Which of several sentences of the code this is; left out for the first.",
}
_REASONS: Final = {"facts": _FACTS, "wording": _WORDING}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457). Programs read `code`, which is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "`urn:mingzheng:` and the code."},
        "title": {"type": "string", "description": "The title of the status."},
        "status": {"type": "integer"},
        "detail": {
            "type": "string",
            "description": "What decided, and what would be accepted; in Chinese, or in English by Accept-Language.",
        },
        "code": {"type": "string", "description": "The code in the catalogue of refusals."},
        "trace_id": {"type": "string", "description": "Tell us this when you report the refusal."},
        "facts": _FACTS,
        "wording": _WORDING,
        "article": {"type": ["string", "null"], "description": "The article that the refusal rests on."},
        "violations": {
            "type": "array",
            "description": "Every condition that is not met.",
            "items": {
                "type": "object",
                "required": ["code", "law", "detail"],
                "properties": {name: {"type": "string"} for name in ("code", "law", "detail")} | _REASONS,
            },
        },
        "errors": {
            "type": "array",
            "description": "Every fault of the input.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")}
                | _REASONS,
            },
        },
    },
}
_HEADERS: Final = {
    "X-Request-Id": ("The id of this request at the gateway.", "8f0c4be2a7d94f0f9a0c6c1f2b3d4e5f"),
    "RateLimit-Policy": ("The budget of the caller: quota and window in seconds.", '"app";q=600;w=60'),
    "RateLimit": ("What is left of the budget, and when it is full again.", '"app";r=599;t=1'),
    "Retry-After": ("Seconds until the call is worth repeating.", "1"),
    "WWW-Authenticate": ("How to say who asks (RFC 6750).", 'Bearer realm="mingzheng"'),
    "Mingzheng-Record": (
        "The records that this call added to the ledger, one or more ids.",
        "01936e8c-0000-7000-8000-000000000001",
    ),
    "Idempotency-Replayed": ("`true` where the call is a repeat: the answer is that of the first.", "true"),
    "ETag": ("The version of what is answered (RFC 9110 §8.8.3).", f'"{"9f" * 32}"'),
}
_COMMON_HEADERS: Final = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "每次新作为一个新值 · A fresh value for each act; the same value for its repeats. Within 48 hours"
    " a repeat is answered like the first call and does nothing more.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{8,128}$"},
    "example": "f1c1c0a2b3f94d6e",
}
_PURPOSE_PARAMETER: Final = {
    "name": "X-Purpose-Of-Use",
    "in": "header",
    "description": "查阅目的 · What personal data is read for; the reading is on record.",
    "schema": {"type": "string", "enum": _PURPOSES},
    "example": _PURPOSES[0],
}


def sends(*media_types: str, etag: bool = False) -> Answers:
    """`responses` of a route that writes its own body, of one of `media_types`."""
    answer: dict[str, Any] = {"content": {media_type: {"schema": {}} for media_type in media_types}}
    if etag:
        answer["headers"] = _headers("ETag")
    return {200: answer}


def refuses(*kinds: Kind) -> Answers:
    """`responses` of a route that may also refuse for `kinds`, which few operations do."""
    return {STATUS[kind]: {} for kind in kinds}


def takes(media_type: str, *, example: str | None = None) -> dict[str, Any]:
    """`openapi_extra` of a route that reads the body itself."""
    content: dict[str, Any] = {"schema": {"type": "string", "contentMediaType": media_type}}
    if example is not None:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {media_type: content}}}


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of `app`, those of included routers too."""
    pending: list[Any] = list(app.routes)
    while pending:
        route = pending.pop(0)
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            pending.extend(getattr(inner, "routes", []))


def policy_of(route: APIRoute) -> Allow | None:
    """The policy that `route` states."""
    return next((d.call for d in route.dependant.dependencies if isinstance(d.call, Allow)), None)


class DescribedApp(FastAPI):
    """The FastAPI app of `service`, whose document says everything that a caller can meet."""

    def __init__(self, service: str, **options: Any) -> None:
        super().__init__(**options)
        self.service = service
        self._completed: dict[str, Any] = {}

    def openapi(self) -> dict[str, Any]:
        """The document; made once, and again only if routes were added."""
        document = super().openapi()
        if document is not self._completed:
            _complete(document, self, self.service)
            self._completed = document
        return document


class Document:
    """A JSON document that is made at the first request and then answered from memory, with its ETag."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._body = b""
        self._etag = ""

    def answer(self, request: Request) -> Response:
        """The document, or 304 to a caller that has it already."""
        if not self._body:
            self._body = orjson.dumps(self._make())
            self._etag = f'"{hashlib.sha256(self._body).hexdigest()}"'
        headers = {"etag": self._etag, "cache-control": "no-cache"}
        known = {
            tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
        }
        if self._etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(self._body, media_type="application/json", headers=headers)


def _complete(document: dict[str, Any], app: FastAPI, service: str) -> None:
    components = document.setdefault("components", {})
    models = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        models.pop(unused, None)
    models["Problem"] = _PROBLEM
    components["responses"] = {_name(status): _refusal(status) for status in _REFUSALS}
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}, "example": example}
        for name, (text, example) in _HEADERS.items()
    }
    components["parameters"] = {"Idempotency-Key": _KEY_PARAMETER}
    ids_taken: set[str] = set()
    for route in api_routes(app):
        for method in (route.methods or ()) if route.include_in_schema else ():
            operation = document["paths"][route.path_format][method.lower()]
            name = f"{service.replace('-', '_')}_{route.name}"
            # One function may answer at several addresses; then FastAPI's own longer name keeps them apart.
            operation["operationId"] = name if name not in ids_taken else operation["operationId"]
            ids_taken.add(name)
            operation["tags"] = [service]
            if route.path != route.path_format:
                operation["x-template"] = (
                    route.path
                )  # {rest:path}: the gateway must know that it takes slashes
            _complete_operation(operation, route, method, models)


def _complete_operation(
    operation: dict[str, Any], route: APIRoute, method: str, models: dict[str, Any]
) -> None:
    allow = policy_of(route)
    keyed = allow is not None and allow.keyed and method != "GET"
    if allow is not None:
        operation["x-policy"] = str(allow.action)
    operation["parameters"] = _parameters(operation, allow, keyed=keyed)
    if not operation["parameters"]:
        del operation["parameters"]
    _give_example(operation.get("requestBody", {}).get("content", {}), models)
    _answers(operation, method, models, keyed=keyed)


def _parameters(operation: dict[str, Any], allow: Allow | None, *, keyed: bool) -> list[dict[str, Any]]:
    parameters = []
    for parameter in operation.get("parameters", []):
        name = parameter["name"].lower()
        # OpenAPI 3.1 says that these three are no parameters: content and security describe them.
        if parameter["in"] == "header" and name in ("accept", "content-type", "authorization"):
            continue
        parameter.setdefault("description", _PARAMETERS.get(name) or _id_text(parameter["schema"]))
        if parameter["in"] == "header":
            parameter["name"] = name.title()
        parameters.append(parameter)
    if keyed:
        parameters.append({"$ref": f"{_REF}/parameters/Idempotency-Key"})
    stated = operation.pop("x-purpose", None)
    needs = allow is not None and str(allow.action) in _PURPOSE_ACTS
    if needs or stated:
        parameters.append({**_PURPOSE_PARAMETER, "required": needs})
    return parameters


def _id_text(schema: dict[str, Any]) -> str:
    options = [schema, *schema.get("anyOf", [])]
    for kind in ids.Id.__subclasses__():
        if any(option.get("pattern", "").startswith(f"^{kind.prefix}_") for option in options):
            return f"编号 · The id of one {kind.noun}."
    return ""


def _answers(operation: dict[str, Any], method: str, models: dict[str, Any], *, keyed: bool) -> None:
    answers = operation["responses"]
    for status in (*_ALWAYS, *(() if method == "GET" else _WITH_EFFECT)):
        answers.setdefault(str(status), {})
    records = "Mingzheng-Record" if "x-policy" in operation else None
    for status, answer in answers.items():
        if int(status) >= 400:
            answers[status] = _one_refusal(int(status), answer)
            continue
        answer["description"] = "已办 · Done." if status == "201" else "所求 · What was asked for."
        names = [
            *_COMMON_HEADERS,
            *([records] if records else []),
            *(["Idempotency-Replayed"] if keyed else []),
        ]
        answer["headers"] = {**answer.get("headers", {}), **_headers(*names)}
        _give_example(answer.get("content", {}), models)
    operation["responses"] = dict(sorted(answers.items()))


def _one_refusal(status: int, declared: dict[str, Any]) -> dict[str, Any]:
    """The common refusal; where the route itself declares another form, both forms."""
    own = declared.get("content", {})
    own.pop("application/json", None) if _is_fastapis(own) else None
    if not own:
        return {"$ref": f"{_REF}/responses/{_name(status)}"}
    common = _refusal(status)
    return {**common, "content": {**own, **common["content"]}}


def _is_fastapis(content: dict[str, Any]) -> bool:
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return bool(ref.endswith("/HTTPValidationError"))


def _give_example(content: dict[str, Any], models: dict[str, Any]) -> None:
    for media_type, described in content.items():
        if media_type.endswith("json") and "example" not in described and "examples" not in described:
            described["example"] = example_of(described.get("schema", {}), models)


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"{_REF}/headers/{name}"} for name in names}


def _refusal(status: int) -> dict[str, Any]:
    kind = next((kind for kind, number in STATUS.items() if number == status), None)
    code = "INTERNAL" if kind is None else str(kind)
    example = {
        "type": f"urn:mingzheng:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _REFUSALS[status].partition(" · ")[2],
        "code": code,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }
    own = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}.get(status, [])
    return {
        "description": _REFUSALS[status],
        "headers": _headers(*_COMMON_HEADERS, *own),
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}/schemas/Problem"}, "example": example}},
    }
