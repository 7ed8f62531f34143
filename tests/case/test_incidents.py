"""One act, one fine over HTTP (APL 29): captures join, cases merge, and what is another act stays one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from common.values.law import APL_29, APL_33, APL_36, APL_42
from tests.case.sightings import cases_of, seen_after, seen_again
from tests.case.story import OPENED, Story
from tests.case.test_ending import approve, confirm, educate, failed, printed, proposal, propose
from tests.given import IN_SERVICE
from tests.world import World

MISREAD = "沪A示007"
NOTE = "视频显示车辆于该时刻驶离"


async def end_act(story: Story, **changes: object) -> httpx.Response:
    order = {"ended_at": story.world.clock().isoformat(), "shown_by": "OFFICER", "note": NOTE}
    return await story.act("CASE_OFFICER", "act-end", order | changes)


async def merge(story: Story, into: str, *, role: str = "TEAM_LEAD") -> httpx.Response:
    return await story.act(role, "merger", {"into_case_id": into, "reason": "同一车辆同一地点持续停放"})


async def story_of(world: World, case_id: str) -> Story:
    story = Story(world)
    story.case_id = case_id
    return story


@pytest.mark.law(APL_29)
@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_one_parked_car_seen_three_times_is_fined_once_and_the_decision_names_all_three(
    world: World,
) -> None:
    """Fault C1: captures at 0, 2 and 4 hours brought three fines. What is told later is covered too."""
    watching = world.ready[IN_SERVICE]
    story = await Story(world).opened()
    for _ in range(2):
        await seen_after(world, watching, minutes=120)

    joined = await story.view()
    await story.walk("review")
    seen_at = datetime.fromisoformat(joined["exhibits"][0]["captured_at"])
    late = await seen_again(world, watching, seen_at + timedelta(minutes=5))
    linked = await story_of(world, (await cases_of(world))[1]["id"])
    link = (await linked.view())["act"]["same_as"]
    merged = await merge(linked, story.case_id)
    decided = await story.decide()
    await seen_after(world, watching, minutes=30)
    another = await story_of(world, (await cases_of(world))[2]["id"])

    assert (link, merged.status_code, decided.status_code) == (story.case_id, 201, 201), decided.text
    assert len(joined["exhibits"]) == 3
    assert (await another.view())["act"]["same_as"] is None  # the party was told, and left the car there
    text = await printed(story, "D-20a")
    assert all(each["evidence_id"] in text for each in joined["exhibits"])
    assert "合并作为同一违法行为处理" in text
    assert late in text.partition("不另行处罚")[2]
    assert (await world.fsck()).clean


@pytest.mark.law(APL_29, APL_36)
@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_what_is_seen_after_the_state_ended_is_another_act(world: World) -> None:
    watching = world.ready[IN_SERVICE]
    story = await Story(world).opened()
    future = (world.clock() + timedelta(minutes=1)).isoformat()
    past = (world.clock() - timedelta(days=1)).isoformat()

    impossible = [await end_act(story, ended_at=at) for at in (future, past)]
    ended = await end_act(story)
    await seen_after(world, watching, minutes=20)

    assert [failed(answer) for answer in impossible] == [(422, "CASE_ACT_END_IMPOSSIBLE")] * 2
    assert ended.status_code == 201, ended.text
    lines = await cases_of(world)
    assert len(lines) == 2
    other = await (await story_of(world, lines[1]["id"])).view()
    assert (other["act"]["same_as"], len(other["exhibits"])) == (None, 1)


@pytest.mark.law(APL_29, APL_42)
@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_two_leads_that_the_party_shows_to_be_one_act_are_linked_and_merged_by_a_lead(
    world: World,
) -> None:
    watching = world.ready[IN_SERVICE]
    first = await (await Story(world).opened()).walk("prompt")
    evidence_id = await seen_after(world, watching, plate=MISREAD, minutes=10)
    second = await story_of(world, (await cases_of(world))[1]["id"])
    await second.walk("prompt")

    linked = (await second.view())["act"]["same_as"]
    wrong = [await merge(second, second.case_id), await merge(second, first.case_id, role="CASE_OFFICER")]
    answers = await asyncio.gather(*(merge(second, first.case_id) for _ in range(8)))
    back = await merge(first, second.case_id)
    await world.settle()

    assert linked == first.case_id
    assert failed(wrong[0]) == (409, "CASE_MERGER_NOT_POSSIBLE")
    assert wrong[1].status_code == 403
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert failed(back) == (409, "CASE_MERGER_NOT_POSSIBLE")
    ended, goes_on = await second.view(), await first.view()
    assert (ended["state"], ended["act"]["same_as"]) == ("NOT_FILED", first.case_id)
    assert evidence_id in [each["evidence_id"] for each in goes_on["exhibits"]]
    assert any("同一违法行为" in str(message) for message in await second.inbox())
    assert failed(await second.act("CASE_OFFICER", "non-filing-proposal", proposal("NO_FACT"))) == (
        409,
        "CASE_TRANSITION_NOT_ALLOWED",
    )
    assert (await world.fsck()).clean


@pytest.mark.law(APL_29, APL_33)
@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_an_act_that_was_waived_is_no_earlier_offence_of_itself_and_is_not_punished_in_its_twin(
    world: World,
) -> None:
    """The twin is told late: its capture was taken before the act was put right."""
    first = await (await Story(world).opened()).walk("prompt")
    seen_at = datetime.fromisoformat((await first.view())["exhibits"][0]["captured_at"])
    world.clock.advance(minutes=10)
    await confirm(first)
    await propose(first, "MINOR_CORRECTED")
    await educate(first)
    ended = await approve(first)
    await seen_again(world, world.ready[IN_SERVICE], seen_at + timedelta(minutes=1))
    second = await story_of(world, (await cases_of(world))[1]["id"])
    await second.walk("prompt")
    world.clock.advance(minutes=10)
    await confirm(second)

    checked = await second.act("CASE_OFFICER", "first-offence-checks", {"harm": "SLIGHT"})
    await second.act("CASE_OFFICER", "waiver-choice", {"choice": "PROCEED", "reason": "影响通行。"})
    await second.walk("review")
    decided = await second.decide()

    assert ended.json()["state"] == "NOT_FILED"
    assert (checked.json()["first_offence"]["hits"], checked.json()["first_offence"]["is_first"]) == (0, True)
    assert decided.status_code == 409
    assert [(each["code"], each["law"]) for each in decided.json()["violations"]] == [
        ("CASE_DUPLICATE_PENALTY", "APL 29")
    ]
