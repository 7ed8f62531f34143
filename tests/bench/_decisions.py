"""A decision in a small agency and in a large one: its p50 with few published devices and cases, and with many.

The cases that are decided are made by the story; the crowd around them is written by the owner of the tables, with the
triggers off that demand a record of every row. Both crowds hold the same kinds of rows, spread over devices and a year.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final

from mz.demo import orders
from mz.demo.camera import CAMERAS
from mz.demo.story import (
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_is_filed,
    case_is_prompted,
    party_is_heard,
)
from mz.postgres import EmbeddedPostgres
from tests.bench._bars import Bar
from tests.bench._city import fill
from tests.given import PLACES, a_scene
from tests.scratch import scratch
from tests.snapshots import Snapshots
from tests.world import World

_CASES: Final = """
INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object(
    'id', 'cas_0' || lpad(n::text, 25, '0'), 'number', 'X' || lpad(n::text, 19, '0'), 'serial', 1000000 + n,
    'party_id', 'pty_0' || lpad((n / 3)::text, 25, '0'), 'payment_reference', NULL))).*
FROM cases c, generate_series($2::int, $3::int) n WHERE c.id = $1
"""
_EXHIBITS: Final = """
INSERT INTO exhibits SELECT (jsonb_populate_record(e, jsonb_build_object(
    'case_id', 'cas_0' || lpad(n::text, 25, '0'), 'evidence_id', 'evd_0' || lpad(n::text, 25, '0'),
    'device_id', 'dev_0' || lpad((1 + n % $4::int)::text, 25, '0'),
    'captured_at', e.captured_at - n % 365 * interval '1 day'))).*
FROM exhibits e, generate_series($2::int, $3::int) n WHERE e.case_id = $1
"""
_PARTIES: Final = """
INSERT INTO parties SELECT (jsonb_populate_record(p, jsonb_build_object(
    'case_id', 'cas_0' || lpad(n::text, 25, '0'), 'party_id', 'pty_0' || lpad((n / 3)::text, 25, '0')))).*
FROM parties p, generate_series($2::int, $3::int) n WHERE p.case_id = $1
"""
_FEW: Final = 100


async def at_two_sizes(*, devices: int, cases: int, decided: int) -> list[Bar]:
    """The p50 of `decided` decisions among a hundred devices and cases, and of as many among the crowd."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder / "pg").start()
        (folder / "worlds").mkdir()
        async with Snapshots(server, folder / "worlds", PLACES).world() as world:
            world.bureau.watch()
            waiting = await _ready(world, 2 * decided + 1)
            print(f"{len(waiting)} cases are ready to be decided", flush=True)
            await _crowd(world, waiting[0], 1, _FEW, devices=_FEW)
            await _decide(world, waiting.pop())  # the first one warms up
            small = [await _decide(world, waiting.pop()) for _ in range(decided)]
            await _crowd(world, waiting[0], _FEW + 1, cases, devices=devices)
            large = [await _decide(world, waiting.pop()) for _ in range(decided)]
    print(f"a decision: {median(small):.0f} ms among {_FEW}, {median(large):.0f} ms among {cases} cases")
    name = f"a decision's p50 among {devices} devices and {cases} cases, times that among {_FEW}"
    return [Bar(name, median(large) / median(small), 1.2)]


async def _ready(world: World, count: int) -> list[str]:
    """Cases whose parties were heard: the next act is the decision."""
    scene = a_scene(world)
    watching = await camera_becomes_lawful(scene, CAMERAS[0])
    cases = []
    for _ in range(count):
        evidence_id = await capture_is_pushed(scene, watching)
        await capture_is_reviewed(scene, evidence_id)
        case_id = await case_is_prompted(scene, evidence_id)
        await case_is_filed(scene, case_id)
        await party_is_heard(scene, case_id)
        cases.append(case_id)
    await world.settle()
    return cases


async def _decide(world: World, case_id: str) -> float:
    """Milliseconds until the decision is answered. The followers of the ledger run afterwards."""
    began = perf_counter()
    answer = await world.person("AGENCY_HEAD").post(f"/v1/cases/{case_id}/decision", json=orders.DECISION)
    took = perf_counter() - began
    assert answer.status_code == 201, answer.text
    await world.settle(slow_jobs=False)
    return 1_000 * took


async def _crowd(world: World, like: str, first: int, last: int, *, devices: int) -> None:
    """Cases `first` … `last` as `like` is, and `devices` published devices."""

    @asynccontextmanager
    async def owner() -> Any:
        async with world.database("device-registry") as connection:
            yield connection

    await fill(SimpleNamespace(runtimes=world.runtimes, demo=world.demo, owner=owner), devices)
    async with world.database("case") as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_CASES, like, first, last)
        await connection.execute(_EXHIBITS, like, first, last, devices)
        await connection.execute(_PARTIES, like, first, last)
        await connection.execute("ANALYZE")
