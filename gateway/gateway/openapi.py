"""One OpenAPI document for the whole platform: the documents of the services, with the ways to authenticate.

The document's `paths` are the addresses that this platform designed, and /VIID of GA/T 1400. Addresses whose form
another standard fixes (RFC 6749, RFC 7517, c2sp.org/tlog-tiles) stand under `x-standard-paths` with the same
operations, so that the rules for our own addresses hold for all of `paths`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from gateway.paths import Auth, Route

_SECURITY: Final[dict[Auth, list[dict[str, list[str]]]]] = {
    Auth.BEARER: [{"bearer": []}],
    Auth.OPEN: [{}, {"bearer": []}],
    Auth.DIGEST: [{"digest": []}],
    Auth.SIGNED: [{"signed": []}],
    Auth.SECRET: [{}],
    Auth.CLIENT: [{"client": []}, {}],
}
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "访问令牌 · An access token (RFC 9068); in demo and test from POST /oauth2/token."
        " That of a session comes as `Authorization: DPoP` with a proof of the device's key (RFC 9449).",
    },
    "digest": {
        "type": "http",
        "scheme": "digest",
        "description": "设备账号 · The account of a camera (RFC 7616).",
    },
    "signed": {
        "type": "apiKey",
        "in": "header",
        "name": "Capture-Signature",
        "description": "设备签名 · The signature of a camera over the manifest of its capture.",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "客户端 · Id and secret of a client (RFC 6749).",
    },
}
_TAGS: Final = {
    "device-registry": "设备登记 · Enforcement devices: review, publication, service, suspension.",
    "evidence": "证据与账本 · Captures, their review, court bundles, and the ledger that proves them.",
    "case": "案件 · The procedure from filing to archive, and its documents.",
    "notification": "送达 · The party's inbox, and consent to electronic service.",
    "data-exchange": "机关之间的数据交换 · Requests between agencies, their periods and their answers.",
    "gateway": "身份 · Who is asking.",
}
_ABOUT: Final = """\
经得起法庭检验的非现场执法 · Off-site enforcement that can be shown to a court.

- 每次有效果的调用须带 `Idempotency-Key`;重复调用得到同一答复 · A call with effect needs an `Idempotency-Key`; its \
repeat is answered alike and does nothing more.
- 拒绝一律为 `application/problem+json`,程序只读 `code` · Every refusal is RFC 9457; programs read `code`.
- 未列出的标准接口 · Addresses that other standards define: `POST /oauth2/token` (RFC 6749), \
`/.well-known/jwks.json` (RFC 7517), `/ledger/…` (c2sp.org/tlog-tiles). They stand in `x-standard-paths`.
"""
_OURS: Final = re.compile(r"/v1/|/VIID/|/\.well-known/[a-z0-9-]+$")


def merged(documents: Mapping[str, dict[str, Any]], routes: Iterable[Route]) -> dict[str, Any]:
    """The documents of the services as one. If two models have one name, the second is prefixed by its service.

    `x-policy` names the act that the policy is asked for (`common.policy.Action`).
    """
    by_operation = {(route.template.replace(":path}", "}"), route.method.lower()): route for route in routes}
    paths: dict[str, Any] = {}
    standard: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {"schemas": {}, "responses": {}, "headers": {}, "parameters": {}}
    for service, document in documents.items():
        own = _renamed(document, service, models=components["schemas"])
        for kind, named in components.items():
            named |= own.get("components", {}).get(kind, {})
        for template, operations in own["paths"].items():
            for method, operation in operations.items():
                route = by_operation.get((template, method))
                if route is None or operation.get("x-unlisted"):
                    continue
                operation.pop("x-template", None)
                security = _SECURITY[route.auth]
                operation["security"] = [{}, *security] if operation.pop("x-anybody", False) else security
                place = paths if _OURS.match(template) else standard
                place.setdefault(template, {})[method] = operation
    text = orjson.dumps([paths, standard])
    components["responses"] = {
        name: answer
        for name, answer in components["responses"].items()
        if f'"#/components/responses/{name}"'.encode() in text
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "明证 Mingzheng",
            "version": "1",
            "description": _ABOUT,
            "contact": {"name": "明证 Mingzheng", "url": "https://mingzheng.example"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items() if name in documents],
        "paths": dict(sorted(paths.items())),
        "components": {
            **{kind: dict(sorted(named.items())) for kind, named in components.items()},
            "securitySchemes": _SCHEMES,
        },
        "x-standard-paths": dict(sorted(standard.items())),
    }


def _renamed(document: dict[str, Any], service: str, *, models: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `document` in which no model has the name of another model in `models`; references follow."""
    text = orjson.dumps(document)
    own_models = document.get("components", {}).get("schemas", {})
    front = "".join(word.capitalize() for word in service.split("-"))
    names = _name_clashes(own_models, models)
    for name in names:
        text = text.replace(
            f'"#/components/schemas/{name}"'.encode(), f'"#/components/schemas/{front}{name}"'.encode()
        )
    copy: dict[str, Any] = orjson.loads(text)
    if own_models:
        own = copy["components"]["schemas"]
        for name in names:
            own[name]["title"] = front + name
        copy["components"]["schemas"] = {front + name if name in names else name: own[name] for name in own}
    return copy


def _name_clashes(own: Mapping[str, Any], models: Mapping[str, Any]) -> set[str]:
    """The names that `own` and `models` give to different models, or to models that refer to different models."""
    clashes = {name for name, model in own.items() if name in models and models[name] != model}
    while True:
        more = {
            name
            for name, model in own.items()
            if name in models
            and any(f'schemas/{clash}"'.encode() in orjson.dumps(model) for clash in clashes)
        }
        if more <= clashes:
            return clashes
        clashes |= more
