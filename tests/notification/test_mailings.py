"""One class of notice to the parties of many cases: each item has its result, and is made once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from common.values.ids import CaseId
from common.values.law import NJ_15
from notification.domain.content import MESSAGE_LENGTH
from notification.domain.templates import CLASSES, Language
from tests.case.story import OPENED, Story
from tests.notification.test_preferences import a_prompted_party, stated
from tests.world import World

PATH: Final = "/v1/notification-batches"
BREACH: Final = {"incident": "数据库曾被他人访问", "measures": "已经封堵并报告"}
_TEXT: Final = CLASSES["N-18"].templates[Language.ZH].text
_FIXED: Final = _TEXT.format(agency="", phone="", incident="", measures="")
FULL: Final = {"incident": "长" * 120, "measures": "长" * (MESSAGE_LENGTH - 120 - len(_FIXED))}
"""Fills the text to its last character: the agency's name finds no room in it."""
TOPIC: Final = {"topic": "非现场执法设备清单已经公开"}


def batch(code: str, *items: tuple[str, dict[str, str]], **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "items": [{"case_id": case_id, "values": values} | more for case_id, values in items],
    }


async def results(world: World, ordered: Any) -> list[str]:
    """What became of the items once the job has run."""
    await world.settle()
    read = await world.person("TEAM_LEAD").get(f"{PATH}/{ordered.json()['batch_id']}")
    assert read.json()["finished_at"] is not None
    return [item["result"] for item in read.json()["items"]]


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_15)
async def test_a_batch_tells_each_party_once_under_the_approved_words(world: World) -> None:
    story, lead = await a_prompted_party(world), world.person("TEAM_LEAD")
    order = batch("N-18", (story.case_id, BREACH), (str(CaseId.new(world.clock())), BREACH))

    same = await asyncio.gather(*(lead.post(PATH, json=order, key="batch-of-today") for _ in range(4)))
    ordered = next(answer for answer in same if answer.status_code == 202)
    became = await results(world, ordered)
    again = await lead.post(PATH, json=order, key="batch-of-today")
    await world.settle()

    assert {answer.status_code for answer in same} <= {202, 409}
    assert became == ["MADE", "NOT_FOUND"]
    assert again.json()["batch_id"] == ordered.json()["batch_id"]
    told = [each for each in await story.inbox() if each["code"] == "N-18"]
    assert len(told) == 1
    assert "数据库曾被他人访问" in told[0]["text"]
    types = [each for each in await world.record_types("notification") if each.startswith("mailing.")]
    assert types == ["mailing.ordered", "mailing.finished"]
    async with world.database("notification") as db:
        assert await db.fetchval("SELECT sealed FROM mailings") is None
    # The agency of another district has no such case.
    theirs = await world.person("TEAM_LEAD", 1).post(PATH, json=batch("N-18", (story.case_id, BREACH)))
    await world.settle()
    read = await world.person("TEAM_LEAD", 1).get(f"{PATH}/{theirs.json()['batch_id']}")
    stranger = await world.person("TEAM_LEAD").get(f"{PATH}/{theirs.json()['batch_id']}")
    assert [item["result"] for item in read.json()["items"]] == ["NOT_FOUND"]
    assert stranger.status_code == 404


@pytest.mark.begins(OPENED)
async def test_a_campaign_reaches_those_alone_who_asked_for_it(world: World) -> None:
    story, lead = await a_prompted_party(world), world.person("TEAM_LEAD")
    order = batch("N-19", (story.case_id, TOPIC))

    before = await results(world, await lead.post(PATH, json=order))
    await stated(world, campaign=True)
    after = await results(world, await lead.post(PATH, json=order))

    assert (before, after) == (["NOT_WANTED"], ["MADE"])
    assert [each["code"] for each in await story.inbox()] == ["N-01", "N-19"]


@pytest.mark.begins(OPENED)
async def test_a_batch_that_cannot_be_is_refused_as_a_whole(world: World) -> None:
    story, lead = await Story(world).opened(), world.person("TEAM_LEAD")
    case_id = story.case_id

    refused = [
        await lead.post(PATH, json=batch("N-01", (case_id, {}))),
        await lead.post(PATH, json=batch("N-18", (case_id, {"incident": "故障"}))),
        await lead.post(PATH, json=batch("N-18", (case_id, BREACH | {"agency": "别的机关"}))),
        await lead.post(PATH, json=batch("N-18")),
    ]
    ungranted = await world.person("CASE_OFFICER").post(PATH, json=batch("N-18", (case_id, BREACH)))
    foreign, long = [
        await lead.post(
            PATH, json=batch("N-18", (case_id, BREACH), (case_id, {"incident": words, "measures": words}))
        )
        for words in ("见 http://evil.example", "长" * 150)
    ]
    nobody = await results(world, await lead.post(PATH, json=batch("N-18", (case_id, BREACH))))

    assert [answer.json()["code"] for answer in refused[:3]] == [
        "NOTI_CLASS_NOT_ORDERED",
        "NOTI_BATCH_VALUES",
        "NOTI_BATCH_VALUES",
    ]
    assert [answer.status_code for answer in refused] == [409, 422, 422, 422]
    assert ungranted.status_code == 403
    # Nobody is known yet whom the case could tell.
    assert nobody == ["NO_PARTY"]
    for answer in (foreign, long):
        assert (answer.status_code, answer.json()["code"]) == (422, "NOTI_CONTENT_FORBIDDEN")
        assert answer.json()["detail"].startswith("第 1 项")


@pytest.mark.begins(OPENED)
async def test_an_item_that_cannot_be_made_is_not_counted_as_made_and_stops_no_other(world: World) -> None:
    story, lead = await a_prompted_party(world), world.person("TEAM_LEAD")
    # Together with what the case brings the words are too long, which nobody could know when they were ordered.
    full = await results(world, await lead.post(PATH, json=batch("N-18", (story.case_id, FULL))))
    assert full == ["NOT_SENT"]

    # A fault of ours: no message about the case can be stored.
    async with world.database("notification") as db:
        await db.execute(
            f"ALTER TABLE messages ADD CONSTRAINT broken CHECK (case_id <> '{story.case_id}') NOT VALID"
        )
    order = batch("N-18", (story.case_id, BREACH), (str(CaseId.new(world.clock())), BREACH))
    broken = await lead.post(PATH, json=order)
    for _ in range(5):
        await world.settle()

    assert await results(world, broken) == ["NOT_SENT", "NOT_FOUND"]
