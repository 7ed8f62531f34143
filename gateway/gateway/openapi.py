"""One OpenAPI document for the whole platform: the services' own, with who may call what beside each operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.paths import Auth, Route

_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.BEARER: [{"bearer": []}],
    Auth.OPEN: [{}, {"bearer": []}],
    Auth.DIGEST: [{"digest": []}],
    Auth.CLIENT: [{"client": []}, {}],
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "digest": {"type": "http", "scheme": "digest"},
    "client": {"type": "http", "scheme": "basic"},
}


def merged(documents: Mapping[str, dict[str, Any]], routes: Iterable[Route]) -> dict[str, Any]:
    """The documents by service as one. A model whose name is taken gets its service's name in front.

    `x-policy` names the act that the policy is asked for (`common.policy.Action`).
    """
    stated = {(route.template, route.method.lower()): route for route in routes}
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for service, document in documents.items():
        own = _renamed(document, service, taken=schemas)
        schemas |= own.get("components", {}).get("schemas", {})
        for template, operations in own["paths"].items():
            for method, operation in operations.items():
                if route := stated.get((template, method)):
                    operation |= {"x-policy": route.act, "security": _SECURITY[route.auth]}
                    operation["tags"] = [service]
                    paths.setdefault(template, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "明证 Mingzheng", "version": "1"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SCHEMES},
    }


def _renamed(document: dict[str, Any], service: str, *, taken: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `document` in which no model has a taken name, references included."""
    text = orjson.dumps(document)
    models = document.get("components", {}).get("schemas", {})
    front = "".join(word.capitalize() for word in service.split("-"))
    for name in models:
        if name in taken:
            text = text.replace(
                f'"#/components/schemas/{name}"'.encode(), f'"#/components/schemas/{front}{name}"'.encode()
            )
    copy: dict[str, Any] = orjson.loads(text)
    if models:
        own = copy["components"]["schemas"]
        copy["components"]["schemas"] = {front + name if name in taken else name: own[name] for name in own}
    return copy
