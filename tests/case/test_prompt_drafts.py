"""The draft of the prompt waits for an officer once the party is known, and is reported when it waits too long."""

from __future__ import annotations

import asyncio

import pytest

from case.jobs.watching import note_overdue
from common.values.law import NJ_15
from mz.demo import orders
from tests.case.story import OPENED, Story
from tests.world import World

pytestmark = pytest.mark.begins(OPENED)

REACHED = {"phone": "13800001234", "email": "zhang@mail.example"}


@pytest.mark.law(NJ_15)
async def test_NJ_15_1_a_draft_waits_once_the_party_is_known_and_is_reported_when_nobody_sends_it(
    world: World,
) -> None:
    story = await Story(world).opened()
    officer, path = world.person("CASE_OFFICER"), f"{story.path}/prompt-draft"
    too_early = await officer.get(path)
    party = orders.party(world.person("PARTY").id) | REACHED

    identified = await story.act("CASE_OFFICER", "party", party)
    draft = (await officer.get(path)).json()
    seen = [await world.person(role).get(path) for role in ("TEAM_LEAD", "PARTY", "FINANCE_CLERK")]

    assert (too_early.status_code, too_early.json()["code"]) == (409, "CASE_PARTY_NOT_IDENTIFIED")
    assert identified.json()["party"]["phone"] == "138******34"
    assert identified.json()["party"]["email"] == "z***@mail.example"
    # In the same commit, so well within a minute.
    assert (draft["document_kind"], draft["party"], draft["missed"]) == ("D-02", "张**", [])
    assert (draft["act"], draft["correction"][:3]) == ("机动车违法停放人行道", "请立即")
    assert [answer.status_code for answer in seen] == [200, 403, 403]
    assert await _overdue(story) == []

    world.clock.working_days(2)
    await asyncio.gather(*(note_overdue(world.runtimes["case"]) for _ in range(8)))
    await world.settle()

    assert await _overdue(story) == [["SLA"]]
    assert (await world.record_types("case")).count("case.prompt.overdue") == 1
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]
    assert [(item["type"], item["agency_id"]) for item in items] == [("OV-6", officer.agency_id)]

    world.clock.working_days(5)
    await world.settle()
    assert await _overdue(story) == [["SLA", "LIMIT"]]

    sent = await story.act("CASE_OFFICER", "prompt", {})
    gone = await officer.get(path)

    assert (sent.status_code, gone.json()["code"]) == (201, "CASE_TRANSITION_NOT_ALLOWED")
    assert await _overdue(story) == []


async def _overdue(story: Story) -> list[list[str]]:
    officer = story.world.person("CASE_OFFICER")
    items = (await officer.get("/v1/prompt-drafts", params={"overdue": True})).json()["items"]
    return [item["missed"] for item in items if item["case_id"] == story.case_id]
