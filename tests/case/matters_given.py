"""Arranges the list of off-site matters through the API: a legal reviewer proposes, the supervisor approves."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from common.values.datafiles import load_profile
from common.values.facts import plain
from tests.case.domain.walk import CODE
from tests.world import Client, World

PATH: Final = "/v1/catalogue/matters"
_OURS: Final = ("version", "benchmark_published_on")
SHIPPED: Final = next(item for item in load_profile("DEMO").catalogue if item.code == CODE)


def author(world: World, agency: int = 0) -> Client:
    return world.person("CASE_LEGAL_REVIEWER", agency)


def approver(world: World) -> Client:
    return world.person("SUPERVISOR")


def a_version(valid_from: date, *, share: float = 1, **changes: Any) -> dict[str, Any]:
    """An order for the next version of the shipped matter, with `share` of every fine."""
    order: dict[str, Any] = plain(SHIPPED) | {"valid_from": valid_from.isoformat()}
    order = {name: value for name, value in order.items() if name not in _OURS}
    fens = ("min_fen", "max_fen", "proposed_fen")
    order["tiers"] = [tier | {fen: round(tier[fen] * share) for fen in fens} for tier in order["tiers"]]
    return order | {fen: round(order[fen] * share) for fen in fens[:2]} | changes


async def proposed(world: World, order: dict[str, Any], *, matter: str = "") -> dict[str, Any]:
    """A proposed matter, or the next version of `matter`."""
    path = f"{PATH}/{matter}/versions" if matter else PATH
    body = {name: value for name, value in order.items() if not (matter and name == "code")}
    answer = await author(world).post(path, json=body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def published(world: World, order: dict[str, Any], *, matter: str = "") -> dict[str, Any]:
    """A published matter, or the published next version of `matter`."""
    waiting = await proposed(world, order, matter=matter)
    version = {"version": waiting["item"]["version"]}
    answer = await approver(world).post(f"{PATH}/{waiting['matter_id']}/approval", json=version)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view
