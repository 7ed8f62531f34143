"""Whether an answer is one that the API's document declares: the world asks it of every answer that a test gets."""

from __future__ import annotations

import json
from typing import Any

import httpx

from common.values.errors import Refusal
from gateway.allinone import AllInOne
from gateway.edge import routes_of
from gateway.paths import Route, Routes, canonical

_kept: Contract | None = None


class Contract:
    """The operations of every service, those that the public document leaves out too."""

    def __init__(self, app: AllInOne) -> None:
        documents = {name: app.openapi() for name, app in app.apps.items()}
        self._documents = documents
        self._routes = Routes(route for name, app in app.apps.items() for route in routes_of(app, name))

    async def check(self, response: httpx.Response) -> None:
        """Raises AssertionError for a status, a media type or a record id that the operation does not declare."""
        request = response.request
        route = self._route(request)
        if route is None:
            return  # there is no operation that could declare it
        template = route.template.replace(":path}", "}")
        operation = self._documents[route.service]["paths"][template][route.method.lower()]
        asked = f"{route.method} {route.template}"
        answer = operation["responses"].get(str(response.status_code))
        assert answer is not None, f"{asked} answered {response.status_code}, which it does not declare"
        answer = self._resolved(route.service, answer)
        media_type = response.headers.get("content-type", "").partition(";")[0]
        declared = answer.get("content", {})
        assert media_type in declared or (not media_type and not declared), (
            f"{asked} answered {response.status_code} as {media_type!r}; it declares {sorted(declared)}"
        )
        if media_type == "application/problem+json" and request.method != "HEAD":
            self._check_problem(asked, route.service, (await response.aread()).decode())
        for header in ("Mingzheng-Record", "ETag", "Retry-After", "Idempotency-Replayed", "WWW-Authenticate"):
            if header in response.headers:
                assert header in answer.get("headers", {}), (
                    f"{asked} sent {header}, which it does not declare"
                )

    def _check_problem(self, asked: str, service: str, body: str) -> None:
        problem = json.loads(body)
        schema = self._documents[service]["components"]["schemas"]["Problem"]
        parts = [(schema, problem)]
        for name in ("violations", "errors"):
            parts += [(schema["properties"][name]["items"], part) for part in problem.get(name, [])]
        for declared, part in parts:
            assert part.keys() <= declared["properties"].keys(), f"{asked} refused with {sorted(part)}"
            assert set(declared["required"]) <= part.keys(), f"{asked} refused with {sorted(part)}"

    def _route(self, request: httpx.Request) -> Route | None:
        path, _, query = request.url.raw_path.partition(b"?")
        method = "GET" if request.method == "HEAD" else request.method
        try:
            found = self._routes.match(method, canonical(path, query))
        except Refusal:
            return None
        return found if isinstance(found, Route) else None

    def _resolved(self, service: str, answer: dict[str, Any]) -> dict[str, Any]:
        ref = answer.get("$ref")
        if ref is None:
            return answer
        resolved: dict[str, Any] = self._documents[service]["components"]["responses"][ref.rpartition("/")[2]]
        return resolved


def contract_of(app: AllInOne) -> Contract:
    """The contract of every world of this process: they all have the same routes."""
    global _kept
    if _kept is None:
        _kept = Contract(app)
    return _kept
