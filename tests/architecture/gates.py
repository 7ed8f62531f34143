"""What import-linter cannot say: each gate returns the offences it names, empty when there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI

from common.values.facts import Fact
from common.web.app import OPEN_PATHS
from common.web.openapi import api_routes, policy_of
from gateway import web


def routes_without_policy(app: FastAPI) -> list[str]:
    """Routes that answer without having asked who may: `METHOD path`."""
    return [
        f"{','.join(sorted(route.methods))} {route.path}"
        for route in api_routes(app)
        if policy_of(route) is None and route.path not in OPEN_PATHS | web.PATHS
    ]


def bare_times(document: Mapping[str, Any]) -> list[str]:
    """Dates and times that a request may hold in a form which is not ours: `METHOD path ?query` or `… Model.field`.

    `Instant` and `Day` of common.web.wire carry a pattern; a bare `date` or `datetime` carries none, and reads digits
    as Unix seconds.
    """
    found = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                if _has_bare_time(parameter.get("schema", {})):
                    found.append(f"{where} ?{parameter['name']}")
            body = operation.get("requestBody", {}).get("content", {})
            models = [
                name for media in body.values() for name in _models_in(media.get("schema", {}), document)
            ]
            found += [
                f"{where} {name}.{field}"
                for name in models
                for field, schema in document["components"]["schemas"][name].get("properties", {}).items()
                if _has_bare_time(schema)
            ]
    return found


def _has_bare_time(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_has_bare_time, schema))
    if not isinstance(schema, dict):
        return False
    if schema.get("format") in ("date", "date-time") and "pattern" not in schema:
        return True
    return any(
        _has_bare_time(schema[part])
        for part in ("anyOf", "allOf", "oneOf", "items", "prefixItems")
        if part in schema
    )


def _models_in(schema: Any, document: Mapping[str, Any]) -> list[str]:
    """The names of the models that `schema` refers to, and of theirs."""
    found: list[str] = []
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.append(name)
                pending.append(document["components"]["schemas"][name])
            pending += [value for value in part.values() if isinstance(value, dict | list)]
    return found


def orders_in_answers(document: Mapping[str, Any]) -> list[str]:
    """Models that are both sent and answered: an answer would be judged by the rules for what callers send."""
    asked: set[str] = set()
    answered: set[str] = set()
    for operations in document["paths"].values():
        for operation in operations.values():
            asked.update(_models_in(operation.get("requestBody", {}), document))
            answered.update(
                name
                for status, answer in operation["responses"].items()
                if status.startswith("2")
                for name in _models_in(answer.get("content", {}), document)
            )
    return sorted(asked & answered)


_DOOR = {"outbox", "stream_head", "receipts", "disclosures", "alembic_version"}


async def unguarded_tables(conn: asyncpg.Connection[Any]) -> list[str]:
    """Tables of schema public that neither answer to the record nor say why they need not."""
    rows = await conn.fetch(
        """
        SELECT c.relname AS name, obj_description(c.oid) AS why,
               EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'guarded' AND t.tgenabled = 'O'
                       AND t.tgdeferrable AND t.tginitdeferred) AS guarded
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
        """
    )
    return [
        row["name"]
        for row in rows
        if not row["guarded"]
        and row["name"] not in _DOOR
        and not (row["why"] or "").startswith("operational: ")
    ]


def fact_classes() -> list[type[Fact]]:
    """Every kind of fact of the services that are imported."""
    found: list[type[Fact]] = []
    pending: list[type[Fact]] = [Fact]
    while pending:
        for kind in pending.pop().__subclasses__():
            pending.append(kind)
            if "type" in kind.__dict__:
                found.append(kind)
    return found


def fields_of_the_record(kinds: Iterable[type[Fact]]) -> list[str]:
    """Facts with a field that the door writes into the record's data itself, and would overwrite."""
    return sorted(
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in fields(kind)
        if field.name in ("rows", "permit")
    )


def types_without_sample(kinds: Iterable[type[Fact]], samples: Path) -> list[str]:
    """Record types that `samples` holds no released example of, or whose example has other fields."""
    missing = []
    for kind in kinds:
        name = f"{kind.type}.v{kind.v}"
        path = samples / f"{name}.json"
        if not path.exists():
            missing.append(name)
            continue
        sample = json.loads(path.read_text())
        wanted = {f.name for f in fields(kind) if f.name != "owner"}
        if (sample["type"], sample["v"]) != (kind.type, kind.v) or not wanted <= set(sample["data"]):
            missing.append(f"{name}: the sample lacks {sorted(wanted - set(sample['data']))}")
    return sorted(missing)
