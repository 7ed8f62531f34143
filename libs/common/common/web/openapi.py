"""The OpenAPI document of a service: FastAPI's own, completed from the policy and declarations of each route.

    Allow(action, keyed)   the act, Idempotency-Key, X-Purpose-Of-Use, the answer to a repeat
    method and parameters  which refusals every such operation can give, and their one form (RFC 9457)
    the route itself       its summary, its description, media types that it writes or reads by itself

A route declares only what cannot be read from it: `sends(…)` for a body that it writes itself, `takes(…)` for a body
that it reads itself, `refuses(…)` for a refusal that few operations give. Nothing here runs during a request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from common.policy import SIGNING
from common.values import ids
from common.values.errors import STATUS, Kind
from common.web.auth import Allow
from common.web.components import (
    COMMON_HEADERS,
    HEADERS,
    KEY_PARAMETER,
    LANGUAGE_PARAMETER,
    PARAMETERS,
    PROBLEM,
    PURPOSE_OF,
    PURPOSE_PARAMETER,
    REF,
    REFUSALS,
    VERSION_PARAMETER,
    VERSIONED,
    header_refs,
    name_of,
    refusal_of,
)
from common.web.examples import example_of

Answers = dict[int | str, dict[str, Any]]

UNLISTED: Final[dict[str, Any]] = {"x-unlisted": True}
"""`openapi_extra` of a route that the public document leaves out: an address that only explains a refusal."""

MAY_STATE_PURPOSE: Final[dict[str, Any]] = {"x-purpose": "optional"}
"""`openapi_extra` of a route that shows more to somebody who states a purpose."""

ANYBODY: Final[dict[str, Any]] = {"x-anybody": True}
"""`openapi_extra` of a route that answers whoever asks, where its neighbours ask who it is."""

_LONG_NAME: Final = re.compile(r"[a-z_]+__(?:contract|domain)__([a-z]+)__([A-Za-z]+)")
_ALWAYS: Final = (400, 401, 403, 404, 422, 429, 500, 503)
_WITH_EFFECT: Final = (409, 410, 413)


def sends(*media_types: str, etag: bool = False) -> Answers:
    """`responses` of a route that writes its own body, of one of `media_types`."""
    answer: dict[str, Any] = {"content": {media_type: {"schema": {}} for media_type in media_types}}
    if etag:
        answer["headers"] = header_refs("ETag")
    return {200: answer}


def sends_version() -> Answers:
    """`responses` of a route whose JSON has a strong ETag, by which an act can be bound to it (RFC 9110 §13.1.1)."""
    return {200: {"headers": header_refs("ETag")}}


def sends_ranges(media_type: str) -> Answers:
    """`responses` of a route that gives a file, whole or in part, under a strong ETag (RFC 9110 §14)."""
    answer = sends(media_type, etag=True)[200]
    return {200: answer, 206: dict(answer)} | refuses(Kind.RANGE)


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
    """Every route of `app`, including those of its routers."""
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
        if self.openapi_schema is None or self.openapi_schema is not self._completed:
            document = _shortly_named(super().openapi())
            _complete(document, self, self.service)
            self.openapi_schema = self._completed = document
        return self._completed


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
        tags = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if self._etag in tags or "*" in tags:
            return Response(status_code=304, headers=headers)
        return Response(self._body, media_type="application/json", headers=headers)


def _shortly_named(document: dict[str, Any]) -> dict[str, Any]:
    """`document` with `FilesStatementView` for pydantic's name of a model that two modules of the contract have.

    Each model's title is its name: generators of clients name classes by it, and drop the second of two.
    """
    short = _LONG_NAME.sub(lambda found: found[1].capitalize() + found[2], orjson.dumps(document).decode())
    named: dict[str, Any] = orjson.loads(short)
    for name, model in named.get("components", {}).get("schemas", {}).items():
        if "title" in model:
            model["title"] = name
    return named


def _complete(document: dict[str, Any], app: FastAPI, service: str) -> None:
    components = document.setdefault("components", {})
    models = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        models.pop(unused, None)
    models["Problem"] = PROBLEM
    components["responses"] = {name_of(status): refusal_of(status) for status in REFUSALS}
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}, "example": example}
        for name, (text, example) in HEADERS.items()
    }
    components["parameters"] = {"Idempotency-Key": KEY_PARAMETER, "Accept-Language": LANGUAGE_PARAMETER}
    operation_ids: set[str] = set()
    for route in api_routes(app):
        for method in (route.methods or ()) if route.include_in_schema else ():
            operation = document["paths"][route.path_format][method.lower()]
            name = f"{service.replace('-', '_')}_{route.name}"
            # One function may answer at several addresses; then FastAPI's own longer name keeps them apart.
            operation["operationId"] = name if name not in operation_ids else operation["operationId"]
            operation_ids.add(name)
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
        if allow.action in SIGNING and keyed:
            operation["x-max-age"] = int(SIGNING[allow.action].total_seconds())
    operation["parameters"] = _parameters(operation, allow, keyed=keyed)
    if keyed and route.path.startswith(VERSIONED):
        operation["parameters"].append(dict(VERSION_PARAMETER))
        operation["responses"].setdefault(str(STATUS[Kind.PRECONDITION]), {})
    _give_example(operation.get("requestBody", {}).get("content", {}), models)
    _answers(operation, method, models, keyed=keyed)


def _parameters(operation: dict[str, Any], allow: Allow | None, *, keyed: bool) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [{"$ref": f"{REF}/parameters/Accept-Language"}]
    for parameter in operation.get("parameters", []):
        name = parameter["name"].lower()
        # OpenAPI 3.1 says that these three are no parameters: content and security describe them.
        if parameter["in"] == "header" and name in ("accept", "content-type", "authorization"):
            continue
        parameter.setdefault("description", PARAMETERS.get(name) or _id_text(parameter["schema"]))
        if parameter["in"] == "header":
            parameter["name"] = name.title()
        parameters.append(parameter)
    if keyed:
        parameters.append({"$ref": f"{REF}/parameters/Idempotency-Key"})
    stated = operation.pop("x-purpose", None)
    needed = PURPOSE_OF.get(str(allow.action)) if allow is not None else None
    is_of_one = any(parameter["in"] == "path" for parameter in parameters if "in" in parameter)
    if needed is not None and (is_of_one or keyed):  # a list shows nothing personal
        parameters.append(dict(needed))
    elif stated:
        parameters.append({**PURPOSE_PARAMETER, "required": False})
    return parameters


def _id_text(schema: dict[str, Any]) -> str:
    options = [schema, *schema.get("anyOf", [])]
    for kind in ids.Id.__subclasses__():
        if any(option.get("pattern", "").startswith(f"^{kind.prefix}_") for option in options):
            return f"编号 · The id of one {kind.noun}."
    return ""


def _answers(operation: dict[str, Any], method: str, models: dict[str, Any], *, keyed: bool) -> None:
    answers = operation["responses"]
    reads_json = "application/json" in operation.get("requestBody", {}).get("content", {})
    for status in (*_ALWAYS, *(() if method == "GET" else _WITH_EFFECT), *((415,) if reads_json else ())):
        answers.setdefault(str(status), {})
    records = "Mingzheng-Record" if "x-policy" in operation else None
    for status, answer in answers.items():
        if int(status) >= 400:
            answers[status] = _one_refusal(int(status), answer)
            continue
        answer["description"] = "已办 · Done." if status == "201" else "所求 · What was asked for."
        names = [
            *COMMON_HEADERS,
            *([records] if records else []),
            *(["Idempotency-Replayed"] if keyed else []),
        ]
        answer["headers"] = {**answer.get("headers", {}), **header_refs(*names)}
        _give_example(answer.get("content", {}), models)
    operation["responses"] = dict(sorted(answers.items()))


def _one_refusal(status: int, declared: dict[str, Any]) -> dict[str, Any]:
    """The common refusal; where the route itself declares another form, both forms."""
    own = declared.get("content", {})
    own.pop("application/json", None) if _is_fastapis(own) else None
    if not own:
        return {"$ref": f"{REF}/responses/{name_of(status)}"}
    common = refusal_of(status)
    return {**common, "content": {**own, **common["content"]}}


def _is_fastapis(content: dict[str, Any]) -> bool:
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return bool(ref.endswith("/HTTPValidationError"))


def _give_example(content: dict[str, Any], models: dict[str, Any]) -> None:
    for media_type, described in content.items():
        if media_type.endswith("json") and "example" not in described and "examples" not in described:
            described["example"] = example_of(described.get("schema", {}), models)
