"""Two services may call their models alike; the one contract keeps them apart."""

from __future__ import annotations

from typing import Any

from gateway.openapi import merged
from gateway.paths import Route


def document(path: str, model: dict[str, Any]) -> dict[str, Any]:
    ref = {"$ref": "#/components/schemas/View"}
    answers = {"200": {"content": {"application/json": {"schema": ref}}}}
    return {"paths": {path: {"get": {"responses": answers}}}, "components": {"schemas": {"View": model}}}


def test_models_of_one_name_are_kept_apart_and_references_follow() -> None:
    documents = {
        "evidence": document("/v1/a", {"title": "A"}),
        "device-registry": document("/v1/b", {"title": "B"}),
    }
    routes = [Route("GET", "/v1/a", "evidence", "a.read"), Route("GET", "/v1/b", "device-registry", "b.read")]

    whole = merged(documents, routes)

    assert whole["components"]["schemas"] == {
        "View": {"title": "A"},
        "DeviceRegistryView": {"title": "DeviceRegistryView"},
    }
    schema = whole["paths"]["/v1/b"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/DeviceRegistryView"}
    assert documents["device-registry"]["components"]["schemas"] == {"View": {"title": "B"}}


def test_what_the_gateway_does_not_answer_is_not_in_the_contract() -> None:
    whole = merged(
        {"case": document("/v1/hidden", {})}, [Route("GET", "/v1/me", "gateway", "person.read_self")]
    )

    assert whole["paths"] == {}
