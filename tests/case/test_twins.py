"""One parked car that two captures show: its act is not its own earlier offence, and ends in one of the two cases."""

from __future__ import annotations

import pytest

from common.values.law import APL_29, APL_33
from mz.demo.story import capture_is_pushed, capture_is_reviewed
from tests.case.story import OPENED, Story
from tests.case.test_ending import approve, confirm, educate, propose
from tests.given import IN_SERVICE, a_scene
from tests.world import World


@pytest.mark.law(APL_29, APL_33)
@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_an_act_that_was_waived_is_no_earlier_offence_of_itself_and_is_not_punished_in_its_twin(
    world: World,
) -> None:
    watching = world.ready[IN_SERVICE]
    first, second = await Story(world).opened(), Story(world)
    second.evidence_id = await capture_is_pushed(a_scene(world), watching)
    await capture_is_reviewed(a_scene(world), second.evidence_id)
    await world.settle()
    page = (await world.person("CASE_OFFICER").get("/v1/cases?limit=200")).json()
    second.case_id = page["items"][-1]["id"]
    await first.walk("prompt")
    await second.walk("prompt")
    world.clock.advance(minutes=10)
    for story in (first, second):
        await confirm(story)
    await propose(first, "MINOR_CORRECTED")
    await educate(first)
    ended = await approve(first)

    checked = await second.act("CASE_OFFICER", "first-offence-checks", {"harm": "SLIGHT"})
    await second.act("CASE_OFFICER", "waiver-choice", {"choice": "PROCEED", "reason": "影响通行。"})
    await second.walk("review")
    decided = await second.decide()

    assert first.case_id != second.case_id
    assert ended.json()["state"] == "NOT_FILED"
    assert (checked.json()["first_offence"]["hits"], checked.json()["first_offence"]["is_first"]) == (0, True)
    assert decided.status_code == 409
    assert [(each["code"], each["law"]) for each in decided.json()["violations"]] == [
        ("CASE_DUPLICATE_PENALTY", "APL 29")
    ]
