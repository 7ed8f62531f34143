"""The rules that the platform's OpenAPI document keeps: each returns the offences it names, empty when there are none.

They are those of our API conventions and of OpenAPI 3.1 itself. GA/T 1400 names its own paths and fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
PATH = re.compile(
    r"/\.well-known/[a-z0-9-]+|/v[0-9]+(/([a-z0-9-]+|\{[a-z0-9_]+\}))+|/(livez|readyz|metrics|openapi\.json)"
)
SNAKE = re.compile(r"[a-z][a-z0-9_]*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

Json = dict[str, Any]


def operations(document: Json, *, camera: bool = False) -> Iterator[tuple[str, Json]]:
    """The operations of `document` by `METHOD path`; those under /VIID only if `camera`."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods and (camera or not path.startswith("/VIID/")):
                yield f"{method.upper()} {path}", methods[method]


def offences(document: Json) -> list[str]:
    """Everything that is wrong with `document`."""
    found = [*_whole(document), *_references(document), *_schemas(document)]
    names: set[str] = set()
    for name, operation in operations(document, camera=True):
        found += [f"{name}: {offence}" for offence in _operation(document, name, operation)]
        if operation.get("operationId") in names:
            found.append(f"{name}: operationId {operation['operationId']} is taken")
        names.add(operation.get("operationId", ""))
    for path, methods in document["paths"].items():
        if not PATH.fullmatch(path) and not path.startswith("/VIID/"):
            found.append(f"{path}: not kebab case below a version")
        wanted = set(re.findall(r"\{(\w+)(?::path)?\}", path))
        for method, operation in methods.items():
            given = {p["name"] for p in _parameters(document, operation) if p["in"] == "path"}
            if given != wanted:
                found.append(f"{method.upper()} {path}: declares the path parameters {sorted(given)}")
    return found


def _whole(document: Json) -> list[str]:
    wanted = {
        "openapi 3.1": re.match(r"3\.1\.", document.get("openapi", "")),
        "info.contact": document.get("info", {}).get("contact"),
        "info.license": document.get("info", {}).get("license"),
        "servers": document.get("servers"),
        "components.securitySchemes": document.get("components", {}).get("securitySchemes"),
    }
    return [f"the document lacks {name}" for name, there in wanted.items() if not there]


def _references(document: Json) -> list[str]:
    found: list[str] = []
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            pending += node.values()
            ref = node.get("$ref")
            if isinstance(ref, str) and resolved(document, ref) is None:
                found.append(f"nothing is at {ref}")
    return found


def _schemas(document: Json) -> list[str]:
    return [
        f"{name}.{field}: not snake case"
        for name, schema in document["components"]["schemas"].items()
        for field in schema.get("properties", {})
        if not SNAKE.fullmatch(field)
    ]


def _operation(document: Json, name: str, operation: Json) -> Iterator[str]:
    camera = "/VIID/" in name
    for part in ("operationId", "tags", "summary", "description", "security", "x-policy"):
        if not operation.get(part):
            yield f"no {part}"
    if not CHINESE.match(operation.get("summary", "")):
        yield "the summary does not begin in Chinese"
    for parameter in _parameters(document, operation):
        if not parameter.get("description"):
            yield f"the parameter {parameter['name']} has no description"
        if parameter["in"] == "query" and parameter["name"] in ("offset", "page"):
            yield f"{parameter['name']}: lists are read by cursor"
    answers = operation.get("responses", {})
    wanted = {"400", "401", "403", "404", "429", "500", "503"} | (
        {"409", "422"} if name.startswith("POST") else set()
    )
    for status in sorted(wanted - answers.keys()):
        yield f"no {status}"
    for status, declared in answers.items():
        answer = resolved(document, declared["$ref"]) if "$ref" in declared else declared
        assert answer is not None
        content = answer.get("content", {})
        if not answer.get("description"):
            yield f"{status} has no description"
        if status >= "4" and "application/problem+json" not in content:
            yield f"{status} is no problem"
        if status < "3" and not content:
            yield f"{status} has no media type"
        yield from _without_example(f"{status}", content)
    if not camera:
        yield from _without_example("the body", operation.get("requestBody", {}).get("content", {}))


def _without_example(where: str, content: Json) -> Iterator[str]:
    for media_type, described in content.items():
        if media_type.endswith("json") and "example" not in described:
            yield f"{where} has no example of {media_type}"


def _parameters(document: Json, operation: Json) -> list[Json]:
    declared = operation.get("parameters", [])
    return [resolved(document, p["$ref"]) or {} if "$ref" in p else p for p in declared]


def resolved(document: Json, ref: str) -> Json | None:
    """What `ref` points at in `document`."""
    node: Any = document
    for part in ref.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None
