"""A fine that nobody pays: demanded, brought to the court, enforced or ended (C-29 to C-32; AEL 35–58)."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from common.files.digests import digest_field
from common.values.calendar import legal_day
from mz.demo import orders
from tests.case.story import Story
from tests.world import World

pytestmark = [pytest.mark.begins("serve decision"), pytest.mark.slow]

PAPER = b"%PDF-1.7 the court's paper"
END = {"ground": "DEATH", "reason": "当事人死亡，经查无遗产", "signed_as": "郑示甲"}


async def unpaid(world: World) -> Story:
    """A case whose fine nobody paid, on a day when every remedy is over."""
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(days=200)
    return story


async def demanded(world: World) -> Story:
    """… and whose demand was served."""
    story = await unpaid(world)
    await issued(story)
    answer = await story.act("SERVICE_OFFICER", "demand/service", orders.ELECTRONIC)
    assert answer.status_code == 201, answer.text
    await world.settle()
    return story


async def issued(story: Story) -> None:
    answer = await story.act("CASE_OFFICER", "demand", {})
    assert answer.status_code == 201, answer.text


async def ask_court(story: Story, **changes: Any) -> httpx.Response:
    return await story.act("AGENCY_HEAD", "enforcement-application", {"signed_as": "王示乙"}, **changes)


async def ruling(story: Story, what: str, **changes: Any) -> httpx.Response:
    headers = {"content-digest": digest_field(PAPER), "content-type": "application/octet-stream"}
    await story.world.person("CASE_OFFICER").post(f"{story.path}/proofs", content=PAPER, headers=headers)
    order = {
        "ruling": what,
        "ruled_on": f"{legal_day(story.world.clock())}",
        "number": "（2025）示0101行审1号",
        "paper_sha256": hashlib.sha256(PAPER).hexdigest(),
    }
    return await story.act("CASE_OFFICER", "enforcement-ruling", order | changes)


async def content_of(story: Story, kind: str) -> dict[str, Any]:
    listed = (await story.world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    (href,) = [document["href"] for document in listed if document["kind"] == kind]
    pdf = PdfReader(io.BytesIO((await story.world.person("CASE_OFFICER").get(href)).content))
    content: dict[str, Any] = json.loads(pdf.attachments["document.json"][0])
    return content


async def test_a_fine_is_demanded_brought_to_the_court_and_enforced_by_its_payment(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(days=20)
    early = await story.act("CASE_OFFICER", "demand", {})
    world.clock.advance(days=180)
    racing = await asyncio.gather(*(story.act("CASE_OFFICER", "demand", {}) for _ in range(4)))
    unserved = await ask_court(story)
    await story.act("SERVICE_OFFICER", "demand/service", orders.ELECTRONIC)
    await world.settle()
    served = (await story.view())["execution"]["demand"]
    soon = await ask_court(story)
    world.clock.advance(days=30)
    others = [
        await ask_court(story, agency=1),
        await story.act("CASE_OFFICER", "enforcement-application", {"signed_as": "甲"}),
    ]
    applied = await asyncio.gather(*(ask_court(story) for _ in range(4)))
    taken = [await ruling(story, "GRANTED"), await ruling(story, "ACCEPTED"), await ruling(story, "GRANTED")]
    view = (await story.view())["payment"]
    paid = await story.pay(amount_fen=2 * view["fine_fen"])
    case = await story.view()

    assert (early.status_code, early.json()["code"], early.json()["article"]) == (
        409,
        "CASE_REMEDY_OPEN",
        "AEL 53",
    )
    assert sorted(answer.status_code for answer in racing) == [201, 409, 409, 409]
    assert [(a.status_code, a.json()["code"]) for a in (unserved, soon)] == [
        (409, "CASE_ENFORCEMENT_TOO_EARLY")
    ] * 2
    assert served["served_at"] is not None
    assert [answer.status_code for answer in others] == [404, 403]
    assert sorted(answer.status_code for answer in applied) == [201, 409, 409, 409]
    assert [answer.status_code for answer in taken] == [409, 201, 201]
    assert taken[0].json()["code"] == "CASE_RULING_OUT_OF_TURN"
    assert paid.status_code == 201
    assert case["state"] == "ENFORCED"
    demand, request = await content_of(story, "D-27"), await content_of(story, "D-28")
    assert (demand["fine_fen"], demand["surcharge_fen"]) == (10_000, 10_000)
    assert "陈述和申辩" in demand["right"]
    assert request["head"] == "王示乙"
    assert [file["name"] for file in request["files"]] == ["行政处罚事先告知书", "行政处罚决定书", "催告书"]
    assert (await story.propose_closure()).status_code == 201
    assert (await story.close()).status_code == 201
    await world.settle()
    assert (await world.fsck()).clean


async def test_the_party_is_heard_on_the_demand_before_the_court_is_asked(world: World) -> None:
    story = await demanded(world)
    world.clock.advance(days=30)
    statement = {"statement": "已通过他行缴纳，请核对。"}

    said = await story.act("PARTY", "demand/statements", statement)
    counter = await story.act("CASE_OFFICER", "demand/statements", statement)
    foreign = await story.act("CASE_OFFICER", "demand/statements", statement, agency=1)
    unanswered = await ask_court(story)
    answer = {"adopted": False, "reason": "经核对，没有到账记录。"}
    head = await story.act("AGENCY_HEAD", "demand/statements/1/answer", answer)
    answered = [
        await story.act("CASE_OFFICER", f"demand/statements/{n}/answer", answer) for n in (1, 2, 2, 3)
    ]
    applied = await ask_court(story)

    assert [r.status_code for r in (said, counter, foreign)] == [201, 201, 404]
    assert (unanswered.status_code, unanswered.json()["code"]) == (409, "CASE_OBJECTION_STANDS")
    assert unanswered.json()["article"] == "AEL 36"
    assert head.status_code == 403
    assert [r.status_code for r in answered] == [201, 201, 409, 409]
    assert applied.status_code == 201
    assert "2次" in (await content_of(story, "D-28"))["opinion"]


async def test_a_refusal_of_the_court_is_brought_to_the_higher_court_once_and_ends(world: World) -> None:
    story = await demanded(world)
    world.clock.advance(days=30)
    await ask_court(story)

    await ruling(story, "ACCEPTED")
    refused = await ruling(story, "REFUSED")
    too_soon = await story.act("CASE_OFFICER", "enforcement-end", END | {"ground": "REFUSED_BY_COURT"})
    objected = [await story.act("CASE_OFFICER", "enforcement-ruling/objection", {}) for _ in range(2)]
    again = await ruling(story, "REFUSED")
    third = await story.act("CASE_OFFICER", "enforcement-ruling/objection", {})
    ended = await story.act("CASE_OFFICER", "enforcement-end", END | {"ground": "REFUSED_BY_COURT"})
    case = await story.view()

    assert refused.json()["state"] == "ENFORCEMENT_RULED"
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "CASE_END_NOT_SHOWN")
    assert [r.status_code for r in objected] == [201, 409]
    assert (again.status_code, third.status_code) == (201, 409)
    assert third.json()["code"] == "CASE_OBJECTION_TO_COURT_CLOSED"
    assert ended.status_code == 201, ended.text
    assert (case["state"], case["execution"]["ended"]) == ("ENFORCEMENT_ENDED", "REFUSED_BY_COURT")
    assert (await content_of(story, "D-29"))["clause"].endswith("第五十八条")
    assert [(await act()).status_code for act in (story.propose_closure, story.close, story.archive)] == [
        201
    ] * 3
    await world.settle()
    assert (await world.fsck()).clean


async def test_an_execution_that_rests_three_years_without_ability_ends(world: World) -> None:
    story = await demanded(world)
    world.clock.advance(days=30)
    await ask_court(story)
    await ruling(story, "ACCEPTED")
    await ruling(story, "GRANTED")
    since = {"ground": "NO_ABILITY", "since": f"{legal_day(world.clock())}"}
    end = END | {"ground": "SUSPENDED_FOR_GOOD"}

    rested = [await story.act("CASE_OFFICER", "enforcement-rest", since) for _ in range(2)]
    resumed = [await story.act("CASE_OFFICER", "enforcement-rest/resumption", {}) for _ in range(2)]
    await story.act("CASE_OFFICER", "enforcement-rest", since)
    world.clock.advance(days=1095)
    early = await story.act("CASE_OFFICER", "enforcement-end", end)
    world.clock.advance(days=3)
    ended = await story.act("CASE_OFFICER", "enforcement-end", end)

    assert [r.status_code for r in rested] == [201, 409]
    assert [r.status_code for r in resumed] == [201, 409]
    assert (early.status_code, early.json()["code"], early.json()["article"]) == (
        409,
        "CASE_END_NOT_SHOWN",
        "AEL 39",
    )
    assert ended.json()["execution"]["ended"] == "SUSPENDED_FOR_GOOD"


async def test_a_right_that_nobody_used_in_three_months_is_lost_and_the_supervisor_sees_it(
    world: World,
) -> None:
    story = await demanded(world)
    last = next(each for each in (await story.view())["deadlines"] if each["rule"] == "apply_court")
    left = (last["due_on"], last["n"], last["unit"], last["law"])
    today = legal_day(world.clock())
    days = (type(today).fromisoformat(left[0]) - today).days

    world.clock.advance(days=days)
    await world.settle()
    on_the_last_day = (await story.view())["state"]
    world.clock.advance(days=1)
    late = await ask_court(story)
    await world.settle()
    case = await story.view()
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items?limit=50")).json()["items"]

    assert left[1:] == (3, "MONTH", "AEL 53")
    assert on_the_last_day == "DEMANDED"
    assert late.status_code == 409
    assert (case["state"], case["execution"]["ended"]) == ("ENFORCEMENT_ENDED", "RIGHT_LOST")
    assert [item["type"] for item in items] == ["OV-6"]
    assert (await world.record_types("case")).count("case.enforcement.lapsed") == 1


async def test_an_unpaid_fine_ends_on_a_ground_of_the_law_with_its_sheet(world: World) -> None:
    story = await unpaid(world)

    foreign = await story.act("CASE_OFFICER", "enforcement-end", END, agency=1)
    head = await story.act("AGENCY_HEAD", "enforcement-end", END)
    lost = await story.act("CASE_OFFICER", "enforcement-end", END | {"ground": "RIGHT_LOST"})
    racing = await asyncio.gather(*(story.act("CASE_OFFICER", "enforcement-end", END) for _ in range(4)))

    assert [r.status_code for r in (foreign, head, lost)] == [404, 403, 422]
    assert sorted(r.status_code for r in racing) == [201, 409, 409, 409]
    sheet = await content_of(story, "D-29")
    assert (sheet["clause"], sheet["paid_fen"]) == ("《中华人民共和国行政强制法》第四十条", 0)
