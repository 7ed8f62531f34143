"""Every operation of the contract: what it is called, what it asks the policy, and a body that its contract gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI

from common.policy import Action
from common.web.examples import example_of
from gateway.paths import Auth, Route

JSON: Final = "application/json"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One operation of one service. `example` is the body of the contract; `media_type` is empty without a body.

    `is_ours`: the gateway finds out who asks. A camera or a client proves itself to the service instead.
    """

    service: str
    method: str
    template: str
    action: Action
    media_type: str
    example: Any
    takes_purpose: bool
    query: dict[str, str]
    is_ours: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def places(self) -> list[tuple[str, str]]:
        """Each parameter of the path with the part of the template up to it: `("/v1/cases/{case_id}", "case_id")`."""
        return [(self.template[: found.end()], found[1]) for found in _PARAMETER.finditer(self.template)]


def operations_of(apps: dict[str, FastAPI]) -> Iterator[Operation]:
    """The operations of `apps`, those that the public document leaves out too."""
    for service, app in apps.items():
        document = app.openapi()
        for template, operations in document["paths"].items():
            for method, operation in operations.items():
                yield _operation(service, method.upper(), template, operation, document)


def _operation(
    service: str, method: str, template: str, operation: dict[str, Any], document: dict[str, Any]
) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "")
    models = document["components"]["schemas"]
    parameters = [_resolved(each, document) for each in operation["parameters"]]
    return Operation(
        service,
        method,
        template,
        Action(operation["x-policy"]),
        media_type,
        content.get(media_type, {}).get("example"),
        any(each["name"] == "X-Purpose-Of-Use" for each in parameters),
        {
            each["name"]: str(each.get("example") or example_of(each["schema"], models, each["name"]))
            for each in parameters
            if each["in"] == "query" and each.get("required")
        },
        Route(method, template, service, operation["x-policy"]).auth in (Auth.BEARER, Auth.OPEN),
    )


def _resolved(parameter: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    ref = parameter.get("$ref")
    if ref is None:
        return parameter
    found: dict[str, Any] = document["components"]["parameters"][ref.rpartition("/")[2]]
    return found
