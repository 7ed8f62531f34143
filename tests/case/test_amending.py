"""A decision that its own agency takes back, makes lighter or corrects, over HTTP (C-35; APL 75(2))."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.values.law import APL_45_2, APL_58, APL_75_2
from mz.demo import orders
from mz.demo.fakebank import REFUND_PATH, refund_notice
from tests.case.story import Story
from tests.case.test_ending import failed, printed
from tests.world import World

WRONG = {"kind": "REVOKE", "cause": "COMPLAINT", "reason": "当事人提供的证据证明车辆当时不在现场"}
PASS = {"conclusion": "PASS", "opinion": "原决定事实不清,同意撤销。"}


async def propose(story: Story, **changes: Any) -> httpx.Response:
    return await story.act("CASE_OFFICER", "amendment-proposal", WRONG | changes)


async def review(story: Story, **changes: Any) -> httpx.Response:
    return await story.act("CASE_LEGAL_REVIEWER", "amendment-review", PASS | changes)


async def revoke(story: Story) -> httpx.Response:
    return await story.act("AGENCY_HEAD", "revocation", {})


async def serve(story: Story, what: str = "revocation") -> httpx.Response:
    answer = await story.act("SERVICE_OFFICER", f"{what}/service", orders.ELECTRONIC)
    await story.world.settle()
    return answer


async def refund(story: Story) -> None:
    """The one refund of the case goes back: asked for, approved, and noticed by the bank."""
    await story.act("CASE_OFFICER", "refunds", {"number": 1})
    await story.act("FINANCE_CLERK", "refunds/1/approval", {})
    story.world.clock.advance(hours=1)
    (task,) = (await story.view())["refunds"]
    body = refund_notice(
        reference=task["reference"],
        amount_fen=task["fine_fen"] + task["surcharge_fen"],
        refunded_at=story.world.clock() - timedelta(minutes=5),
        serial="B1",
    )
    answer = await story.world.installation.d.bank().tell(story.world.http, body, REFUND_PATH)
    assert answer.status_code == 201, answer.text


@pytest.mark.slow
@pytest.mark.law(APL_75_2, APL_58)
@pytest.mark.begins("serve decision")
async def test_an_archived_decision_is_revoked_by_four_people_and_the_money_is_due_back(world: World) -> None:
    story = await (await Story(world).opened()).walk("archive")
    fine = (await story.view())["payment"]["paid_fen"]

    early = await revoke(story)
    assert (await propose(story)).status_code == 201
    unreviewed = await revoke(story)
    own = await story.act("AGENCY_HEAD", "amendment-review", PASS)
    returned = await review(story, conclusion="RETURN")
    after_return = await revoke(story)
    await propose(story)
    passed = await review(story)
    again = await review(story)
    stranger = await story.act("AGENCY_HEAD", "revocation", {}, agency=1)
    lead = await story.act("TEAM_LEAD", "revocation", {})
    racing = await asyncio.gather(*(revoke(story) for _ in range(8)))
    too_early = await story.propose_closure()
    served = await serve(story)

    assert failed(early) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    for refused in (unreviewed, after_return):
        assert failed(refused) == (409, "CASE_LEGAL_REVIEW_REQUIRED")
        assert refused.json()["article"] == "APL 58"
    assert (own.status_code, returned.status_code, passed.status_code) == (403, 201, 201)
    assert failed(again) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (stranger.status_code, lead.status_code) == (404, 403)
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert failed(too_early) == (409, "CASE_REFUND_OPEN")
    assert served.status_code == 201, served.text
    case = await story.view()
    assert (case["state"], case["amendments"][-1]["refund_fen"]) == ("REVOKED_BY_SELF", fine)
    assert case["amendments"][-1]["served_at"] is not None
    text = await printed(story, "D-36", "PARTY")
    for said in ("撤销", WRONG["reason"], "第七十五条第二款", "行政复议", f"{fine // 100}.{fine % 100:02}元"):
        assert said in text, said
    assert any(message["document_kind"] == "D-36" for message in await story.inbox())
    assert failed(await propose(story)) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    unrefunded = await story.propose_closure()
    await refund(story)
    for act in (story.propose_closure, story.close, story.archive):
        answer = await act()
        assert answer.status_code == 201, answer.text
    assert failed(unrefunded) == (409, "CASE_REFUND_OPEN")
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_75_2, APL_45_2)
@pytest.mark.begins("serve decision")
async def test_a_change_is_lighter_and_paid_under_a_new_reference(world: World) -> None:
    story = await Story(world).opened()
    before = (await story.view())["payment"]
    kind = {"kind": "CHANGE", "penalty": {"kind": "FINE", "fine_fen": before["fine_fen"]}}
    heavier = await propose(story, **kind)
    neither = await propose(story, penalty=kind["penalty"])
    lighter = kind | {"penalty": {"kind": "FINE", "fine_fen": before["fine_fen"] - 1000}}
    proposed = await propose(story, **lighter)
    assert proposed.status_code == 201, proposed.text
    await review(story)

    changed = await revoke(story)
    await serve(story)

    assert failed(heavier) == (409, "CASE_AGGRAVATION_FORBIDDEN")
    assert failed(neither) == (422, "CASE_REVOCATION_WITH_PENALTY")
    assert changed.status_code == 201, changed.text
    assert changed.json()["state"] == "CHANGED_BY_SELF"
    case = await story.view()
    assert (case["state"], case["payment"]["fine_fen"]) == ("PERFORMING", before["fine_fen"] - 1000)
    assert case["payment"]["reference"] != before["reference"]
    assert case["payment"]["reference"] in await printed(story, "D-36", "PARTY")
    assert (await story.pay()).status_code == 201
    assert (await story.view())["state"] == "PERFORMED"
    assert (await world.fsck()).clean


@pytest.mark.law(APL_75_2)
@pytest.mark.begins("serve decision")
async def test_a_typing_error_is_corrected_and_nothing_else(world: World) -> None:
    story = await Story(world).opened()
    before = await story.view()
    word = {"place": "PLACE_NAME", "wrong": "交差口", "right": "交叉口"}
    order = {"words": [word], "reason": "原文误写"}

    amount = order | {"words": [word | {"wrong": "罚款40元", "right": "罚款20元"}]}
    substantial = await story.act("AGENCY_HEAD", "correction", amount)
    basis = await story.act("AGENCY_HEAD", "correction", order | {"words": [word | {"place": "BASIS"}]})
    corrected = await story.act("AGENCY_HEAD", "correction", order)
    await serve(story, "correction")

    assert failed(substantial) == (422, "CASE_CORRECTION_SUBSTANTIAL")
    assert basis.status_code == 422
    assert corrected.status_code == 201, corrected.text
    case = await story.view()
    assert (case["state"], case["decision"], case["payment"]) == tuple(
        before[name] for name in ("state", "decision", "payment")
    )
    assert case["amendments"][-1]["served_at"] is not None
    text = await printed(story, "D-36a", "PARTY")
    assert "交差口" in text
    assert "不变" in text
