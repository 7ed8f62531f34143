"""An inventory comes in: read as its owner has it, every row accounted for, a repeat changes nothing (Inv. 5; D-T0)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from common.door.rows import digest_of, key_of
from common.values.law import PJ_2, PJ_2_6
from device_registry.store import tables
from device_registry.store.tables_inventory import inventory_rows
from tests.device_registry.inventories import GOOD, HEADER, OTHER, carried, counts, send
from tests.world import World

REAL = (Path(__file__).parents[1] / "data" / "shanghai-enforcement-cameras.csv").read_bytes()


@pytest.mark.slow
async def test_the_real_inventory_is_imported_row_by_row_and_again_without_change(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = world.person("DEVICE_ADMIN")

    accepted = await send(admin, REAL)
    began = time.monotonic()
    first = await carried(world, admin, accepted.json()["id"])
    took = time.monotonic() - began
    after_first = (await counts(world))[0]
    again = await send(admin, REAL)
    second = await carried(world, admin, again.json()["id"])

    with capsys.disabled():
        print(f"\nimport: {first['total']} rows in {took:.1f} s = {first['total'] / took:.0f} rows/s")
    assert (accepted.status_code, accepted.json()["status"], accepted.json()["done"]) == (202, "UNDER_WAY", 0)
    assert (first["status"], first["total"], first["imported"], first["refused"]) == ("DONE", 3879, 3879, 0)
    assert first["findings"]["NO_LOCATION"] == 380
    assert first["findings"]["TERRITORY_UNKNOWN"] == 384
    assert first["findings"]["OUT_OF_TERRITORY"] == 4
    assert first["findings"]["DEV_LEGAL_BASIS_INSUFFICIENT"] == 3879
    assert "DATUM_UNKNOWN" not in first["findings"]
    assert len(first["rows"]) == 200
    assert (second["unchanged"], second["imported"], second["updated"]) == (3879, 0, 0)
    assert (await counts(world))[0] == after_first


async def test_a_rehearsal_answers_200_says_first_how_the_file_is_read_and_writes_nothing(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = HEADER + GOOD + "火星路,徐汇区,1.2E+02,31.2,1\r\n" + OTHER
    before = await counts(world)

    rehearsal = await send(admin, data, dry_run="true")
    between = await counts(world)
    carried_out = (await send(admin, data)).json()

    rehearsed = rehearsal.json()
    assert (rehearsal.status_code, between) == (200, before)
    assert (rehearsed["dry_run"], rehearsed["status"], rehearsed["id"]) == (True, "REHEARSED", None)
    assert list(rehearsed).index("read") < list(rehearsed).index("total")
    (table,) = rehearsed["read"]["tables"]
    assert [(c["heading"], c["read_as"]) for c in table["columns"]] == [
        ("设置地点", "place"),
        ("行政区", "district"),
        ("经度(WGS84)", "longitude"),
        ("纬度(WGS84)", "latitude"),
        ("违法指数", "violation_index"),
    ]
    assert rehearsed["read"]["first_row"]["place"] == "衡山路进东平路北约5米"
    for name in ("total", "imported", "unchanged", "refused", "findings", "read"):
        assert rehearsed[name] == carried_out[name]
    assert [row["outcome"] for row in carried_out["rows"]] == ["IMPORTED", "REFUSED", "IMPORTED"]


async def test_a_refused_row_names_the_cell_and_the_accepted_values_and_the_good_rows_stand(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")

    answer = await send(admin, HEADER + GOOD + "衡山路,徐汇区,221.445721,31.2,1\r\n" + OTHER)

    assert answer.status_code == 201
    assert Counter(row["outcome"] for row in answer.json()["rows"]) == {"IMPORTED": 2, "REFUSED": 1}
    (error,) = answer.json()["rows"][1]["errors"]
    assert (error["pointer"], error["code"]) == ("3/longitude", "IMP_OUT_OF_RANGE")
    assert "73 与 136" in error["message"]


async def test_two_imports_of_one_file_at_once_bring_each_device_once(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    await admin.token()

    answers = await asyncio.gather(*(send(admin, HEADER + GOOD + OTHER) for _ in range(4)))
    done = [await carried(world, admin, answer.json()["id"]) for answer in answers]

    assert {answer.status_code for answer in answers} <= {201, 202}
    assert sorted(each["imported"] for each in done) == [0, 0, 0, 2]
    assert (await counts(world))[0] == 2


async def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")

    first = await send(admin, HEADER + GOOD, key="import-once")
    second = await send(admin, HEADER + GOOD, key="import-once")

    assert second.json() == first.json()
    assert (second.status_code, second.headers["idempotency-replayed"]) == (201, "true")


async def test_the_same_inventory_of_another_source_is_another_inventory(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    await send(admin, HEADER + GOOD)

    answer = (await send(admin, HEADER + GOOD, source="survey-2025")).json()

    assert answer["imported"] == 1


async def test_a_file_without_a_readable_header_changes_nothing_and_says_what_is_accepted(
    world: World,
) -> None:
    before = await counts(world)

    answer = await send(world.person("DEVICE_ADMIN"), GOOD)

    assert (answer.status_code, answer.json()["code"]) == (422, "IMP_UNREADABLE")
    assert "设置地点" in answer.json()["errors"][0]["message"]
    assert "read=" in answer.json()["detail"]
    assert await counts(world) == before


async def test_a_file_that_is_no_table_is_refused(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")

    as_json = await send(admin, "{}", media_type="application/json")
    a_picture = await send(admin, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")

    assert (as_json.status_code, a_picture.status_code) == (415, 415)


async def test_another_agencys_import_does_not_exist(world: World) -> None:
    first = (await send(world.person("DEVICE_ADMIN"), HEADER + GOOD)).json()
    stranger = world.person("DEVICE_ADMIN", agency=1)

    for rest in ("", "/rows", "/file"):
        assert (await stranger.get(f"/v1/device-imports/{first['id']}{rest}")).status_code == 404
    assert (await send(world.person("AGENCY_HEAD"), HEADER + GOOD)).status_code == 403


@pytest.mark.law(PJ_2)
async def test_an_imported_device_shows_its_findings_and_is_not_public(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    first = (await send(admin, HEADER + GOOD)).json()

    device = (await admin.get(f"/v1/devices/{first['rows'][0]['device_id']}")).json()
    public = (await world.anonymous.get("/v1/public/devices")).json()

    assert device["state"] == "LEGACY"
    assert device["findings"] == first["rows"][0]["findings"]
    assert {device["installer_type"], device["funding_source"], device["kind"]} == {"UNKNOWN"}
    assert public["items"] == []


@pytest.mark.law(PJ_2_6)
async def test_a_market_entity_that_lives_on_fines_is_read_and_its_device_stopped_at_once(
    world: World,
) -> None:
    """What the file says is what the register holds: it is not certified away (D-T0, CU-6)."""
    admin = world.person("DEVICE_ADMIN")
    header = "设置地点,安装单位,资金来源,罚款分成,场所类型"

    answer = await send(
        admin,
        f"{header}\n示例路一号,某某科技有限公司,社会资本,按比例分成,道路\n示例路二号,本机关,财政,无,宾馆客房\n"
        "示例路三号,,,,道路\n",
    )

    rows = answer.json()["rows"]
    devices = [(await admin.get(f"/v1/devices/{row['device_id']}")).json() for row in rows]
    assert [row["state"] for row in rows] == ["STOPPED", "STOPPED", "LEGACY"]
    assert (devices[0]["installer_type"], devices[0]["funding_source"]) == ("MARKET_ENTITY", "MARKET_ENTITY")
    assert "DEV_MARKET_ENTITY_REVENUE" in rows[0]["findings"]
    assert "DEV_PROHIBITED_PLACE" in rows[1]["findings"]
    assert "DEV_PROVISION_UNKNOWN" in rows[2]["findings"]


async def test_an_import_that_was_interrupted_goes_on_where_it_stopped(world: World) -> None:
    """A process that ends between two batches leaves whole batches; the job of the next one does the rest."""
    admin = world.person("DEVICE_ADMIN")
    rows = "".join(f"示例路{n}号,徐汇区,121.4{n:05d},31.2,1\r\n" for n in range(1200))
    accepted = (await send(admin, HEADER + rows)).json()
    async with world.database("device-registry") as db:
        await db.execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'gone'; END $$;"
            "CREATE TRIGGER die BEFORE INSERT ON import_answers FOR EACH ROW WHEN (NEW.begins = 500)"
            " EXECUTE FUNCTION die()"
        )
        with pytest.raises(Exception, match="gone"):
            await world.settle(slow_jobs=False)
        halfway = (await admin.get(f"/v1/device-imports/{accepted['id']}")).json()
        await db.execute("DROP TRIGGER die ON import_answers")

    done = await carried(world, admin, accepted["id"])

    assert (halfway["status"], halfway["done"], halfway["imported"]) == ("UNDER_WAY", 500, 500)
    assert (done["status"], done["imported"]) == ("DONE", 1200)
    assert (await counts(world))[0] == 1200
    page = (await admin.get(f"/v1/device-imports/{done['id']}/rows", params={"limit": 200})).json()
    assert [row["row"] for row in page["items"]] == list(range(2, 202))
    rest = {"limit": 200, "cursor": page["next_cursor"]}
    assert (await admin.get(f"/v1/device-imports/{done['id']}/rows", params=rest)).json()["items"][0][
        "row"
    ] == 202


async def test_the_rows_are_stored_as_their_records_say_though_these_are_signed_ahead(world: World) -> None:
    """The digest of a row is made before the database has it, so it must be that of what the database then holds."""
    admin = world.person("DEVICE_ADMIN")
    rows = (
        "设置地点,行政区,经度(WGS84),纬度(WGS84),设备编号,违法行为,设置依据,依据层级\n"
        "示范路1号,徐汇区,121.5,31.25,31010400001190000001,违法停车,《道路交通安全法》第一百一十四条,法律\n"
        "示范路2号,,,,,,,\n"
        '"示范路3号 ""东"" \\侧",火星,121.4457219,31.2104439,,超速、闯红灯,《市政府规章》第九条,\n'
        "某小区公共卫生间,黄浦区,121.49,31.2,,,,\n"
    )

    brought = (await send(admin, rows)).json()

    assert [row["outcome"] for row in brought["rows"]] == ["IMPORTED"] * 4
    async with world.database("device-registry") as connection:
        said = {
            (row["table"], row["key"]): row["sha256"]
            for note in await connection.fetch("SELECT note FROM outbox WHERE type = 'device.imported'")
            for row in orjson.loads(bytes(note["note"]).partition(b"\n")[0])["data"]["rows"]
        }
        await connection.set_type_codec("jsonb", encoder=str, decoder=orjson.loads, schema="pg_catalog")
        stored = {
            (str(table.name), key_of(table, row)): digest_of(table, row)
            for table in (tables.devices, tables.periods, inventory_rows)
            for row in await connection.fetch(f"SELECT * FROM {table.name}")
        }
    assert said == stored
    assert len(said) == 12


async def test_a_batch_of_which_a_code_is_in_use_is_written_without_that_row(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    coded = "设置地点,设备编号\n示范路{n}号,3101040000119000000{n}\n"
    await send(admin, coded.format(n=1), source="one")
    rows = "设置地点,设备编号\n示范路7号,31010400001190000001\n示范路8号,31010400001190000008\n"

    answer = (await send(admin, rows, source="two")).json()

    assert [row["outcome"] for row in answer["rows"]] == ["REFUSED", "IMPORTED"]
    assert answer["rows"][0]["errors"][0]["code"] == "IMP_CODE_IN_USE"
    assert answer["rows"][1]["record_id"]
