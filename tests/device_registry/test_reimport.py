"""The same inventory again: what was corrected is changed, nothing comes twice, the file goes back with its answers."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import openpyxl
import pytest

from common.files.workbooks import Sheet, workbook
from tests.device_registry.inventories import GOOD, HEADER, OTHER, counts, send, send_workbook
from tests.world import Client, World

CODED = "设置地点,设备编号,自编号,方向\n"
OWNED = "设置地点,产权,方向\n"


async def listed(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/devices", params={"limit": 200})).json()["items"]
    return items


async def test_a_corrected_file_changes_what_differs_and_brings_no_device_twice(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    first = (await send(admin, HEADER + GOOD + OTHER)).json()
    before = await counts(world)

    moved = GOOD.replace("121.445721", "121.445999")
    second = (await send(admin, HEADER + moved + OTHER)).json()
    third = (await send(admin, HEADER + OTHER + moved)).json()

    assert [row["outcome"] for row in second["rows"]] == ["UPDATED", "UNCHANGED"]
    assert second["rows"][0]["fields"] == ["longitude"]
    assert second["rows"][0]["device_id"] == first["rows"][0]["device_id"]
    assert third["unchanged"] == 2
    assert {device["longitude"] for device in await listed(admin)} == {"121.445999", "121.416938"}
    # The device's own record of the change, and two of each import: received and concluded.
    assert (await counts(world)) == (before[0], before[1] + 5)
    types = await world.record_types("device-registry", f"device/{first['rows'][0]['device_id']}")
    assert types == ["device.imported", "device.reimported"]


async def test_an_empty_cell_changes_nothing_and_a_dash_clears(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    await send(admin, CODED + "衡山路,31010400001190000001,A1,由东向西\n")

    silent = (await send(admin, CODED + "衡山路,31010400001190000001,,\n")).json()
    cleared = (await send(admin, CODED + "衡山路东,31010400001190000001,,-\n")).json()

    (device,) = await listed(admin)
    assert silent["rows"][0]["outcome"] == "UNCHANGED"
    assert cleared["rows"][0]["fields"] == ["direction", "place"]
    assert (device["direction"], device["agency_number"], device["place"]) == ("", "A1", "衡山路东")


async def test_no_file_makes_two_devices_of_one_code_however_often_it_comes(world: World) -> None:
    """Codes exchanged, repeated, or of another source: each is answered, and none of it is an error of ours."""
    admin = world.person("DEVICE_ADMIN")
    one, two = "31010400001190000001", "31010400001190000002"
    await send(admin, CODED + f"一号,{one},,\n二号,{two},,\n")

    exchanged = await send(admin, CODED + f"一号,{two},,\n二号,{one},,\n")
    repeated = await send(admin, CODED + f"一号,{one},,\n二号,{one},,\n")
    of_another = await send(admin, CODED + f"三号,{one},,\n", source="survey")

    assert [row["outcome"] for row in exchanged.json()["rows"]] == ["UPDATED", "UPDATED"]
    assert [row["outcome"] for row in repeated.json()["rows"]] == ["UPDATED", "REFUSED"]
    (refused,) = of_another.json()["rows"]
    assert refused["errors"][0]["code"] == "IMP_CODE_IN_USE"
    assert (await counts(world))[0] == 2


async def test_a_device_that_was_stopped_is_not_released_by_a_corrected_file(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    await send(admin, "设置地点,场所类型,方向\n某处,宾馆客房,\n")

    answer = (await send(admin, "设置地点,场所类型,方向\n某处,道路,\n")).json()

    (device,) = await listed(admin)
    assert answer["rows"][0]["errors"][0]["code"] == "IMP_CERTIFIED"
    assert "停止使用" in answer["rows"][0]["errors"][0]["message"]
    assert (device["state"], device["place_type"]) == ("STOPPED", "HOTEL_GUEST_ROOM")


async def test_a_file_that_gives_a_partys_device_to_the_agency_takes_it_out_of_the_partys_sight(
    world: World,
) -> None:
    admin, party = world.person("DEVICE_ADMIN"), world.person("PARTY")
    first = await send(admin, OWNED + "衡山路,当事人,由东向西\n")
    device = first.json()["rows"][0]["device_id"]
    named = await admin.post(f"/v1/devices/{device}/operator", json={"party_id": party.id})

    turned = (await send(admin, OWNED + "衡山路,当事人,由西向东\n")).json()
    kept = await party.get(f"/v1/devices/{device}")
    taken = await send(admin, OWNED + "衡山路,本机关,由西向东\n")
    gone = await party.get(f"/v1/devices/{device}")

    assert named.status_code == 201
    assert turned["rows"][0]["fields"] == ["direction"]
    assert (kept.status_code, kept.json()["operator_id"]) == (200, party.id)
    assert taken.json()["rows"][0]["fields"] == ["owner_type"]
    (shown,) = await listed(admin)
    assert (shown["owner_type"], shown["operator_id"], gone.status_code) == ("AGENCY", None, 404)
    assert (await world.fsck()).clean


async def test_the_same_file_comes_back_with_what_came_of_each_row_and_why(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    data = workbook(
        Sheet(
            "清单",
            [["某区设备一览表"], ["设置地点", "经度"], ["衡山路", "121.4"], ["=1+1", ""], ["合计", "2"]],
        )
    )
    made = (await send_workbook(admin, data)).json()

    back = await admin.get(f"/v1/device-imports/{made['id']}/file")
    as_text = await admin.get(f"/v1/device-imports/{made['id']}/file", params={"format": "csv"})

    page = openpyxl.load_workbook(io.BytesIO(back.content))["清单"]
    cells = [[cell.value for cell in row] for row in page.rows]
    assert cells[1] == ["设置地点", "经度", "导入结果", "原因"]
    assert [row[2] for row in cells[2:]] == ["REFUSED", "REFUSED", "SUM"]
    assert "请同时给出经度与纬度" in cells[2][3]
    assert page["A4"].data_type == "s"
    lines = list(csv.reader(io.StringIO(as_text.content.decode("utf-8-sig"))))
    assert (lines[3][0], lines[1][2]) == ("'=1+1", "导入结果")


async def test_the_template_is_read_again_and_explains_every_column(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")

    template = await admin.get("/v1/device-inventory-template")
    as_text = await admin.get("/v1/device-inventory-template", params={"format": "csv"})
    from_workbook = (await send_workbook(admin, template.content, dry_run="true")).json()
    from_text = (await send(admin, as_text.content, dry_run="true")).json()

    for answer in (from_workbook, from_text):
        (table,) = answer["read"]["tables"]
        assert all(column["read_as"] for column in table["columns"])
        assert (answer["imported"], answer["refused"]) == (1, 0)
        assert answer["rows"][0]["notes"] == []
    assert from_workbook["read"]["sheets_not_read"] == ["填写说明"]


async def test_an_export_comes_in_again_without_a_change_and_no_cell_of_it_is_a_formula(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    full = "设置地点,经度,纬度,功能,设置依据,资金来源,备注\n衡山路,121.4,31.2,违停、闯红灯,《某法》第一条,财政,@note\n"
    first = await send(admin, full, datum="GCJ02")

    exported = await admin.get("/v1/device-inventory")
    as_text = await admin.get("/v1/device-inventory", params={"format": "csv"})
    again = (await send_workbook(admin, exported.content)).json()
    from_text = (await send(admin, as_text.content)).json()

    assert first.json()["imported"] == 1
    assert [row["outcome"] for row in (*again["rows"], *from_text["rows"])] == ["UNCHANGED", "UNCHANGED"]
    assert b"'@note" in as_text.content
    page = openpyxl.load_workbook(io.BytesIO(exported.content)).active
    assert page is not None
    assert {cell.data_type for row in page.rows for cell in row if cell.value is not None} == {"s"}


async def test_a_file_is_forgotten_after_its_days_and_its_answers_stay(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    made = (await send(admin, HEADER + GOOD)).json()

    world.clock.advance(days=31)
    await world.settle()
    again = (await admin.get(f"/v1/device-imports/{made['id']}")).json()
    gone = await admin.get(f"/v1/device-imports/{made['id']}/file")

    assert again["rows"] == made["rows"]
    assert (gone.status_code, gone.json()["code"]) == (410, "IMP_FILE_GONE")


async def test_a_table_whose_headings_nobody_knows_is_read_as_the_caller_says(world: World) -> None:
    """A public list of mobile places: a title row first, headings of its own, the two ends of each stretch."""
    admin = world.person("DEVICE_ADMIN")
    told = [
        "LOCATION:place", "SUBURB:district", "Start_Lat:latitude", "Start_Lng:longitude", "End_Lat:none",
        "H:none", "Reason Code:remark",
    ]  # fmt: skip

    unread = await send(admin, STRETCHES, dry_run="true")
    rehearsed = await send(admin, STRETCHES, dry_run="true", read=told, datum="WGS84")
    again = [await send(admin, STRETCHES, read=told, datum="WGS84") for _ in range(2)]

    by_itself = {c["heading"]: c["read_as"] for c in unread.json()["read"]["tables"][0]["columns"]}
    assert (by_itself["LOCATION"], by_itself["Start_Lat"], by_itself["Start_Lng"]) == ("place", None, None)
    (table,) = rehearsed.json()["read"]["tables"]
    read_as = {column["heading"]: column["read_as"] for column in table["columns"]}
    assert read_as == {
        "LOCATION": "place", "SUBURB": "district", "Reason Code": "remark", "Audit Date": None,
        "Start_Lat": "latitude", "Start_Lng": "longitude", "End_Lat": None, "End_Lng": None,
    }  # fmt: skip
    assert [(row["outcome"], row["row"]) for row in again[0].json()["rows"]] == [
        ("IMPORTED", 3),
        ("IMPORTED", 4),
        ("REFUSED", 5),
    ]
    assert again[0].json()["rows"][2]["errors"][0]["code"] == "IMP_OUT_OF_RANGE"
    assert [again[1].json()[name] for name in ("imported", "unchanged", "refused")] == [0, 2, 1]
    device = (await admin.get(f"/v1/devices/{again[0].json()['rows'][0]['device_id']}")).json()
    assert (device["place"], device["longitude"], device["latitude"]) == (
        "示范大道",
        "121.445721",
        "31.210443",
    )


STRETCHES: Final = (
    "Mobile places,,,,,,,\r\n"
    "LOCATION,SUBURB,Reason Code,Audit Date,Start_Lat,Start_Lng,End_Lat,End_Lng\r\n"
    "示范大道,徐汇区,BCD,2024-05-02 00:00:00,31.2104430,121.4457210,31.2114430,121.4467210\r\n"
    "示范东路,徐汇区,ABC,T,31.2204430,121.4557210,31.2204430,121.4557210\r\n"
    "Example Road,ELSEWHERE,ABC,T,-37.7054939,144.5947869,-37.7054939,144.5947869\r\n"
)


@pytest.mark.parametrize("words", ["设置地点=place", "设置地点:plaza", "x"])
async def test_a_wrong_correction_of_the_caller_is_refused_and_says_the_fields(
    world: World, words: str
) -> None:
    answer = await send(world.person("DEVICE_ADMIN"), HEADER + GOOD, read=words)

    assert (answer.status_code, answer.json()["code"]) == (422, "IMP_CHOICE")
    assert "place" in answer.json()["detail"]
