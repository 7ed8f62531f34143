"""Data of the catalogue comes from the data authority through a connector (GDS 31, 32): over HTTP, with the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from common.values.law import GDS_32
from data_exchange.connectors.authority import NAME
from mz import ROOT
from outsiders import dataauthority
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED, ASKING, act
from tests.data_exchange.given_data import a_data_request, a_listed, consent_to_answer, data_act
from tests.fakes.authority import FakeAuthority
from tests.world import World

ROWS = [{"road": f"示范路{n}号", "worked_on": "2025-03-03", "foreman": "张示范"} for n in range(1, 6)]


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_32)
async def test_GDS_9_we_are_a_node_and_data_comes_from_the_authority_through_a_connector(
    world: World,
) -> None:
    """README and ADR say so; the connector fetches every page, and the asker gets the requested fields alone."""
    pages = {name: (ROOT / name).read_text() for name in ("README.md", "README.zh.md")}
    decision = (ROOT / "docs/adr/0028-a-node-not-a-platform.md").read_text()
    assert "a node of the integrated system" in pages["README.md"]
    assert "全国一体化政务大数据体系中的一个节点" in pages["README.zh.md"]
    assert "Mingzheng is a node of the integrated system" in decision
    platform, request = a_platform(world), await _delivered(world)

    fetched = await data_act(world, ASKING, request, "fetchings")

    assert fetched.status_code == 201, fetched.text
    assert fetched.json()["rows"] == [{"road": row["road"], "worked_on": row["worked_on"]} for row in ROWS]
    assert [question["after"] for question in platform.asked] == [None, "2", "4"]
    assert platform.asked[0]["fields"] == ["road", "worked_on"]
    types = await world.record_types("data-exchange", f"exchange/{request['exchange_id']}")
    assert types[-1] == "data_request.fetched"
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_32)
async def test_no_row_is_kept_or_told_when_the_platform_does_not_answer_in_form(world: World) -> None:
    platform, request = a_platform(world), await _delivered(world)
    platform.status = 302
    redirected = await data_act(world, ASKING, request, "fetchings")
    platform.status, platform.body = 200, b'{"rows": [1], "next": null}'
    malformed = await data_act(world, ASKING, request, "fetchings")
    platform.body = b'{"rows": [], "next": "2"}'
    endless = await data_act(world, ASKING, request, "fetchings")

    answers = [(answer.status_code, answer.json()["code"]) for answer in (redirected, malformed, endless)]
    assert answers == [(503, "DX_AUTHORITY_UNAVAILABLE")] * 3
    types = await world.record_types("data-exchange", f"exchange/{request['exchange_id']}")
    assert "data_request.fetched" not in types


@pytest.mark.begins(OPENED)
async def test_data_is_fetched_by_the_asker_once_it_is_delivered_and_until_its_use_ends(world: World) -> None:
    a_platform(world)
    case_id = await _case(world)
    request = await a_data_request(world, await a_listed(world), case_id=case_id)
    early = await data_act(world, ASKING, request, "fetchings")
    await _deliver(world, request)
    other_side = await data_act(world, ASKED, request, "fetchings")
    world.clock.advance(days=61)

    late = await data_act(world, ASKING, request, "fetchings")

    refused = [(answer.status_code, answer.json()["code"]) for answer in (early, other_side, late)]
    assert refused == [
        (409, "DX_NOT_DELIVERED_BY_API"),
        (403, "DX_OTHER_SIDE"),
        (409, "DX_USE_ENDED"),
    ]


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_32)
async def test_GDS_9_the_data_authority_of_the_sandbox_delivers_through_the_connector(world: World) -> None:
    """The program that `./mz sandbox` starts: three pages, and the field that nobody asked for is dropped."""
    connect(world, dataauthority.create())
    request = await _delivered(world)

    fetched = await data_act(world, ASKING, request, "fetchings")

    assert fetched.status_code == 201, fetched.text
    rows = fetched.json()["rows"]
    assert [set(row) for row in rows] == [{"road", "worked_on"}] * dataauthority.ROWS
    assert rows[-1]["road"] == f"示范 road {dataauthority.ROWS}"


def a_platform(world: World) -> FakeAuthority:
    """The data authority's platform, connected to the exchange."""
    server = FakeAuthority(list(ROWS))
    connect(world, server)
    return server


def connect(world: World, server: ASGIApp) -> None:
    """Let the exchange reach `server` as the data authority's platform."""
    app = world.app.apps["data-exchange"]
    runtime = app.state.runtime
    settings = runtime.settings.model_copy(update={"data_authority_url": "http://authority.test/v1"})
    app.state.runtime = replace(runtime, settings=settings)
    runtime.outside[NAME] = httpx.ASGITransport(server)


async def _case(world: World) -> str:
    return (await Story(world).opened()).case_id


async def _delivered(world: World) -> dict[str, Any]:
    """A request for an open case whose data was delivered by interface."""
    request = await a_data_request(world, await a_listed(world), case_id=await _case(world))
    await _deliver(world, request)
    return request


async def _deliver(world: World, request: dict[str, Any]) -> None:
    await consent_to_answer(world, request, "SHARE")
    await act(world, ASKED, request, "acceptance", {"note": "同意共享"})
    order = {"text": "经主管部门平台接口提供", "is_whole": True, "manner": "API"}
    assert (await act(world, ASKED, request, "deliverables", order)).status_code == 201
