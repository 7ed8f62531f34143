"""A legal basis is valid for an interval: repealed, succeeded, or new (APL 41(1); ECO 1242; RRR 14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from common.values.clock import BEIJING
from common.values.law import APL_41_1
from common.values.profile import BasisPolicy
from tests.case.catalogue_given import a_source, published, succeeded
from tests.device_registry.stories import TO_PUBLISHED, in_service, record_types, register, take
from tests.device_registry.test_suspension import capability
from tests.world import World

AIR, CODE, ROADS = "中华人民共和国大气污染防治法", "中华人民共和国生态环境法典", "农村公路条例"
# The number of the article of the code is made up: the city's legal office says which one it is.
OLD, NEW = (AIR, "第五十三条第二款"), (CODE, "第一千条")


def citing(title: str, article: str, level: str, from_on: str) -> list[dict[str, Any]]:
    """The functions of a device with one basis alone."""
    basis = {"title": title, "article": article, "level": level, "from_on": from_on}
    return [{"code": "CM-0107", "name": "示范违法行为", "metrology": "NONE", "bases": [basis]}]


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=BEIJING)


def of_basis(stated: dict[str, Any]) -> list[str]:
    return [
        v["code"]
        for guard in stated["guards"]
        if guard["guard"] == "LEGAL_BASIS"
        for v in guard["violations"]
    ]


@pytest.mark.law(APL_41_1)
async def test_ECO_1_a_repealed_basis_ends_with_its_last_day_until_it_is_mapped_to_its_successor(
    world: World,
) -> None:
    world.clock.to(datetime(2026, 4, 20, 9, tzinfo=BEIJING))
    device = await in_service(world, functions=citing(*OLD, "LAW", "2018-10-26"))
    repealed = a_source(AIR, "LAW", ("第五十三条", "2018-10-26", "2026-08-14"))
    await published(world, repealed)
    await published(world, a_source(CODE, "LAW", ("第一千条", "2026-08-15", None)))
    world.clock.to(midnight(2026, 6, 14))
    await world.settle()
    assert "device.basis_ending" not in await record_types(world, device)
    world.clock.to(midnight(2026, 6, 15))
    await world.settle()
    warnings = (await world.person("DEVICE_ADMIN").get("/v1/basis-warnings")).json()["items"]
    world.clock.to(datetime(2026, 8, 15, 9, tzinfo=BEIJING))
    await world.settle()

    last = await capability(world, device, datetime(2026, 8, 14, 23, 59, 59, tzinfo=BEIJING))
    first = await capability(world, device, midnight(2026, 8, 15))
    refused = await take(world, device, "resumption")
    await succeeded(world, OLD, NEW, "2026-08-15")
    await world.settle()
    resumed = await take(world, device, "resumption")
    mapped = await capability(world, device, world.clock())
    before = await capability(world, device, midnight(2026, 8, 15))

    assert [(each["device_id"], each["last_on"]) for each in warnings] == [(device, "2026-08-14")]
    assert (last["lawful"], of_basis(last)) == (True, [])
    assert (first["lawful"], of_basis(first)) == (False, ["DEV_LEGAL_BASIS_INSUFFICIENT"])
    assert first["codes"] == ["E-DEV-01", "E-DEV-04"]
    assert refused.json()["violations"][0]["code"] == "DEV_LEGAL_BASIS_INSUFFICIENT"
    assert (resumed.status_code, mapped["lawful"], of_basis(mapped)) == (201, True, [])
    assert of_basis(before) == ["DEV_LEGAL_BASIS_INSUFFICIENT"]


@pytest.mark.law(APL_41_1)
async def test_a_repeal_that_is_published_late_undoes_the_time_since_the_last_day_in_force(
    world: World,
) -> None:
    """The catalogue says on 1 September that the article ended on 14 August; what came between is on record once."""
    world.clock.to(datetime(2026, 7, 1, 9, tzinfo=BEIJING))
    device = await in_service(world, functions=citing(*OLD, "LAW", "2018-10-26"))
    await world.settle()
    world.clock.to(midnight(2026, 9, 1))
    await published(world, a_source(AIR, "LAW", ("第五十三条", "2018-10-26", "2026-08-14")))

    await world.settle()
    async with world.database("device-registry") as db:
        found = await db.fetch("SELECT * FROM device_invalid_intervals WHERE device_id = $1", device)
        # After a crash the entry comes again, and finds itself noted.
        await db.execute("UPDATE cursors SET position = -1 WHERE name = 'law'")
    await world.settle()

    assert [(row["guard"], row["codes"], row["invalid_from"]) for row in found] == [
        ("LEGAL_BASIS", '["E-DEV-04"]', midnight(2026, 8, 15))
    ]
    assert found[0]["invalid_until"] >= midnight(2026, 9, 1)
    types = await record_types(world, device)
    assert types.count("device.capability.invalidated") == 1
    assert types[-1] == "device.suspended"


async def test_RRR_1_a_device_on_rural_roads_activates_under_STRICT_from_the_day_of_its_regulation(
    world: World,
) -> None:
    world.clock.to(datetime(2025, 9, 14, 9, tzinfo=BEIJING))
    await published(world, a_source(ROADS, "ADMIN_REGULATION", ("第十四条", "2025-09-15", None)))
    await world.settle()
    device = await register(world, functions=citing(ROADS, "第14条", "ADMIN_REGULATION", "2025-09-15"))
    approval = TO_PUBLISHED.index("approval")
    for step in TO_PUBLISHED[:approval]:
        assert (await take(world, device, step)).status_code == 201

    early = await take(world, device, "approval")
    world.clock.to(midnight(2025, 9, 15))
    for step in TO_PUBLISHED[approval:]:
        answer = await take(world, device, step)
        assert answer.status_code == 201, (step, answer.text)
    world.clock.advance(days=30)
    activated = await take(world, device, "activation")

    assert world.runtimes["device-registry"].profile.basis_policy is BasisPolicy.STRICT
    assert [violation["code"] for violation in early.json()["violations"]] == ["DEV_LEGAL_BASIS_INSUFFICIENT"]
    assert (activated.status_code, activated.json()["state"]) == (201, "ACTIVE")
    assert (await capability(world, device, world.clock()))["lawful"] is True
