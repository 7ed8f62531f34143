"""The document of the API says everything that a caller can meet, and says it in the one form."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import TypeAdapter

from common.web.openapi import api_routes, policy_of
from tests.architecture.lint import offences, operations
from tests.contract import Contract
from tests.world import World


async def document_of(world: World) -> dict[str, Any]:
    document: dict[str, Any] = (await world.http.get("/openapi.json")).json()
    return document


async def test_the_document_keeps_every_rule(world: World) -> None:
    document = await document_of(world)

    assert offences(document) == []
    assert len(list(operations(document))) > 60


async def test_every_call_with_effect_declares_its_key_and_every_purpose_is_declared(world: World) -> None:
    document = await document_of(world)
    keyed = {
        f"{method} {route.path}"
        for app in world.app.apps.values()
        for route in api_routes(app)
        for method in route.methods or ()
        if (policy := policy_of(route)) and policy.keyed and method != "GET"
    }
    declared = {
        name
        for name, operation in operations(document)
        if {"$ref": "#/components/parameters/Idempotency-Key"} in operation.get("parameters", [])
    }
    purposeful = {
        name
        for name, operation in operations(document)
        if any(p.get("name") == "X-Purpose-Of-Use" for p in operation.get("parameters", []))
    }

    assert declared == keyed
    assert purposeful == {
        "GET /v1/captures/{evidence_id}",
        "GET /v1/captures/{evidence_id}/images/{n}",
        "GET /v1/cases/{case_id}",
        "GET /v1/cases/{case_id}/collection",
        "GET /v1/cases/{case_id}/criminal-transfer",
        "GET /v1/cases/{case_id}/data-requests",
        "GET /v1/cases/{case_id}/defences",
        "GET /v1/cases/{case_id}/documents",
        "GET /v1/cases/{case_id}/evidence-records/{number}",
        "GET /v1/cases/{case_id}/export",
        "GET /v1/cases/{case_id}/files",
        "GET /v1/cases/{case_id}/files/{number}",
        "GET /v1/cases/{case_id}/investigation-returns",
        "GET /v1/cases/{case_id}/next-acts",
        "GET /v1/cases/{case_id}/prompt-draft",
        "GET /v1/cases/{case_id}/readings",
        "GET /v1/cases/{case_id}/remedies",
        "GET /v1/cases/{case_id}/remedies/{number}/bundle",
        "GET /v1/documents/{document_id}",
        "GET /v1/evidence-bundles/{sha256}",
        "POST /v1/captures/{evidence_id}/bundles",
        "POST /v1/cases/{case_id}/unmaskings",
        "POST /v1/evidence-bundles",
    }


async def test_an_address_that_only_explains_a_refusal_is_not_in_the_document(world: World) -> None:
    document = await document_of(world)

    listed = {path for path in document["paths"] if path.startswith("/VIID/")}
    assert {"/VIID/MotorVehicles", "/VIID/System/Register", "/VIID/Subscribes"} <= listed
    assert not [path for path in listed if "Persons" in path or "Faces" in path or path == "/VIID/{rest}"]
    assert set(document["x-standard-paths"]) == {
        "/.well-known/jwks.json",
        "/ingest/v1/captures",
        "/isapi/{token}",
        "/ledger/checkpoint",
        "/ledger/sm3/checkpoint",
        "/ledger/sm3/tile/{kind}/{rest}",
        "/ledger/tile/{kind}/{rest}",
        "/oauth2/backchannel-logout",
        "/oauth2/token",
    }


async def test_every_example_of_a_body_is_one_that_the_route_reads(world: World) -> None:
    for app in world.app.apps.values():
        document = app.openapi()
        for route in api_routes(app):
            if route.body_field is not None and route.include_in_schema:
                method = min(route.methods or {"POST"}).lower()
                body = document["paths"][route.path_format][method]["requestBody"]["content"]
                adapter = TypeAdapter(route.body_field.field_info.annotation)
                adapter.validate_python(body["application/json"]["example"])


async def test_the_document_is_made_once_and_a_caller_that_has_it_is_told_so(world: World) -> None:
    first = await world.http.get("/openapi.json")
    again = await world.http.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    other = await world.http.get("/openapi.json", headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize(
    ("change", "offence"),
    [
        (lambda d: d["paths"]["/v1/me"]["get"].pop("summary"), "GET /v1/me: no summary"),
        (lambda d: d["paths"]["/v1/me"]["get"]["responses"].pop("403"), "GET /v1/me: no 403"),
        (lambda d: d["paths"].update({"/v1/Planted": {}}), "/v1/Planted: not kebab case below a version"),
        (
            lambda d: d["components"]["schemas"]["Problem"]["properties"].update(traceId={}),
            "Problem.traceId: not snake case",
        ),
        (
            lambda d: d["components"]["responses"]["Conflict"]["content"].pop("application/problem+json"),
            "POST /v1/devices: 409 is no problem",
        ),
        (
            lambda d: d["paths"]["/v1/devices"]["get"]["parameters"][1].update(name="offset"),
            "GET /v1/devices: offset: lists are read by cursor",
        ),
        (
            lambda d: d["components"]["schemas"].pop("PersonView"),
            "nothing is at #/components/schemas/PersonView",
        ),
    ],
)
@pytest.mark.slow
async def test_a_document_that_breaks_a_rule_is_named(world: World, change: Any, offence: str) -> None:
    document = deepcopy(await document_of(world))

    change(document)

    assert offence in offences(document)


async def test_an_answer_that_is_not_declared_is_named(world: World) -> None:
    router = APIRouter()
    app = world.app.apps["gateway"]
    me = next(route for route in api_routes(app) if route.path == "/v1/me")
    router.add_api_route("/v1/planted", me.endpoint, response_model=None, summary="种下 · Planted")
    app.include_router(router)
    contract = Contract(world.app)

    for status, media_type in ((418, "application/json"), (200, "text/html")):
        answer = httpx.Response(
            status,
            headers={"content-type": media_type},
            request=httpx.Request("GET", "http://127.0.0.1:8080/v1/planted"),
        )
        with pytest.raises(AssertionError, match="GET /v1/planted answered"):
            await contract.check(answer)
