"""PJ §1: late and missing notices are counted, and no case without them reaches a decision."""

from __future__ import annotations

from typing import Any

import pytest

from common.values.calendar import legal_day
from common.values.law import NJ_15, PJ_1
from tests.case.story import OPENED, Story
from tests.world import Client, World

EVER = {"from": "2025-01-01", "until": "2026-01-01"}


async def counted(person: Client) -> list[dict[str, Any]]:
    answer = await person.get("/v1/prompt-rates", params=EVER)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.law(NJ_15, PJ_1)
@pytest.mark.begins(OPENED)
async def test_PJ_1_3_prompts_within_the_limit_are_counted_and_no_decision_comes_without_notice(
    world: World,
) -> None:
    story = await Story(world).opened()
    month = legal_day(world.clock()).replace(day=1).isoformat()
    supervisor, head = world.person("SUPERVISOR"), world.person("AGENCY_HEAD")
    waiting = await counted(supervisor)
    undecided = await story.decide()
    await story.walk("identify")
    world.clock.working_days(6)
    overdue = await counted(supervisor)
    unfiled = await story.apply()
    await story.walk("prompt")
    late = await counted(head)

    nothing = {"leads": 1, "in_limit": 0, "late": 0, "overdue": 0, "waiting": 0, "ended": 0}
    own = {"agency_id": world.agencies[0], "month": month}
    assert waiting == [own | nothing | {"waiting": 1, "in_limit_per_mille": None}]
    assert overdue == [own | nothing | {"overdue": 1, "in_limit_per_mille": 0}]
    assert late == [own | nothing | {"late": 1, "in_limit_per_mille": 0}]
    assert (undecided.status_code, undecided.json()["code"]) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (unfiled.status_code, unfiled.json()["code"]) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert await counted(world.person("AGENCY_HEAD", 1)) == []
    for role in ("CASE_OFFICER", "PARTY", "FINANCE_CLERK"):
        answer = await world.person(role).get("/v1/prompt-rates", params=EVER)
        assert answer.status_code == 403, role


@pytest.mark.law(NJ_15, PJ_1)
@pytest.mark.begins("prompt")
async def test_PJ_1_3_a_prompt_in_time_counts_and_a_filed_case_without_prior_notice_is_not_decided(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("file")

    (rate,) = await counted(world.person("SUPERVISOR"))
    refused = await story.decide()

    assert (rate["leads"], rate["in_limit"], rate["in_limit_per_mille"]) == (1, 1, 1000)
    assert "CASE_PRIOR_NOTICE_REQUIRED" in {each["code"] for each in refused.json()["violations"]}
