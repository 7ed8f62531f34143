"""What the contract says of each operation fits the policy and the code, without a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from common.policy import ANONYMOUS, Action, Actor, authorize
from common.policy.matrix import people
from common.values.errors import Refusal
from common.web.openapi import api_routes, policy_of
from gateway.allinone import contract_of, described
from gateway.paths import Auth
from mz.services import NAMED, SERVICES
from tests.authorization.operations import JSON, operations_of
from tests.world import World

TABLE = Path(__file__).parents[1] / "policy" / "matrix.txt"


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    return described(SERVICES)


@pytest.fixture(scope="module")
def contract(apps: dict[str, FastAPI]) -> dict[str, Any]:
    return contract_of(apps)


def permitted() -> dict[str, set[str]]:
    """The rows of the policy's table by act. `tests/policy` compares the table with the policy."""
    rows: dict[str, set[str]] = {}
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            row, action = line.split()[:2]
            rows.setdefault(action, set()).add(row)
    return rows


def test_each_operation_has_somebody_who_may_call_it_and_somebody_who_may_not(
    apps: dict[str, FastAPI],
) -> None:
    table = permitted()
    actions = {str(operation.action) for operation in operations_of(apps)}
    everybody = set(people(NAMED))

    assert {act for act in actions - table.keys() if not _admits(people(NAMED)["CASE_OFFICER"], act)} == set()
    # Only what is open to a caller without a name may be open to every row.
    assert [act for act in actions if table.get(act) == everybody and "anonymous" not in table[act]] == []


def test_what_the_contract_opens_to_anybody_the_policy_does_too(contract: dict[str, Any]) -> None:
    wrong = []
    for place in ("paths", "x-standard-paths"):
        for path, operations in contract[place].items():
            for method, operation in operations.items():
                is_open = {} in operation["security"]
                by_itself = operation["security"] in ([{"digest": []}], [{"signed": []}])
                if not by_itself and is_open != _admits(ANONYMOUS, operation["x-policy"]):
                    wrong.append(f"{method.upper()} {path}")

    assert wrong == []


def _admits(actor: Actor, action: str) -> bool:
    """Whether the policy could permit it, on an object of the actor's own: the table has no row for these."""
    try:
        authorize(actor, Action(action))
    except Refusal:
        return False
    return True


def test_the_body_that_the_contract_gives_as_an_example_is_read(apps: dict[str, FastAPI]) -> None:
    routes = {
        (method, route.path_format): route
        for app in apps.values()
        for route in api_routes(app)
        for method in route.methods
    }

    unread = {}
    for operation in operations_of(apps):
        field = routes[operation.method, operation.template].body_field
        if operation.media_type == JSON and field is not None:
            _, errors = field.validate(operation.example, {}, loc=("body",))
            if errors:
                unread[operation.name] = errors

    assert unread == {}


async def test_the_contract_without_a_runtime_is_the_one_that_is_answered(
    world: World, contract: dict[str, Any]
) -> None:
    answered = (await world.anonymous.get("/openapi.json")).json()

    # The demo's issuer describes itself; a city's own identity provider has its own address for that.
    answered["paths"].pop("/.well-known/openid-configuration")
    assert answered == contract


def test_every_route_of_a_service_is_in_its_contract_or_says_why_not(apps: dict[str, FastAPI]) -> None:
    named = {(operation.method, operation.template) for operation in operations_of(apps)}
    routes: list[APIRoute] = [route for app in apps.values() for route in api_routes(app) if policy_of(route)]

    assert {(method, route.path_format) for route in routes for method in route.methods} == named


def test_the_ways_to_say_who_asks_are_all_met(contract: dict[str, Any]) -> None:
    schemes = set(contract["components"]["securitySchemes"])

    assert schemes == {"bearer", "digest", "signed", "client"}
    assert len(Auth) == len(schemes) + 2  # OPEN and SECRET say nothing in a header
