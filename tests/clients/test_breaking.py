"""A change that breaks the clients of the last release is named, and one that does not is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mz.contract import document as contracts
from mz.contract.breaking import breaks

REF = "#/components/schemas"
CONTRACT: dict[str, Any] = {
    "paths": {
        "/v1/things/{id}": {
            "post": {
                "security": [{}, {"bearer": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "kind", "in": "query", "schema": {"enum": ["A", "B"]}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": f"{REF}/Order"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": f"{REF}/View"}}}},
                    "404": {"content": {"application/problem+json": {}}},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "maxLength": 9},
                    "n": {"type": ["integer", "null"]},
                },
            },
            "View": {
                "type": "object",
                "required": ["at", "inner"],
                "properties": {
                    "at": {"type": "string"},
                    "inner": {"anyOf": [{"$ref": f"{REF}/View"}, {"type": "null"}]},
                    "word": {"enum": ["X"]},
                },
            },
        }
    },
}

Change = Callable[[Any, Any, Any], object]
"""Of the operation, of what is asked and of what is answered."""


def changed(change: Change) -> list[str]:
    later = copy.deepcopy(CONTRACT)
    models = later["components"]["schemas"]
    change(later["paths"]["/v1/things/{id}"]["post"], models["Order"], models["View"])
    return [told.removeprefix("POST /v1/things/{id} ") for told in breaks(CONTRACT, later)]


BREAKS: list[tuple[Change, str]] = [
    (lambda call, asked, told: asked["properties"].pop("name"), ".name: is gone"),
    (lambda call, asked, told: asked.update(required=["name"]), ".name: is demanded"),
    (lambda call, asked, told: asked["properties"]["name"].update(maxLength=8), ".name: maxLength is 8"),
    (lambda call, asked, told: asked["properties"]["name"].update(minLength=1), ".name: minLength is 1"),
    (lambda call, asked, told: asked["properties"]["name"].update(pattern="^a"), ".name: must match ^a"),
    (
        lambda call, asked, told: asked["properties"]["name"].update(type="integer"),
        ".name: no longer takes string",
    ),
    (lambda call, asked, told: asked["properties"]["n"].update(type="integer"), ".n: no longer takes null"),
    (lambda call, asked, told: call["parameters"].pop(), "no longer takes kind"),
    (lambda call, asked, told: call["parameters"][1].update(required=True), "demands kind"),
    (
        lambda call, asked, told: call["parameters"][1]["schema"].update(enum=["A"]),
        "kind: B is no longer accepted",
    ),
    (lambda call, asked, told: call["requestBody"].update(required=True), "demands a body"),
    (lambda call, asked, told: call["requestBody"].update(content={}), "no longer reads application/json"),
    (lambda call, asked, told: call["responses"].pop("200"), "no longer answers 200"),
    (
        lambda call, asked, told: call["responses"]["200"].update(content={}),
        "no longer answers application/json",
    ),
    (lambda call, asked, told: call.update(security=[{"bearer": []}]), "is no longer open to anybody"),
    (lambda call, asked, told: told["properties"].pop("word"), "200 .word: is gone"),
    (lambda call, asked, told: told.update(required=["inner"]), "200 .at: may be missing"),
    (
        lambda call, asked, told: told["properties"]["at"].update(type=["string", "null"]),
        "200 .at: may be null",
    ),
]


@pytest.mark.parametrize("change, told", BREAKS, ids=[told for _, told in BREAKS])
def test_what_breaks_a_client_is_named(change: Change, told: str) -> None:
    assert changed(change) == [told]


def test_an_address_that_is_gone_is_named() -> None:
    assert breaks(CONTRACT, CONTRACT | {"paths": {}}) == ["POST /v1/things/{id}: is gone"]


@pytest.mark.parametrize(
    "change",
    [
        lambda call, asked, told: asked["properties"].update(more={"type": "string"}),
        lambda call, asked, told: asked["properties"]["name"].update(maxLength=99),
        lambda call, asked, told: call["parameters"].append(
            {"name": "x", "in": "query", "schema": {"type": "string"}}
        ),
        lambda call, asked, told: call["responses"].update({"409": {}, "202": {"content": {}}}),
        lambda call, asked, told: told["properties"].update(more={"type": "string"}),
        lambda call, asked, told: told["properties"]["word"].update(enum=["X", "Y"]),
        lambda call, asked, told: told["properties"]["inner"].update(anyOf=[{"$ref": f"{REF}/View"}]),
    ],
)
def test_what_only_adds_is_no_break(change: Change) -> None:
    assert changed(change) == []


def test_the_contract_of_the_last_release_is_the_one_that_counts(tmp_path: Path) -> None:
    assert contracts.kept(tmp_path) is None
    for version in ("0.9.0", "0.10.0"):
        contracts.keep(tmp_path / version)

    released = contracts.kept(tmp_path)

    assert released is not None
    assert released[0] == "0.10.0"
    assert breaks(released[1], contracts.document()) == []


def test_a_route_that_leaves_the_real_contract_is_a_break() -> None:
    now = contracts.document()
    paths = {path: item for path, item in now["paths"].items() if path != "/v1/cases/{case_id}"}

    assert breaks(now, now | {"paths": paths}) == ["GET /v1/cases/{case_id}: is gone"]
