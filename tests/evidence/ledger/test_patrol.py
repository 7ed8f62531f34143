"""fsck once a day: its result stands in /readyz and /metrics, and what it finds stops nothing."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from common.web.inner import Inner
from evidence.ledger.patrol import AGAIN, EVERY, FIRST, Patrol, child, walk_ledger
from ledger.entry import moment
from tests.outsiders.test_rereading import flip, undone
from tests.world import World

CLEAN = {"entries": 5, "clean": True, "findings": [], "first": None}


async def test_a_walk_comes_once_a_day_and_again_soon_if_it_came_to_no_end() -> None:
    now, walks = moment(1_800_000_000_000_000), list[datetime]()
    answers: list[Any] = [CLEAN, OSError("no database"), CLEAN | {"entries": 0}]

    async def walk() -> dict[str, Any]:
        walks.append(now)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    patrol = Patrol(walk, lambda: now)
    await patrol.look()
    assert (walks, patrol.standing()) == ([], {})
    for pause in (FIRST, EVERY, AGAIN):
        now += pause - timedelta(seconds=1)
        count = len(walks)
        await patrol.look()
        assert len(walks) == count
        now += timedelta(seconds=1)
        await patrol.look()
        assert len(walks) == count + 1
        if pause == EVERY:
            assert patrol.standing()["fsck"]["clean"] is True, (
                "a walk that failed says nothing about the ledger"
            )
    assert patrol.standing()["fsck"] | {"clean": False, "findings": 1} == patrol.standing()["fsck"]


async def test_the_result_stands_in_readyz_and_in_metrics(world: World) -> None:
    runtime, app = world.runtimes["evidence"], world.app.apps["evidence"]
    passed = timedelta()

    async def walk() -> dict[str, Any]:
        result = await world.fsck()
        findings = [{"place": f.place, "key": f.key, "reason": f.reason} for f in result.findings]
        first = findings[0] if findings else None
        return {"entries": result.entries, "clean": result.clean, "findings": findings, "first": first}

    object.__setattr__(runtime, "patrol", Patrol(walk, lambda: world.bureau.now() + passed))
    job = next(job for job in app.state.jobs if job.name == "fsck")

    async def looked() -> tuple[dict[str, Any], dict[str, Any], str]:
        nonlocal passed
        passed += EVERY
        await job.run(runtime)
        outside = (await world.anonymous.get("/readyz")).json()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Inner(app)), base_url="http://evidence.internal"
        ) as http:
            return (await http.get("/readyz")).json(), outside, (await http.get("/metrics")).text

    await job.run(runtime)
    before = (await looked())[:2]
    edit = flip("entry", "entry", 300, "idx = 20")
    async with world.database("evidence") as conn:
        await undone(conn, edit)
        after, outside, metrics = await looked()
        alone = await walk_ledger(runtime.ledger)
        await undone(conn, edit)

    assert all(each["fsck"]["clean"] and each["fsck"]["entries"] > 90 for each in before)
    assert after["status"] == "ready", "what is found stops nothing"
    assert after["fsck"]["clean"] is False
    assert (after["fsck"]["first"]["place"], after["fsck"]["first"]["key"]) == ("ledger.entry", "20")
    assert outside == after
    assert f"mingzheng_ledger_fsck_findings {after['fsck']['findings']}.0" in metrics
    assert alone["first"]["key"] == "20"
    assert (await walk_ledger(runtime.ledger))["clean"] is True
    assert (await looked())[0]["fsck"]["clean"] is True


_PATIENT = """
import os, time
while os.nice(0) < 10:
    time.sleep(0.01)
print("{}")
"""
"""Its priority is lowered while it runs, a moment after it began."""


@pytest.mark.parametrize(
    ("program", "error"),
    [
        (f"print('''{json.dumps(CLEAN)}''')", None),
        (f"print('''{json.dumps(CLEAN)}'''); raise SystemExit(1)", None),
        ("raise SystemExit(3)", OSError),
        ("print('damaged')", ValueError),
        (_PATIENT, None),
    ],
    ids=["clean", "findings", "broken", "no-json", "low-priority"],
)
async def test_the_walk_is_a_child_that_answers_with_json(
    program: str, error: type[Exception] | None
) -> None:
    walk = child([sys.executable, "-c", program])

    if error is None:
        assert await walk() in (CLEAN, {})
    else:
        with pytest.raises(error):
            await walk()
