"""What nobody owes goes back: the money is a fact, an officer asks, finance approves, the bank says it is done."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from mz.demo.fakebank import REFUND_PATH, refund_notice
from tests.case.story import Story
from tests.world import World

pytestmark = pytest.mark.begins("serve decision")


async def overpaid(world: World) -> Story:
    """A case whose fine came twice; the second payment arrived after the performance."""
    story = await (await Story(world).opened()).walk("pay")
    again = await story.pay(serial="S2")
    assert again.status_code == 201, again.text
    return story


async def returned(story: Story, *, times: int = 1, **changes: object) -> list[httpx.Response]:
    """The bank's answers to the same notice of the refund, told `times` times."""
    (refund,) = (await story.view())["refunds"]
    notice = {
        "reference": refund["reference"],
        "amount_fen": refund["surplus_fen"],
        "refunded_at": story.world.clock() - timedelta(minutes=5),
        "serial": "B1",
    }
    body = refund_notice(**(notice | changes))  # type: ignore[arg-type]
    bank = story.world.installation.d.bank()
    return [await bank.tell(story.world.http, body, REFUND_PATH) for _ in range(times)]


async def test_a_payment_after_the_performance_goes_back_before_the_case_is_closed(world: World) -> None:
    story = await overpaid(world)
    (task,) = (await story.view())["refunds"]
    deadlines = {each["rule"]: each for each in (await story.view())["deadlines"]}

    bare = await story.propose_closure()
    early = await story.act("FINANCE_CLERK", "refunds/1/approval", {})
    asked = [await story.act("CASE_OFFICER", "refunds", {"number": 1}) for _ in range(2)]
    racing = [story.act("FINANCE_CLERK", "refunds/1/approval", {}) for _ in range(4)]
    approved = await asyncio.gather(*racing)
    world.clock.advance(hours=1)
    told = await returned(story, times=2)
    case = await story.view()
    proposed = await story.propose_closure()

    assert (task["state"], task["law"], task["surplus_fen"]) == ("OPEN", "CC 985", 10_000)
    assert (deadlines["refund_1"]["law"], deadlines["refund_1"]["n"]) == ("set_by: profile", 30)
    assert (bare.status_code, bare.json()["code"]) == (409, "CASE_REFUND_OPEN")
    assert (early.status_code, early.json()["code"]) == (409, "CASE_REFUND_NOT_DUE")
    assert [answer.status_code for answer in asked] == [201, 409]
    assert sorted(answer.status_code for answer in approved) == [201, 409, 409, 409]
    assert [answer.status_code for answer in told] == [201, 201]
    assert told[0].json() == told[1].json()
    assert (case["state"], case["refunds"][0]["state"]) == ("PERFORMED", "REFUNDED")
    assert proposed.status_code == 201
    types = await world.record_types("case")
    assert [types.count(f"case.{name}") for name in ("refund.opened", "refund.asked", "refund.approved")] == [
        1,
        1,
        1,
    ]
    assert types.count("case.refunded") == 1
    await world.settle()
    assert (await world.fsck()).clean


async def test_a_refund_is_asked_and_approved_by_those_whose_act_it_is(world: World) -> None:
    story = await overpaid(world)

    clerk = await story.act("FINANCE_CLERK", "refunds", {"number": 1})
    foreign = await story.act("CASE_OFFICER", "refunds", {"number": 1}, agency=1)
    asked = await story.act("CASE_OFFICER", "refunds", {"number": 1})
    officer = await story.act("CASE_OFFICER", "refunds/1/approval", {})
    stranger = await story.act("FINANCE_CLERK", "refunds/1/approval", {}, agency=1)
    interest = await story.act("FINANCE_CLERK", "refunds/1/approval", {"interest_fen": 1})
    approved = await story.act("FINANCE_CLERK", "refunds/1/approval", {})
    world.clock.advance(hours=1)
    (wrong,) = await returned(story, amount_fen=9_999)
    (unknown,) = await returned(story, reference="0" * 20)
    (entered,) = await returned(story)
    (reused,) = await returned(story, amount_fen=9_999)

    assert (clerk.status_code, foreign.status_code) == (403, 404)
    assert (asked.status_code, approved.status_code) == (201, 201)
    assert (officer.status_code, stranger.status_code) == (403, 404)
    assert (interest.status_code, interest.json()["code"]) == (422, "CASE_REFUND_WITHOUT_INTEREST")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "CASE_REFUND_DIFFERS")
    assert (unknown.status_code, entered.status_code) == (404, 201)
    assert (reused.status_code, reused.json()["code"]) == (409, "CASE_PAYMENT_SERIAL_REUSED")
