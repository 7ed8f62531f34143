"""The order to correct (APL 28(1)): in a document of its own, served and looked after, or beside the penalty."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.values.law import APL_28_1, APL_61
from mz.demo import orders
from tests.case.story import Story
from tests.case.test_ending import confirm, failed, kinds_seen, printed, upload
from tests.world import World

ORDER = {"content": "将车辆移出人行道", "days": 3}


async def order(story: Story, role: str = "TEAM_LEAD", **who: Any) -> httpx.Response:
    return await story.act(role, "correction-order", ORDER, **who)


async def check(story: Story, *, complied: bool, proof: str) -> httpx.Response:
    at = (story.world.clock() - timedelta(seconds=1)).isoformat()
    seen = {"complied": complied, "checked_at": at, "proof_sha256": proof}
    return await story.act("CASE_OFFICER", "correction-order/check", seen)


@pytest.mark.law(APL_28_1, APL_61)
@pytest.mark.begins("prompt")
async def test_an_order_to_correct_is_served_on_its_own_and_an_officer_looks_after_it(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    proof = (await upload(story)).json()["proof_sha256"]
    others = [await order(story, "CASE_OFFICER"), await order(story, agency=1)]
    unserved = await check(story, complied=True, proof=proof)
    racing = await asyncio.gather(*(order(story) for _ in range(4)))
    await story.consent()

    twice = await order(story)
    served = await story.act("SERVICE_OFFICER", "correction-order/service", orders.ELECTRONIC)
    again = await story.act("SERVICE_OFFICER", "correction-order/service", orders.ELECTRONIC)
    await world.settle()
    early = await check(story, complied=False, proof=proof)
    case = await story.view()

    assert [answer.status_code for answer in others] == [403, 404]
    assert failed(unserved) == (409, "CASE_CORRECTION_ORDER_UNSERVED")
    assert sorted(answer.status_code for answer in racing) == [201, 409, 409, 409]
    assert failed(twice) == (409, "CASE_CORRECTION_ORDER_OPEN")
    assert (served.status_code, failed(again)) == (201, (409, "CASE_TRANSITION_NOT_ALLOWED"))
    assert failed(early) == (422, "CASE_CORRECTION_TIME")
    (given,) = case["correction_orders"]
    assert (given["alone"], given["complied"], case["service_ordered"]) == (True, None, None)
    assert [line["due_on"] for line in case["deadlines"] if line["rule"] == "correct"] == [
        given["correct_by"]
    ]
    text = await printed(story, "D-03", "PARTY")
    for told in ("自收到本通知书之日起3日内", ORDER["content"], "逾期不改正的", "行政复议", "行政诉讼"):
        assert str(told) in text
    assert any(message["code"] == "N-09B" for message in await story.inbox())

    world.clock.advance(days=5)
    unproven = await check(story, complied=False, proof="0" * 64)
    looked = await check(story, complied=False, proof=proof)
    assert failed(unproven) == (409, "CASE_PROOF_ABSENT")
    assert looked.json()["correction_orders"][0]["complied"] is False
    await confirm(story)
    assert failed(await order(story)) == (409, "CASE_CORRECTED")
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(APL_28_1)
@pytest.mark.begins("review")
async def test_a_penalty_without_an_order_to_correct_is_refused(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    bare = await story.decide(correction=None)
    decided = await story.decide(correction={"content": "停止占用人行道", "days": 0})
    await story.serve_decision()

    assert [(each["code"], each["law"]) for each in bare.json()["violations"]] == [
        ("CASE_CORRECTION_NOT_ORDERED", "APL 28(1)")
    ]
    assert decided.status_code == 201, decided.text
    assert "收到本决定书后立即改正上述违法行为：停止占用人行道" in await printed(story, "D-20a")
    (given,) = (await story.view())["correction_orders"]
    assert (given["alone"], given["days"]) == (False, 0)
    assert given["served_at"] is not None
    assert "D-03" not in await kinds_seen(story, "PARTY")
    assert (await world.fsck()).clean
