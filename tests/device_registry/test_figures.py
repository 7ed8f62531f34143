"""What the registry may count of other services: fines and captures by device, and nothing of a case or a person."""

from __future__ import annotations

from datetime import date

import pytest

from case.contract.fines import Fines
from common.values.calendar import legal_day
from evidence.contract.counts import Captures
from tests.evidence.camera import camera_in_service
from tests.given import ARCHIVED, IN_SERVICE
from tests.world import World

FIRST = date(2020, 1, 1)


@pytest.mark.begins(ARCHIVED)
async def test_a_fine_counts_in_the_month_of_its_decision_for_the_device_that_saw_it(world: World) -> None:
    peers = world.runtimes["device-registry"].peers
    async with world.database("case") as connection:
        fen, device, at = await connection.fetchrow(
            "SELECT decided_fen, device_id, decided_at FROM cases JOIN exhibits ON case_id = cases.id"
        )
    decided_on = legal_day(at)

    counted = [each async for each in Fines(peers).by_device(FIRST, date(2040, 1, 1))]
    on_its_day = [each async for each in Fines(peers).by_device(decided_on, date(2040, 1, 1))]
    before = [each async for each in Fines(peers).by_device(FIRST, decided_on)]
    captured = [each async for each in Captures(peers).by_device(FIRST, date(2040, 1, 1))]

    assert sum(each.fines for each in before) == 0
    fined = [each for each in counted if each.fines]
    assert [(each.device_id, each.month, each.fines, each.fine_fen) for each in fined] == [
        (device, decided_on.replace(day=1), 1, fen)
    ]
    assert [(each.fines, each.fine_fen) for each in on_its_day] == [(1, fen)]
    assert (sum(each.disputes for each in counted), sum(each.upheld for each in counted)) == (1, 0)
    assert [(each.device_id, each.captures, each.accepted, each.rejected) for each in captured] == [
        (device, 1, 1, 0)
    ]


@pytest.mark.begins(IN_SERVICE)
async def test_captures_count_by_day_and_month_with_the_codes_that_failed_them(world: World) -> None:
    camera = await camera_in_service(world)
    await camera.register()
    seen = camera.vehicle()
    await camera.push(seen, camera.vehicle(serial=2, shade=40, PassTime="20200101000000"))
    await camera.push(seen)
    await world.settle()
    captures = Captures(world.runtimes["device-registry"].peers)
    today = legal_day(world.clock())

    by_month = [each async for each in captures.by_device(today, date(2040, 1, 1))]
    by_day = [each async for each in captures.by_device(today, date(2040, 1, 1), per="DAY")]
    long_ago = [each async for each in captures.by_device(FIRST, date(2021, 1, 1))]

    assert [(each.device_id, each.from_on, each.captures) for each in by_month] == [
        (camera.id, today.replace(day=1), 1)
    ]
    assert [(each.from_on, each.captures) for each in by_day] == [(today, 1)]
    [failed] = long_ago
    assert (failed.captures, failed.accepted, failed.rejected) == (1, 0, 1)
    assert failed.rejected_by_code.keys() >= {"E-DEV-01"}


async def test_figures_are_for_the_registry_alone(world: World) -> None:
    for role in ("AGENCY_HEAD", "DEVICE_ADMIN", "SUPERVISOR"):
        for path in ("/v1/device-fines", "/v1/device-captures"):
            answer = await world.person(role).get(f"{path}?from=2026-01-01&until=2026-02-01")
            assert answer.status_code == 403, (role, path)
