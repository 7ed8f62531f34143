"""What a party asks about its own data: access, copy, correction, erasure; the decision, its days and its reasons."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from case.jobs.missed import note_missed_deadlines
from common.values.law import PIPL_45, PIPL_46, PIPL_47, PIPL_50
from tests.case.story import Story
from tests.given import ARCHIVED
from tests.world import World

pytestmark = [pytest.mark.begins("serve decision"), pytest.mark.slow]


class Desk:
    """The requests of one case."""

    def __init__(self, world: World, story: Story) -> None:
        self.world, self.path = world, f"{story.path}/data-requests"

    async def ask(self, right: str) -> httpx.Response:
        return await self.world.person("PARTY").post(
            self.path, json={"right": right, "words": "请提供我的信息"}
        )

    async def decide(self, number: int, role: str = "TEAM_LEAD", **order: Any) -> httpx.Response:
        body = {"granted": True, "reasons": "依法办理"} | order
        return await self.world.person(role).post(f"{self.path}/{number}/decision", json=body)


async def a_desk(world: World) -> Desk:
    return Desk(world, await (await Story(world).opened()).walk("serve decision"))


@pytest.mark.law(PIPL_45, PIPL_50)
async def test_a_party_gets_a_copy_of_its_data_once_an_officer_has_granted_it(world: World) -> None:
    desk = await a_desk(world)
    party, lead = world.person("PARTY"), world.person("TEAM_LEAD")

    asked = await desk.ask("COPY")
    twice = await desk.ask("COPY")
    early = await party.get(f"{desk.path}/1/copy")
    (due,) = (await lead.get("/v1/work-items?role=TEAM_LEAD")).json()["items"]
    refused = [await desk.decide(1, role) for role in ("CASE_OFFICER", "PARTY")]
    both = await asyncio.gather(*(desk.decide(1) for _ in range(2)))
    listed = (await party.get(desk.path)).json()["items"]
    copy = await party.get(listed[0]["copy_href"])
    after = (await lead.get("/v1/work-items?role=TEAM_LEAD")).json()["items"]
    await world.settle()

    assert (asked.status_code, asked.json()["granted"]) == (201, None)
    assert (twice.status_code, twice.json()["code"]) == (409, "CASE_DATA_REQUEST_OPEN")
    assert early.status_code == 404
    assert (due["rule"], due["law"]) == ("data_request_1", "set_by: profile")
    assert [each.status_code for each in refused] == [403, 403]
    assert sorted(each.status_code for each in both) == [201, 409]
    assert (listed[0]["granted"], listed[0]["law"], listed[0]["reasons"]) == (True, "PIPL 45", "依法办理")
    assert copy.headers["cache-control"] == "no-store"
    shown = copy.json()
    assert (shown["name"], shown["identity_number"]) == ("张示民", "310101199001010018")
    assert (shown["plates"], len(shown["statements"])) == (["沪A示001"], 1)
    assert after == []
    types = await world.record_types("case", f"case/{asked.json()['case_id']}")
    assert types.count("case.data_request.decided") == 1
    assert types.count("case.data_request.copied") == 1
    assert (await world.person("TEAM_LEAD", 1).get(desk.path)).status_code == 404


@pytest.mark.law(PIPL_46, PIPL_50)
async def test_a_correction_is_written_and_a_refusal_names_a_ground_that_fits(world: World) -> None:
    desk = await a_desk(world)
    for right in ("CORRECTION", "ACCESS"):
        assert (await desk.ask(right)).status_code == 201

    empty = await desk.decide(1)
    unfit = await desk.decide(1, granted=False, ground="KEPT_BY_LAW")
    bare = await desk.decide(2, granted=False)
    corrected = await desk.decide(1, corrected={"address": "示范市徐汇区示范路2号"})
    refused = await desk.decide(2, granted=False, ground="IMPEDES_DUTY")
    assert (await desk.ask("COPY")).status_code == 201
    assert (await desk.decide(3)).status_code == 201
    copy = (await world.person("PARTY").get(f"{desk.path}/3/copy")).json()

    assert (empty.status_code, empty.json()["code"]) == (422, "CASE_DATA_CORRECTION_EMPTY")
    assert (unfit.status_code, unfit.json()["code"]) == (409, "CASE_DATA_GROUND_UNFIT")
    assert (bare.status_code, bare.json()["code"]) == (422, "CASE_DATA_GROUND_MISSING")
    assert corrected.status_code == 201, corrected.text
    assert copy["address"] == "示范市徐汇区示范路2号"
    assert (refused.json()["law"], refused.json()["ground"]) == ("PIPL 35", "IMPEDES_DUTY")
    assert (await world.person("PARTY").get(f"{desk.path}/2/copy")).status_code == 404


@pytest.mark.law(PIPL_47)
async def test_evidence_of_a_case_is_not_erased_while_the_law_keeps_it(world: World) -> None:
    desk = await a_desk(world)
    assert (await desk.ask("ERASURE")).status_code == 201

    pending = await desk.decide(1)
    refused = await desk.decide(1, granted=False, ground="KEPT_BY_LAW")

    assert (pending.status_code, pending.json()["code"]) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (refused.status_code, refused.json()["law"]) == (201, "PIPL 47")


@pytest.mark.begins(ARCHIVED)
@pytest.mark.law(PIPL_50)
async def test_a_request_about_an_archived_case_is_due_to_somebody_and_its_silence_is_reported(
    world: World,
) -> None:
    case_id, lead = str(world.ready[ARCHIVED]), world.person("TEAM_LEAD")
    path = f"/v1/cases/{case_id}/data-requests"
    asked = await world.person("PARTY").post(path, json={"right": "COPY", "words": "请提供我的信息"})

    (due,) = (await lead.get("/v1/work-items?role=TEAM_LEAD")).json()["items"]
    world.clock.advance(days=60)
    await note_missed_deadlines(world.runtimes["case"])
    types = await world.record_types("case", f"case/{case_id}")
    answer = await lead.post(f"{path}/1/decision", json={"granted": True, "reasons": "依法办理"})

    assert asked.status_code == 201, asked.text
    assert (due["case_id"], due["rule"], due["state"]) == (case_id, "data_request_1", "ARCHIVED")
    assert types.count("case.deadline.missed") == 1
    assert answer.status_code == 201, answer.text
    assert (await lead.get("/v1/work-items")).json()["items"] == []
