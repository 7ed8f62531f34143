"""A dispute about shared data climbs until somebody decides it (GDS 28(2)): over HTTP, with the ledger."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import httpx
import pytest

from common.values.ids import AgencyId
from common.values.law import GDS_28_2
from data_exchange.contract.disputes import OutcomeCode
from data_exchange.domain.disputes import Level, Outcome, ladder_of
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer
from tests.data_exchange.given_data import AUTHORITY
from tests.world import World

POLICE = 3
DECISION = {"outcome": "SHARE_IN_PART", "reasons": "可以共享道路与日期"}


async def a_dispute(world: World) -> dict[str, Any]:
    """A refused request that its sender disputes."""
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "refusal", {"code": "R4", "reason": "范围过宽"})
    order = {"exchange_id": exchange["exchange_id"], "claim": "范围与案件相称"}
    answer = await officer(world, ASKING).post("/v1/disputes", json=order)
    assert answer.status_code == 201, answer.text
    dispute: dict[str, Any] = answer.json()
    return dispute


async def acts(world: World, agency: int, dispute: dict[str, Any], what: str, **order: str) -> httpx.Response:
    path = f"/v1/disputes/{dispute['dispute_id']}/{what}"
    return await officer(world, agency).post(path, json=order)


async def decides(world: World, dispute: dict[str, Any], agency: int | None) -> httpx.Response:
    """The head of `agency` decides; None is the city government's own officer."""
    person = world.person("SUPERVISOR") if agency is None else world.person("AGENCY_HEAD", agency)
    return await person.post(f"/v1/disputes/{dispute['dispute_id']}/decision", json=DECISION)


async def view_of(world: World, dispute: dict[str, Any]) -> dict[str, Any]:
    answer = await officer(world, ASKING).get(f"/v1/disputes/{dispute['dispute_id']}")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


@pytest.mark.slow
@pytest.mark.law(GDS_28_2)
async def test_GDS_8_a_dispute_climbs_three_levels_with_timers_and_the_decision_binds(world: World) -> None:
    """Negotiation, data authority, government: each with its own period; only the organ of the level decides."""
    dispute = await a_dispute(world)
    government = world.demo.agencies[-1]["id"]
    authority = world.demo.agencies[AUTHORITY]["id"]
    assert [(rung["level"], rung["organ_id"]) for rung in dispute["ladder"]] == [
        ("NEGOTIATION", None),
        ("DATA_AUTHORITY", authority),
        ("GOVERNMENT", government),
    ]
    assert [(c["rule"], c["law"], c["n"]) for c in dispute["clocks"]] == [("negotiation", "GDS 28(2)", 10)]
    too_early = [await decides(world, dispute, agency) for agency in (ASKED, AUTHORITY, None)]
    assert [answer.status_code for answer in too_early] == [403, 404, 403]
    assert too_early[2].json()["code"] == "DX_DISPUTE_OTHER_ORGAN"

    world.clock.working_days(10)
    await world.settle()
    assert (await view_of(world, dispute))["level"] == "NEGOTIATION"
    world.clock.working_days(1)
    await world.settle()
    second = await view_of(world, dispute)
    assert (second["level"], second["clocks"][0]["missed"]) == ("DATA_AUTHORITY", True)
    assert [(c["rule"], c["n"]) for c in second["clocks"]][1:] == [("data_authority", 15)]
    by_the_authority = await world.person("AGENCY_HEAD", AUTHORITY).get(
        f"/v1/disputes/{dispute['dispute_id']}"
    )
    assert by_the_authority.status_code == 200

    failed = await acts(world, ASKED, dispute, "failure", reason="协调未能达成一致")
    assert (failed.status_code, failed.json()["level"]) == (201, "GOVERNMENT")
    assert [(c["rule"], c["n"]) for c in failed.json()["clocks"]][2:] == [("government", 20)]
    no_more = await decides(world, dispute, AUTHORITY)
    nothing_above = await acts(world, ASKING, dispute, "failure", reason="仍不同意")
    assert (no_more.status_code, no_more.json()["code"]) == (403, "DX_DISPUTE_OTHER_ORGAN")
    assert (nothing_above.status_code, nothing_above.json()["code"]) == (409, "DX_DISPUTE_NO_HIGHER")
    assert nothing_above.json()["article"].startswith("GDS 28(2)")
    world.clock.working_days(21)
    await world.settle()

    decided = await decides(world, dispute, None)
    assert (decided.status_code, decided.json()["state"]) == (201, "DECIDED")
    assert decided.json()["outcome"] == "SHARE_IN_PART"
    after = [
        await acts(world, ASKING, dispute, "settlement", text="改为全部"),
        await acts(world, ASKED, dispute, "failure", reason="不服"),
        await decides(world, dispute, None),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in after} == {(409, "DX_DISPUTE_OVER")}
    assert await world.record_types("data-exchange", f"dispute/{dispute['dispute_id']}") == [
        "dispute.raised",
        "dispute.moved_up",
        "dispute.moved_up",
        "dispute.overdue",
        "dispute.decided",
    ]
    papers = (await view_of(world, dispute))["papers"]
    assert [paper["kind"] for paper in papers] == ["CLAIM", "FAILURE", "DECISION"]
    assert (await world.fsck()).clean


async def test_both_sides_settle_a_dispute_before_somebody_decides_it(world: World) -> None:
    dispute = await a_dispute(world)

    nothing = await acts(world, ASKED, dispute, "settlement-consent")
    proposed = await acts(world, ASKED, dispute, "settlement", text="提供道路与日期两项")
    own = await acts(world, ASKED, dispute, "settlement-consent")
    settled = await acts(world, ASKING, dispute, "settlement-consent")

    assert (nothing.status_code, nothing.json()["code"]) == (409, "DX_NO_SETTLEMENT")
    assert proposed.json()["proposed_by"] == world.agencies[ASKED]
    assert (own.status_code, own.json()["code"]) == (409, "DX_NO_SETTLEMENT")
    assert (settled.status_code, settled.json()["state"]) == (201, "SETTLED")


async def test_a_third_agency_finds_no_dispute_and_a_second_one_waits(world: World) -> None:
    dispute = await a_dispute(world)
    order = {"exchange_id": dispute["exchange_id"], "claim": "再次"}

    unseen = [
        await officer(world, n).get(f"/v1/disputes/{dispute['dispute_id']}") for n in (AUTHORITY, POLICE)
    ]
    again = await officer(world, ASKED).post("/v1/disputes", json=order)
    stranger = await officer(world, POLICE).post("/v1/disputes", json=order)
    page = (await officer(world, ASKED).get("/v1/disputes?state=OPEN")).json()

    assert [answer.status_code for answer in unseen] == [404, 404]
    assert (again.status_code, again.json()["code"]) == (409, "DX_DISPUTE_STANDS")
    assert stranger.status_code == 404
    assert [item["dispute_id"] for item in page["items"]] == [dispute["dispute_id"]]


async def test_eight_declarations_at_once_move_a_dispute_up_one_level_each(world: World) -> None:
    dispute = await a_dispute(world)

    answers = await asyncio.gather(
        *(acts(world, ASKING, dispute, "failure", reason="协商不成") for _ in range(8))
    )

    # Two levels are above the negotiation: two declarations move it up, the others find nothing above.
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 6
    assert {answer.json().get("code") for answer in answers} == {None, "DX_DISPUTE_NO_HIGHER"}


def test_the_ladder_names_each_organ_once_and_no_side() -> None:
    city, district, street, other, data = (AgencyId(f"agy_{n:026}") for n in range(5))
    parents = {city: None, district: city, street: district, other: district, data: city}

    same_superior = ladder_of((street, other), authority_id=data, parents=parents)
    with_the_authority = ladder_of((street, data), authority_id=data, parents=parents)

    assert [(rung.level, rung.organ_id) for rung in same_superior] == [
        (Level.NEGOTIATION, None),
        (Level.DATA_AUTHORITY, data),
        (Level.COMMON_SUPERIOR, district),
        (Level.GOVERNMENT, city),
    ]
    assert [rung.level for rung in with_the_authority] == [Level.NEGOTIATION, Level.GOVERNMENT]


def test_the_wire_knows_every_outcome() -> None:
    assert set(get_args(OutcomeCode)) == set(Outcome)
