"""What is due after a decision, to whom, by when: the finance department's list and that of the execution."""

from __future__ import annotations

from typing import Any

import pytest

from tests.case.story import Story
from tests.world import World

pytestmark = pytest.mark.begins("serve decision")


async def listed(world: World, desk: str, role: str, *, agency: int = 0) -> list[dict[str, Any]]:
    answer = await world.person(role, agency).get(f"/v1/duties?desk={desk}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_unpaid_fine_is_due_to_be_demanded_when_the_remedies_are_over(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")

    early = await listed(world, "execution", "CASE_OFFICER")
    world.clock.advance(days=200)
    (duty,) = await listed(world, "execution", "CASE_OFFICER")
    world.clock.advance(days=30)
    (late,) = await listed(world, "execution", "AGENCY_HEAD")
    foreign = await listed(world, "execution", "CASE_OFFICER", agency=1)
    party = await world.person("PARTY").get("/v1/duties?desk=execution")

    assert early == foreign == []
    assert (duty["kind"], duty["role"], duty["case_id"]) == ("DEMAND", "CASE_OFFICER", story.case_id)
    assert (duty["performing"], duty["late_fen"], duty["law"]) == ("OVERDUE", 10_000, "set_by: profile")
    assert duty["alarm_on"] < duty["due_on"]
    assert (duty["is_overdue"], late["is_overdue"]) == (False, True)
    assert party.status_code == 403


async def test_money_that_is_not_owed_moves_from_desk_to_desk(world: World) -> None:
    story = await (await Story(world).opened()).walk("pay")
    await story.pay(serial="S2")

    kinds = []
    for act in (
        None,
        ("CASE_OFFICER", "refunds", {"number": 1}),
        ("FINANCE_CLERK", "refunds/1/approval", {}),
    ):
        if act is not None:
            assert (await story.act(*act)).status_code == 201
        both = [
            *await listed(world, "execution", "CASE_OFFICER"),
            *await listed(world, "finance", "FINANCE_CLERK"),
        ]
        kinds.append([(each["kind"], each["role"]) for each in both])

    assert kinds == [
        [("ASK_REFUND", "CASE_OFFICER")],
        [("APPROVE_REFUND", "FINANCE_CLERK")],
        [("RETURN_REFUND", "FINANCE_CLERK")],
    ]
