"""A year's notice settles the provisional deadlines of every case, each with a record (HOL-1)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, cast

import pytest

from case.jobs import redate_deadlines
from case.runtime import CaseRuntime
from common.values.clock import BEIJING
from common.values.law import HOL_2
from mz.operate.calendar import load
from tests.case.story import Story
from tests.common.test_holidays import notice
from tests.world import World

LATE_IN_2026 = datetime(2026, 11, 30, 9, 0, tzinfo=BEIJING)
"""The camera's lead time and its first capture bring a case to the last days of the published years."""


@pytest.mark.law(HOL_2)
async def test_HOL_1_loading_the_notice_of_2027_redates_every_provisional_deadline(
    world: World, tmp_path: Any
) -> None:
    world.clock.to(LATE_IN_2026)
    case_id = (await Story(world).opened()).case_id
    officer = world.person("CASE_OFFICER")
    before = {d["rule"]: d for d in (await officer.get(f"/v1/cases/{case_id}")).json()["deadlines"]}
    provisional = {rule for rule, deadline in before.items() if deadline["provisional"]}
    await world.settle()
    file = tmp_path / "2027.json"
    file.write_bytes(notice())

    load(world.installation.d.calendars, file, source="国务院办公厅关于2027年部分节假日安排的通知")
    await world.settle()
    await world.settle()

    after = {d["rule"]: d for d in (await officer.get(f"/v1/cases/{case_id}")).json()["deadlines"]}
    assert provisional
    assert {rule for rule, deadline in after.items() if deadline["provisional"]} == set()
    assert all(after[rule]["calendar_version"].endswith("CN-2027.1") for rule in provisional)
    types = await world.record_types("case", f"case/{case_id}")
    assert types.count("case.deadline_redated") == len(provisional)
    assert (await world.fsck()).findings == []


@pytest.mark.slow
async def test_two_processes_that_redate_at_once_record_each_deadline_once(
    world: World, tmp_path: Any
) -> None:
    world.clock.to(LATE_IN_2026)
    case_id = (await Story(world).opened()).case_id
    deadlines = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")).json()["deadlines"]
    provisional = sum(deadline["provisional"] for deadline in deadlines)
    file = tmp_path / "2027.json"
    file.write_bytes(notice())
    load(world.installation.d.calendars, file, source="国务院办公厅关于2027年部分节假日安排的通知")
    runtime = cast(CaseRuntime, world.runtimes["case"])

    await asyncio.gather(redate_deadlines(runtime), redate_deadlines(runtime))

    types = await world.record_types("case", f"case/{case_id}")
    assert types.count("case.deadline_redated") == provisional > 0
