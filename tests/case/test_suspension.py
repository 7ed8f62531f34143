"""The procedure rests before the decision: two people, a ground of the list, and the clock stops (C-11)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tests.case.story import Story
from tests.world import World

pytestmark = pytest.mark.begins("sign second")

ORDER = {"ground": "APPRAISAL", "reason": "须等待车辆检测结果"}
HEAD = {"reason": "同意", "signed_as": "王示乙"}


def decide_by(case: dict[str, Any]) -> date:
    return date.fromisoformat(next(each["due_on"] for each in case["deadlines"] if each["rule"] == "decide"))


async def test_a_case_rests_and_goes_on_with_the_days_that_the_clock_stood_still(world: World) -> None:
    story = await (await Story(world).opened()).walk("sign second")
    before = await story.view()
    world.clock.advance(days=1)  # the day of the filing is not counted anyway

    bare = await story.act("AGENCY_HEAD", "suspension/approval", HEAD)
    unlisted = await story.act("CASE_OFFICER", "suspension", ORDER | {"ground": "HOLIDAY"})
    foreign = await story.act("CASE_OFFICER", "suspension", ORDER, agency=1)
    clerk = await story.act("FINANCE_CLERK", "suspension", ORDER)
    proposed = await story.act("CASE_OFFICER", "suspension", ORDER)
    officer = await story.act("CASE_OFFICER", "suspension/approval", HEAD)
    racing = [story.act("AGENCY_HEAD", "suspension/approval", HEAD) for _ in range(4)]
    approved = await asyncio.gather(*racing)
    stopped = [
        await story.notify(),
        await story.sign(0),
        await story.act("CASE_OFFICER", "suspension", ORDER),
    ]
    heard = await story.defend()
    world.clock.advance(days=30)
    ended = [await story.act("AGENCY_HEAD", "suspension/resumption", HEAD) for _ in range(2)]
    case = await story.view()

    assert (bare.status_code, bare.json()["code"]) == (409, "CASE_SUSPENSION_NOT_PROPOSED")
    assert [r.status_code for r in (unlisted, foreign, clerk, proposed, officer)] == [422, 404, 403, 201, 403]
    assert sorted(r.status_code for r in approved) == [201, 409, 409, 409]
    assert [(r.status_code, r.json()["code"]) for r in stopped] == [(409, "CASE_TRANSITION_NOT_ALLOWED")] * 3
    assert heard.status_code == 201
    assert [r.status_code for r in ended] == [201, 409]
    assert case["state"] == before["state"] == "INVESTIGATION_CONCLUDED"
    assert decide_by(case) - decide_by(before) == timedelta(days=30)
    documents = (await world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    party = (await world.person("PARTY").get(f"{story.path}/documents")).json()["items"]
    assert [each["kind"] for each in documents].count("D-12") == 2
    assert "D-12" not in [each["kind"] for each in party]
    await world.settle()
    assert (await world.fsck()).clean
