"""What is due to whom by when, a row for each period: scoped, in pages, with alarms; what is missed is reported."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from case.domain.money import Refund, RefundCause
from case.domain.procedure import State
from case.domain.suspicion import SuspectedCrime
from case.domain.worklist import WORK, base_of, running
from case.jobs.isolating import for_each
from case.jobs.missed import note_missed_deadlines
from common.values.ids import CaseId
from common.values.law import APL_60
from tests.case.domain import walk
from tests.case.domain.walk import NOON
from tests.case.story import Story
from tests.world import World


async def due(
    world: World, role: str, query: str = "", *, agency: int = 0, nth: int = 0
) -> list[dict[str, Any]]:
    answer = await world.person(role, agency, nth).get(f"/v1/work-items?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.law(APL_60)
@pytest.mark.begins("review")
async def test_each_period_of_the_agency_is_due_to_a_role_until_the_act_is_done(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    (decide,) = await due(world, "AGENCY_HEAD", "role=AGENCY_HEAD")
    mine = [await due(world, "CASE_OFFICER", "mine=true", nth=nth) for nth in (0, 2)]
    early = await due(world, "AGENCY_HEAD", "alarmed=true")
    world.clock.advance(days=91)
    late = await due(world, "AGENCY_HEAD", "alarmed=true")
    foreign = await due(world, "AGENCY_HEAD", agency=1)
    page = (await world.person("AGENCY_HEAD").get("/v1/work-items?limit=1")).json()

    assert (decide["case_id"], decide["rule"], decide["law"]) == (story.case_id, "decide", "APL 60")
    assert (decide["role"], decide["is_overdue"], decide["is_alarmed"]) == ("AGENCY_HEAD", False, False)
    assert decide["alarm_on"] < decide["due_on"]
    assert [[each["case_id"] for each in items] for items in mine] == [[story.case_id], []]
    assert early == foreign == []
    assert [(each["rule"], each["is_overdue"]) for each in late] == [("decide", True)]
    assert (len(page["items"]), page["next_cursor"]) == (1, None)
    assert (await world.person("PARTY").get("/v1/work-items")).status_code == 403
    assert (await world.person("FINANCE_CLERK").get("/v1/work-items")).status_code == 403

    # Two processes at once: the supervisor hears of the missed period once.
    await asyncio.gather(*(note_missed_deadlines(world.runtimes["case"]) for _ in range(2)))
    await world.settle()
    types = await world.record_types("case", f"case/{story.case_id}")
    assert types.count("case.deadline.missed") == 1
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items?type=OV-6")).json()["items"]
    assert len(items) == 1


def test_a_numbered_period_is_of_its_kind() -> None:
    assert [base_of(rule) for rule in ("decide", "refund_2", "publish_10")] == ["decide", "refund", "publish"]
    assert all(base_of(rule) == rule for rule in WORK)


def test_a_refund_and_a_suspected_crime_are_due_whatever_the_state_of_the_case_is() -> None:
    owed = Refund(1, RefundCause.OVERPAID, "1" * 20, 100, 0, 0, NOON, None)
    reported = SuspectedCrime(2, (), NOON, reported_at=NOON)
    case = replace(walk.opened(), state=State.ARCHIVED, refunds=(owed,), crimes=(reported,))
    settled = replace(
        case, refunds=(replace(owed, refunded_at=NOON),), crimes=(replace(reported, approved=False),)
    )

    assert running(case) == ["decide_crime_2", "refund_1"]
    assert running(settled) == []


async def test_a_case_that_fails_keeps_no_other_case_from_its_record() -> None:
    cases, noted = [CaseId.new(NOON) for _ in range(3)], []

    async def note(case_id: CaseId) -> None:
        if case_id == cases[0]:
            raise ValueError("a damaged row")
        noted.append(case_id)

    with pytest.raises(ExceptionGroup) as failed:
        await for_each(cases, note)

    assert noted == cases[1:]
    assert len(failed.value.exceptions) == 1
