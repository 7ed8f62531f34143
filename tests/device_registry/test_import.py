"""A real inventory comes in: every row accounted for, a repeat changes nothing, damage stays where it is (Inv. 5)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.world import Client, World

REAL = (Path(__file__).parents[1] / "data" / "shanghai-enforcement-cameras.csv").read_bytes()
HEADER = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数\r\n"
GOOD = "衡山路进东平路北约5米,徐汇区,121.445721,31.210443,11662\r\n"
OTHER = "莘朱路莲花南路东约80米,闵行区,121.416938,31.086092,14470\r\n"


async def send(client: Client, data: bytes, *, source: str = "sites", **options: Any) -> httpx.Response:
    headers = {"content-type": "text/csv", "inventory-source": source}
    return await client.post("/v1/device-imports", content=data, headers=headers, **options)


async def counts(world: World) -> tuple[int, int]:
    async with world.database("device-registry") as db:
        return (
            await db.fetchval("SELECT count(*) FROM devices"),
            await db.fetchval("SELECT count(*) FROM outbox"),
        )


async def test_the_real_inventory_is_imported_row_by_row_and_again_without_change(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = world.person("DEVICE_ADMIN")

    began = time.monotonic()
    first = (await send(admin, REAL)).json()
    took = time.monotonic() - began
    after_first = await counts(world)
    second = (await send(admin, REAL)).json()

    with capsys.disabled():
        print(f"\nimport: {first['total']} rows in {took:.1f} s = {first['total'] / took:.0f} rows/s")
    assert (first["total"], first["imported"], first["refused"]) == (3879, 3879, 0)
    assert [row["row"] for row in first["rows"]] == list(range(2, 3881))
    assert first["findings"]["NO_LOCATION"] == 380
    assert first["findings"]["TERRITORY_UNKNOWN"] == 384
    assert first["findings"]["OUT_OF_TERRITORY"] == 4
    assert first["findings"]["DEV_LEGAL_BASIS_INSUFFICIENT"] == 3879
    assert len({row["record_id"] for row in first["rows"]}) == 3879
    assert (second["unchanged"], second["imported"], second["id"]) == (3879, 0, None)
    assert [row["device_id"] for row in second["rows"]] == [row["device_id"] for row in first["rows"]]
    assert await counts(world) == after_first
    read_again = (await admin.get(f"/v1/device-imports/{first['id']}")).json()
    assert read_again == first


async def test_a_rehearsal_writes_nothing_and_answers_the_same(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = (HEADER + GOOD + "火星路,火星区,121.4,31.2,1\r\n" + OTHER).encode()
    before = await counts(world)

    rehearsed = (await send(admin, data, params={"dry_run": "true"})).json()
    between = await counts(world)
    carried_out = (await send(admin, data)).json()

    assert between == before
    assert (rehearsed["dry_run"], rehearsed["id"]) == (True, None)
    for name in ("total", "imported", "unchanged", "refused", "findings"):
        assert rehearsed[name] == carried_out[name]
    assert [row["outcome"] for row in carried_out["rows"]] == ["IMPORTED", "REFUSED", "IMPORTED"]


async def test_a_refused_row_names_the_cell_and_the_accepted_values_and_the_good_rows_stand(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = (HEADER + GOOD + "衡山路,徐汇区,31.210443,121.445721,1\r\n" + OTHER).encode()

    answer = await send(admin, data)

    assert answer.status_code == 201
    assert Counter(row["outcome"] for row in answer.json()["rows"]) == {"IMPORTED": 2, "REFUSED": 1}
    (error,) = answer.json()["rows"][1]["errors"]
    assert (error["pointer"], error["code"]) == ("3/longitude", "IMP_SWAPPED")
    assert "73 至 136" in error["message"]


async def test_two_imports_of_one_file_at_once_bring_each_device_once(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = (HEADER + GOOD + OTHER).encode()
    await admin.token()

    answers = await asyncio.gather(*(send(admin, data) for _ in range(4)))

    assert sorted(answer.json()["imported"] for answer in answers) == [0, 0, 0, 2]
    assert (await counts(world))[0] == 2


async def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = (HEADER + GOOD).encode()

    first = await send(admin, data, key="import-once")
    second = await send(admin, data, key="import-once")

    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_the_same_inventory_of_another_source_is_another_inventory(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    await send(admin, (HEADER + GOOD).encode())

    answer = (await send(admin, (HEADER + GOOD).encode(), source="survey-2025")).json()

    assert answer["imported"] == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
async def test_an_inventory_comes_in_the_encodings_that_offices_use(world: World, encoding: str) -> None:
    answer = await send(world.person("DEVICE_ADMIN"), (HEADER + GOOD).encode(encoding))

    assert answer.json()["imported"] == 1


async def test_a_file_without_a_readable_header_changes_nothing(world: World) -> None:
    before = await counts(world)

    answer = await send(world.person("DEVICE_ADMIN"), GOOD.encode())

    assert (answer.status_code, answer.json()["code"]) == (422, "IMP_UNREADABLE")
    assert "设置地点" in answer.json()["errors"][0]["message"]
    assert await counts(world) == before


async def test_a_file_that_is_not_csv_is_refused(world: World) -> None:
    headers = {"content-type": "application/json", "inventory-source": "sites"}

    answer = await world.person("DEVICE_ADMIN").post("/v1/device-imports", content=b"{}", headers=headers)

    assert answer.status_code == 415


async def test_another_agencys_import_does_not_exist(world: World) -> None:
    first = (await send(world.person("DEVICE_ADMIN"), (HEADER + GOOD).encode())).json()

    answer = await world.person("DEVICE_ADMIN", agency=1).get(f"/v1/device-imports/{first['id']}")

    assert answer.status_code == 404


async def test_an_imported_device_shows_its_findings_and_is_not_public(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    first = (await send(admin, (HEADER + GOOD).encode())).json()

    device = (await admin.get(f"/v1/devices/{first['rows'][0]['device_id']}")).json()
    public = (await world.anonymous.get("/v1/public/devices")).json()

    assert device["state"] == "LEGACY"
    assert device["findings"] == first["rows"][0]["findings"]
    assert public["items"] == []
