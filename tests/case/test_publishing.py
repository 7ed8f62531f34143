"""A decision of social impact is public, masked and without login, and is withdrawn when it falls (APL 48)."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import httpx
import pytest

from common.values.law import APL_48, APL_48_2
from ledger.canonical import canonical
from mz.demo import orders
from tests.case.story import Story
from tests.case.test_amending import propose, review, revoke, serve
from tests.case.test_ending import failed
from tests.world import World


async def judge(story: Story, *criteria: str, role: str = "CASE_OFFICER") -> httpx.Response:
    order = {"criteria": list(criteria), "reason": "新闻媒体已经报道。"}
    return await story.act(role, "social-impact", order)


async def publish(story: Story, role: str = "TEAM_LEAD", agency: int = 0) -> httpx.Response:
    return await story.act(role, "publication", {}, agency=agency)


async def public(world: World) -> list[dict[str, Any]]:
    """The public list as somebody without an account reads it."""
    answer = await world.http.get("/v1/public/decisions")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def overdue_items(story: Story) -> list[str]:
    """The types of the supervisor's items about the case."""
    page = (await story.world.person("SUPERVISOR").get("/v1/oversight-items")).json()
    return [item["type"] for item in page["items"] if item["object"] == f"case/{story.case_id}"]


@pytest.mark.slow
@pytest.mark.law(APL_48, APL_48_2)
@pytest.mark.begins("serve decision")
async def test_NAT_6_1_a_decision_of_social_impact_is_public_masked_and_withdrawn_in_three_working_days(
    world: World,
) -> None:
    story = await Story(world).opened()
    unjudged = await publish(story)
    unknown = await judge(story, "NO_SUCH")
    judged = await judge(story, "PUBLIC_ATTENTION")
    clerk = await publish(story, role="FINANCE_CLERK")
    stranger = await publish(story, agency=1)
    before = await public(world)
    racing = await asyncio.gather(*(publish(story) for _ in range(8)))

    assert failed(unjudged) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert failed(unknown) == (422, "CASE_IMPACT_CRITERION")
    deadlines = {each["rule"]: each for each in judged.json()["deadlines"]}
    decided_on = judged.json()["decision"]["decided_at"][:10]
    assert (deadlines["publish_1"]["law"], deadlines["publish_1"]["n"]) == ("APL 48", 7)
    assert deadlines["publish_1"]["trigger_on"] >= decided_on
    assert (clerk.status_code, stranger.status_code, before) == (403, 404, [])
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    (shown,) = await public(world)
    content = shown["content"]
    party = orders.party(world.person("PARTY").id)
    page = (await world.http.get(f"/v1/public/decisions/{shown['publication_id']}/page")).text
    assert content["party"] in page
    assert content["party"] != party["name"]
    for hidden in (party["name"], party["identity_number"], party["address"]):
        assert hidden not in page + str(shown), hidden
    assert content["fine_fen"] == judged.json()["payment"]["fine_fen"]
    # The ledger holds the digest of exactly what anybody reads.
    assert sha256(canonical(content)).hexdigest() == shown["sha256"]
    (publication,) = (await story.view())["publications"]
    assert publication["sha256"] == shown["sha256"]
    assert failed(await story.act("TEAM_LEAD", "publication/withdrawal", {"reason": "误公开"})) == (
        409,
        "CASE_TRANSITION_NOT_ALLOWED",
    )

    await propose(story)
    await review(story)
    revoked = await revoke(story)
    assert revoked.status_code == 201, revoked.text
    (gone,) = await public(world)
    assert (gone["content"], gone["fallen"], gone["withdrawn_at"]) == (None, "REVOKED", None)
    page = (await world.http.get(f"/v1/public/decisions/{shown['publication_id']}/page")).text
    assert "已被撤销" in page
    assert content["document_number"] not in page
    deadlines = {each["rule"]: each for each in revoked.json()["deadlines"]}
    withdraw = deadlines["withdraw_1"]
    assert (withdraw["law"], withdraw["n"], withdraw["unit"]) == ("APL 48(2)", 3, "WORKING_DAY")
    await serve(story)
    unwithdrawn = await story.propose_closure()
    assert failed(unwithdrawn) == (409, "CASE_PUBLICATION_OPEN")
    assert unwithdrawn.json()["article"] == "APL 48(2)"
    assert await overdue_items(story) == []
    world.clock.advance(days=8)
    await world.settle()
    assert await overdue_items(story) == ["OV-6"]
    reason = "原决定事实不清,已依法撤销。"
    answers = [await story.act("TEAM_LEAD", "publication/withdrawal", {"reason": reason}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    (told,) = await public(world)
    assert (told["content"], told["withdrawn_for"]) == (None, reason)
    assert told["withdrawn_at"] is not None
    assert (await story.propose_closure()).status_code == 201
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_48)
@pytest.mark.begins("serve decision")
async def test_NAT_6_2_a_decision_that_is_not_published_in_time_is_an_item_of_the_supervisor(
    world: World,
) -> None:
    story = await Story(world).opened()
    await judge(story, "PUBLIC_SAFETY")
    world.clock.advance(days=14)
    await world.settle()
    late = await overdue_items(story)
    again = await judge(story)
    (withdrawn,) = again.json()["publications"]
    unpublished = await publish(story)
    own = [await judge(story, "GUIDANCE", role="TEAM_LEAD"), await publish(story)]

    assert late == ["OV-6"]
    assert (again.status_code, withdrawn["has_impact"], withdrawn["due_on"]) == (201, False, None)
    assert failed(unpublished) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    # Who judged the impact does not publish on it.
    assert own[0].status_code == 201
    assert failed(own[1]) == (403, "ROLE_CONFLICT")
    assert await public(world) == []
    assert (await publish(story, role="AGENCY_HEAD")).status_code == 201
    answer = await world.http.get("/v1/public/decisions/pub_" + "0" * 26)
    assert answer.status_code == 404
