"""The wrong party is released in place, told so, and heard no more; the right one is prompted anew (APL 40)."""

from __future__ import annotations

import asyncio

import pytest

from common.values.ids import PartyId
from common.values.law import APL_40, PIPL_50
from mz.demo import orders
from tests.case.story import OPENED, Story
from tests.case.test_ending import failed, kinds_seen, printed
from tests.world import World

FIRM = {
    "kind": "ORGANISATION",
    "age_group": "NOT_A_PERSON",
    "name": "示范运输有限公司",
    "identity_kind": "统一社会信用代码",
    "identity_number": "91310000MA1FL0000X",
    "representative": "钱示乙",
    "phone": "02112345678",
}
WRONG = {"cause": "VEHICLE_SOLD", "note": "登记记载车辆已于上月过户。"}


async def query_code(story: Story) -> str:
    async with story.world.database("case") as conn:
        return str(await conn.fetchval("SELECT digest FROM query_codes WHERE case_id = $1", story.case_id))


@pytest.mark.law(APL_40)
@pytest.mark.slow
@pytest.mark.begins("review")
async def test_the_wrong_party_is_released_in_place_and_the_right_one_is_prompted_anew(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    before, code = await story.view(), await query_code(story)
    old_prompt = (await kinds_seen(story, "PARTY"))["D-02"]

    rest = {"ground": "APPRAISAL", "reason": "须等待车辆检测结果"}
    proposed = await story.act("CASE_OFFICER", "suspension", rest)
    own = await story.act("CASE_OFFICER", "party-release", WRONG)
    racing = (story.act("TEAM_LEAD", "party-release", WRONG) for _ in range(8))
    answers = await asyncio.gather(*racing)
    await world.settle()

    assert (proposed.status_code, failed(own)) == (201, (403, "ROLE_CONFLICT"))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    case = await story.view()
    assert (case["state"], case["party"], case["filed_at"]) == ("SUSPECTED", None, None)
    assert (case["notices"], case["defences"], case["signed_by"]) == ([], [], [])
    assert case["number"] == before["number"]
    assert [each["evidence_id"] for each in case["exhibits"]] == [
        each["evidence_id"] for each in before["exhibits"]
    ]
    party = world.person("PARTY")
    assert (await party.get(story.path)).status_code == 404
    assert (await party.get(old_prompt)).status_code == 404
    assert any(message["code"] == "N-04" for message in await story.inbox())
    assert failed(await story.decide()) == (409, "CASE_TRANSITION_NOT_ALLOWED")

    right = PartyId.new(world.clock())
    unnamed = await story.act("CASE_OFFICER", "party", orders.party(right) | FIRM | {"representative": None})
    found = await story.act("CASE_OFFICER", "party", orders.party(right) | FIRM)
    assert failed(unnamed) == (422, "CASE_PARTY_NOT_IDENTIFIED")
    assert found.status_code == 201, found.text
    prompted = await story.prompt()

    assert prompted.status_code == 201, prompted.text
    assert await query_code(story) != code
    text = await printed(story, "D-02")
    assert "示范运输有限公司" in text
    seen = await story.view()
    assert (seen["party"]["party_id"], seen["state"]) == (right, "PROMPTED")
    async with world.database("case") as conn:
        kept = await conn.fetchval("SELECT count(*) FROM parties WHERE case_id = $1", story.case_id)
        rests = await conn.fetchval(
            "SELECT count(*) FROM suspensions WHERE case_id = $1 AND released_at IS NULL", story.case_id
        )
    assert rests == 0  # nobody approves a rest that was proposed for the wrong party
    assert kept == 1  # the wrong party's name, number and address are written over
    assert (await world.fsck()).clean


@pytest.mark.law(APL_40, PIPL_50)
@pytest.mark.begins(OPENED)
async def test_what_the_wrong_party_asked_about_its_data_is_not_done_on_the_data_of_the_right_one(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("identify")
    lead, path = world.person("TEAM_LEAD"), f"{story.path}/data-requests"
    correction = {"right": "CORRECTION", "words": "电话有误"}
    asked = await story.act("PARTY", "data-requests", correction)
    released = await story.act("TEAM_LEAD", "party-release", WRONG)
    right = PartyId.new(world.clock())
    found = await story.act("CASE_OFFICER", "party", orders.party(right) | FIRM)

    granted = {"granted": True, "reasons": "依法办理", "corrected": {"phone": "13900000000"}}
    late = await story.act("TEAM_LEAD", "data-requests/1/decision", granted)
    listed, due = await lead.get(path), await lead.get("/v1/work-items?role=TEAM_LEAD")
    # The same person once more, as whoever comes next in the case: nothing open of before holds its right up.
    await story.act("TEAM_LEAD", "party-release", WRONG)
    await story.identify()
    again = await story.act("PARTY", "data-requests", correction)

    assert [each.status_code for each in (asked, released, found)] == [201] * 3, found.text
    assert (late.status_code, listed.json()["items"]) == (404, [])
    assert "data_request_1" not in {item["rule"] for item in due.json()["items"]}
    assert (again.status_code, again.json()["number"]) == (201, 2), again.text
    assert (await world.fsck()).clean
