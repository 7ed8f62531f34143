"""What another agency holds does not exist: its answers are those for a random id, byte for byte.

Every call of the story, and every read with an id, is repeated by the same role of the other agency, once
with the real id and once with a fresh one of the same kind.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from common.ids import (
    AgencyId,
    CaseId,
    ConsentId,
    DeviceId,
    DocumentId,
    EvidenceId,
    ImportId,
    MessageId,
    OfficerId,
    PartyId,
)  # fmt: skip
from tests.architecture.gates import api_routes
from tests.given import StoryLog, a_case_in_the_archive
from tests.world import World

KINDS = {
    kind.prefix: kind
    for kind in (
        AgencyId,
        CaseId,
        ConsentId,
        DeviceId,
        DocumentId,
        EvidenceId,
        ImportId,
        MessageId,
        OfficerId,
        PartyId,
    )
}
ID = re.compile(r"\b(" + "|".join(KINDS) + r")_[0-7][0-9a-hjkmnp-tv-z]{25}\b")

EXEMPT = {
    "/v1/ledger/entries/{index}", "/v1/ledger/proofs/{index}", "/v1/ledger/records/{record_id}",
    "/v1/ledger/streams/{kind}/{id}/records",  # the ledger is readable by whoever doubts it; it holds no personal data
    "/v1/push-accounts/{account}", "/v1/captures/{evidence_id}/case-view",
    "/v1/parties/{party_id}/e-service-consent",  # services alone: nobody reaches them through the gateway
}  # fmt: skip
"""Routes with an id that are public, of the ledger, or closed to every person."""


async def test_another_agencys_object_answers_like_a_random_id(world: World) -> None:
    log = StoryLog()
    await a_case_in_the_archive(world, log)
    calls = {
        (role, method, template_of(world, path)): (path, order)
        for role, method, path, order in log.calls
        if ID.search(path)
    }

    different = []
    for (role, method, template), (path, order) in calls.items():
        real, random = [await _ask(world, role, method, p, order) for p in (path, _other(world, path))]
        if real != random:
            different.append((role, method, template, real, random))

    assert different == []
    asked = {template for _, _, template in calls}
    assert _with_id(world) - asked - EXEMPT == set()


async def _ask(world: World, role: str, method: str, path: str, order: Any) -> tuple[int, str]:
    person = world.person(role, 1) if role != "PARTY" else world.person("CASE_OFFICER", 1)
    headers = {"x-purpose-of-use": "CASE_HANDLING"}
    response = await (
        person.get(path, headers=headers)
        if method == "GET"
        else person.post(path, json=order, headers=headers)
    )
    return response.status_code, _without_ids(response)


def _without_ids(response: httpx.Response) -> str:
    return ID.sub(r"\1_*", re.sub(r'"trace_id":"[0-9a-f]{32}"', "", response.text))


def _other(world: World, path: str) -> str:
    return ID.sub(lambda found: KINDS[found[1]].new(world.clock()), path)


def template_of(world: World, path: str) -> str:
    """The route template that answers `path`."""
    plain = path.partition("?")[0]
    for app in world.app.apps.values():
        for route in api_routes(app):
            if route.path_regex.fullmatch(plain):
                return route.path
    raise LookupError(plain)


def _with_id(world: World) -> set[str]:
    return {
        route.path
        for app in world.app.apps.values()
        for route in api_routes(app)
        if "{" in route.path and route.path.startswith("/v1/")
    }
