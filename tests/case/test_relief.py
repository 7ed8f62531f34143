"""Paying later or by instalments in real difficulty: asked, granted or refused, and what is late by it (APL 66(2))."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from common.values.calendar import legal_day
from common.values.law import APL_66_2
from mz.demo import orders
from tests.case.story import Story
from tests.case.test_ending import failed
from tests.world import World

pytestmark = [pytest.mark.begins("serve decision"), pytest.mark.slow]

GROUNDS = "本人失业，家中有人住院，暂无力一次缴清。"


def parts(world: World, *amounts: tuple[int, int]) -> list[dict[str, Any]]:
    """Parts of a plan, each so many days from now."""
    today = legal_day(world.clock())
    return [{"due_on": f"{today + timedelta(days=days)}", "amount_fen": amount} for days, amount in amounts]


async def content_of(story: Story, kind: str) -> dict[str, Any]:
    party = story.world.person("PARTY")
    listed = (await party.get(f"{story.path}/documents")).json()["items"]
    href = [document["href"] for document in listed if document["kind"] == kind][-1]
    pdf = PdfReader(io.BytesIO((await party.get(href)).content))
    content: dict[str, Any] = json.loads(pdf.attachments["document.json"][0])
    return content


@pytest.mark.law(APL_66_2)
async def test_a_fine_is_paid_by_instalments_each_under_its_own_reference(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    old = (await story.view())["payment"]["reference"]
    plan = parts(world, (30, 4_000), (60, 3_000), (90, 3_000))
    order = {"grounds": GROUNDS, "parts": plan}

    wrong = [
        await story.act("PARTY", "instalments", {"grounds": GROUNDS, "parts": each})
        for each in (
            parts(world, (30, 4_000), (60, 5_999)),
            parts(world, (30, 4_000), (30, 6_000)),
            parts(world, (0, 10_000)),
            parts(world, *((30 + n, 769) for n in range(12)), (50, 772)),
        )
    ]
    asked = await asyncio.gather(*(story.act("PARTY", "instalments", order) for _ in range(4)))
    deadlines = {each["rule"]: each for each in (await story.view())["deadlines"]}
    decision = {"granted": True, "reason": "确有经济困难"}
    officer = await story.act("CASE_OFFICER", "instalments/1/decision", decision)
    foreign = await story.act("AGENCY_HEAD", "instalments/1/decision", decision, agency=1)
    racing = [story.act("AGENCY_HEAD", "instalments/1/decision", decision) for _ in range(4)]
    granted = await asyncio.gather(*racing)
    (relief,) = (await story.view())["reliefs"]
    first, second, third = (part["reference"] for part in relief["parts"])

    assert [(r.status_code, r.json()["code"]) for r in wrong] == [(422, "CASE_PLAN_WRONG")] * 4
    assert sorted(r.status_code for r in asked) == [201, 409, 409, 409]
    assert (deadlines["answer_relief"]["n"], deadlines["answer_relief"]["law"]) == (5, "set_by: profile")
    assert (officer.status_code, foreign.status_code) == (403, 404)
    assert sorted(r.status_code for r in granted) == [201, 409, 409, 409]
    assert len({old, first, second, third}) == 4
    sheet = await content_of(story, "D-24")
    assert [part["reference"] for part in sheet["plan"]] == [first, second, third]
    assert (sheet["granted"], sheet["grounds"]) == (True, GROUNDS)
    court = next(each for each in (await story.view())["deadlines"] if each["rule"] == "apply_court")
    assert court["law"] == "AEL 53"  # the remedies end later than this plan

    world.clock.advance(days=29)
    await story.pay(reference=first, amount_fen=4_000, serial="S1")
    world.clock.advance(days=33)  # three days after the second part's last
    late = await story.pay(reference=second, amount_fen=3_000, serial="S2")
    world.clock.advance(days=20)
    await story.pay(reference=old, amount_fen=3_000, serial="S3")
    owing = (await story.view())["state"]
    await story.pay(reference=third, amount_fen=270, serial="S4")

    assert late.json()["surcharge_fen"] == 0  # the fine is covered first
    assert owing == "PERFORMING"  # three days of 3 % on the part that was missed
    assert (await story.view())["state"] == "PERFORMED"
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(APL_66_2)
async def test_a_deferral_is_refused_with_its_remedies_or_granted_and_then_nothing_is_late(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(days=20)
    late = parts(world, (40, 10_000))

    counter = await story.act("CASE_OFFICER", "instalments", {"grounds": GROUNDS, "parts": late})
    unanswered = await story.act("SERVICE_OFFICER", "instalments/1/service", orders.ELECTRONIC)
    foreign = await story.act("CASE_OFFICER", "instalments", {"grounds": GROUNDS, "parts": late}, agency=1)
    refused = await story.act(
        "AGENCY_HEAD", "instalments/1/decision", {"granted": False, "reason": "没有提交困难的材料"}
    )
    no_plan = await content_of(story, "D-24")
    served = await asyncio.gather(
        *(story.act("SERVICE_OFFICER", "instalments/1/service", orders.ELECTRONIC) for _ in range(3))
    )
    others = [
        await story.act("AGENCY_HEAD", "instalments/1/service", orders.ELECTRONIC),
        await story.act("SERVICE_OFFICER", "instalments/1/service", orders.ELECTRONIC, agency=1),
    ]
    await world.settle()
    (told,) = (await story.view())["reliefs"]
    again = await story.act("PARTY", "instalments", {"grounds": GROUNDS, "parts": late})
    set_by_head = parts(world, (20, 5_000), (200, 5_000))
    granted = await story.act(
        "AGENCY_HEAD",
        "instalments/2/decision",
        {"granted": True, "reason": "分两期缴纳", "parts": set_by_head},
    )
    closed = await story.act("AGENCY_HEAD", "instalments/1/decision", {"granted": True, "reason": "改"})
    world.clock.advance(days=10)
    paid = await story.pay(amount_fen=10_000)

    assert (counter.status_code, foreign.status_code, refused.status_code) == (201, 404, 201)
    assert failed(unanswered) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert sorted(each.status_code for each in served) == [201, 409, 409]
    assert [each.status_code for each in others] == [403, 404]
    assert (told["service_ordered"], told["served_at"] is not None) == (False, True)
    assert any(message["code"] == "N-09F" for message in await story.inbox())
    assert (no_plan["granted"], no_plan["remedies"]["reconsideration_days"]) == (False, 60)
    assert (again.status_code, granted.status_code) == (201, 201)
    assert (closed.status_code, closed.json()["code"]) == (409, "CASE_RELIEF_NOT_OPEN")
    court = next(each for each in (await story.view())["deadlines"] if each["rule"] == "apply_court")
    assert court["law"] == "APL 72"  # the plan ends after the remedies
    assert paid.status_code == 201
    # Late from the last day to the day of the application alone.
    assert (await story.view())["state"] == "PERFORMING"
