"""Inventories as offices keep them: forty kinds of sloppy ones, each read, or refused cell by cell (Inv. 5)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.values.errors import Refusal
from common.values.law import PJ_2
from device_registry.domain import inventory
from device_registry.domain.cells import InventoryRow, RefusedRow
from device_registry.domain.columns import Column, heading
from device_registry.domain.datum import Frame, wgs84_to_gcj02
from device_registry.domain.delimited import read_text
from device_registry.domain.inventory import Understood
from device_registry.domain.sheets import Choice, Sheet, Skipped
from tests.device_registry.domain.dossiers import PROFILE

REAL = (Path(__file__).parents[2] / "data" / "shanghai-enforcement-cameras.csv").read_bytes()
HEADER = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数,设备编号"
GOOD = "衡山路进东平路北约5米,徐汇区,121.445721,31.210443,11662,"
OTHER = "莘朱路莲花南路东约80米,闵行区,121.416938,31.086092,14470,"
CODE = "31010400001190000001"


def known(row: Any) -> int:
    return sum(heading(cell) is not None for cell in row)


def read(data: bytes | str, **choice: Any) -> Understood:
    text = read_text(data.encode() if isinstance(data, str) else data, known)
    return inventory.understand([text.sheet], Choice(**choice), PROFILE, most=50_000)


def file(*rows: str, header: str = HEADER) -> str:
    return "\r\n".join([header, *rows, ""])


def good(understood: Understood) -> list[InventoryRow]:
    return [row for row in understood.rows if isinstance(row, InventoryRow)]


def places(understood: Understood) -> list[str]:
    return [row.claims[Column.PLACE] for row in good(understood)]


def test_every_row_of_a_whole_citys_inventory_is_read() -> None:
    understood = read(REAL)

    assert len(good(understood)) == len(understood.rows) == 3879
    assert [row.number for row in understood.rows] == list(range(2, 3881))
    assert sum(Column.LONGITUDE not in row.claims for row in good(understood)) == 380


DAMAGE = {
    "empty place": (",徐汇区,121.445721,31.210443,1,", "place", "IMP_PLACE_EMPTY"),
    "not a number": ("衡山路,徐汇区,东边,31.210443,1,", "longitude", "IMP_NOT_A_NUMBER"),
    "infinite": ("衡山路,徐汇区,inf,nan1,1,", "longitude", "IMP_NOT_A_NUMBER"),
    "rounded coordinate": ("衡山路,徐汇区,1.21446E+02,31.210443,1,", "longitude", "IMP_MANGLED"),
    "rounded code": ("衡山路,徐汇区,121.445721,31.210443,1,3.40100E+19", "device_code", "IMP_MANGLED"),
    "NUL byte": ("衡山\0路,徐汇区,121.445721,31.210443,1,", "place", "IMP_CONTROL_CHARACTER"),
    "control character": ("衡山\x07路,徐汇区,121.445721,31.210443,1,", "place", "IMP_CONTROL_CHARACTER"),
    "unclosed quote": ('"衡山路,徐汇区,121.445721,31.210443,1,', "", "IMP_QUOTE"),
    "text after a quote": ('"衡山路"东,徐汇区,121.445721,31.210443,1,', "", "IMP_QUOTE"),
    "comma in a place": ("衡山路,北侧,徐汇区,121.445721,31.210443,1,x", "", "IMP_CELL_COUNT"),
    "negative index": ("衡山路,徐汇区,121.445721,31.210443,-5,", "violation_index", "IMP_INDEX"),
    "out of range": ("衡山路,徐汇区,221.445721,31.210443,1,", "longitude", "IMP_OUT_OF_RANGE"),
    "half a location": ("衡山路,徐汇区,121.445721,,1,", "latitude", "IMP_LOCATION_HALF"),
    "formula": ('"=HYPERLINK(""http://x.example"",""衡山路"")",徐汇区,,,1,', "place", "IMP_FORMULA"),
    "formula behind a space": (" @SUM(A1),徐汇区,121.445721,31.210443,1,", "place", "IMP_FORMULA"),
    "too long": ("路" * 201 + ",徐汇区,121.445721,31.210443,1,", "place", "IMP_TOO_LONG"),
    "half of a surrogate pair": ("衡山\\ud83d路,徐汇区,121.445721,31.21,1,", "place", "IMP_ENCODING"),
    "replacement character": ("衡山\ufffd路,徐汇区,121.445721,31.210443,1,", "place", "IMP_ENCODING"),
    "punctuation alone": ("。。。,徐汇区,121.445721,31.210443,1,", "place", "IMP_PLACE_EMPTY"),
    "radical": ("衡⼭路,徐汇区,121.445721,31.210443,1,", "place", "IMP_RADICAL"),
}


@pytest.mark.parametrize("row, column, code", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_row_is_refused_by_row_and_column_and_its_neighbours_stand(
    row: str, column: str, code: str
) -> None:
    before, damaged, after = read(file(GOOD, row, OTHER)).rows

    assert isinstance(before, InventoryRow)
    assert isinstance(after, InventoryRow)
    assert isinstance(damaged, RefusedRow)
    assert (damaged.errors[0].pointer, damaged.errors[0].code) == (f"3/{column}", code)
    assert len(damaged.errors[0].message) > 20


@pytest.mark.parametrize("bad", [b"\xff\xfe\xfa", b"\xed\xa0\x80", "衡山路".encode("gb18030")])
def test_a_row_in_another_encoding_is_refused_alone(bad: bytes) -> None:
    data = file(GOOD).encode() + bad + ",徐汇区,121.4,31.2,1,\r\n".encode() + OTHER.encode()

    before, damaged, after = read(data).rows

    assert isinstance(before, InventoryRow)
    assert isinstance(after, InventoryRow)
    assert isinstance(damaged, RefusedRow)
    assert damaged.errors[0].code == "IMP_ENCODING"


SLOPPY = {
    "title rows": ("某区设备一览表,,\n制表:某科,,\n序号,安装地址（*）,备注\n1,衡山路,\n", "衡山路"),
    "heading with blanks and a break": ('"地\n 点 ",備註\n衡山路,\n', "衡山路"),
    "traditional characters": ("編號,設置地點,經度,緯度\n1,衡山路,121.4,31.2\n", "衡山路"),
    "suffix of a known heading": ("序号,固定杆设置地点,功能\n1,衡山路,测速\n", "衡山路"),
    "empty trailing headings": ("设置地点,经度,纬度,,,\n衡山路,121.4,31.2,,,\n", "衡山路"),
    "two unread columns of one name": ("序号,设置地点,备注,序号\n1,衡山路,,1\n", "衡山路"),
    "english names": ("lat,note,Longitude ,place\n31.2,x,121.4,衡山路\n", "衡山路"),
    "tabs": ("设置地点\t经度\t纬度\n衡山路\t121.4\t31.2\n", "衡山路"),
    "semicolons": ("设置地点;经度;纬度\n衡山路;121.4;31.2\n", "衡山路"),
    "two heading rows": ("Address,Longitude,Latitude\n设置地址,经度,纬度\n衡山路,121.4,31.2\n", "衡山路"),
    "grouped headings": ("设置地点,坐标,\n,经度,纬度\n衡山路,121.4,31.2\n", "衡山路"),
    "short rows": ("设置地点,备注,经度,纬度\n衡山路\n", "衡山路"),
    "non-breaking blank": ("设置地点,备注\n衡山\u00a0路,\n", "衡山 路"),
    "old Mac line ends": ("设置地点,备注\r衡山路,\r", "衡山路"),
    "one column": ("设置地点\n衡山路\n", "衡山路"),
    "filler words": ("设置地点,经度,纬度\n衡山路,NULL,N/A\n", "衡山路"),
}


@pytest.mark.parametrize("text, place", SLOPPY.values(), ids=SLOPPY.keys())
def test_a_sloppy_file_is_read_as_its_owner_means_it(text: str, place: str) -> None:
    understood = read(text)

    assert places(understood) == [place]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_make_no_difference(encoding: str) -> None:
    assert read(file(GOOD, OTHER).encode(encoding)).rows == read(file(GOOD, OTHER)).rows


def test_a_file_in_big5_is_read() -> None:
    assert places(read("設置地點,經度,緯度\n中山路口,121.4,25.2\n".encode("big5"))) == ["中山路口"]


def test_a_line_break_in_a_quoted_cell_makes_no_second_device_and_shifts_no_number() -> None:
    """A spreadsheet writes it so (RFC 4180). Its row is one device, and the next row keeps its number."""
    understood = read(file('"衡山路\n东平路口",徐汇区,121.445721,31.210443,1,', OTHER))

    assert places(understood)[0] == "衡山路东平路口"
    assert [row.number for row in understood.rows] == [2, 3]


def test_the_column_that_tells_devices_apart_is_the_place_and_the_other_is_named() -> None:
    """2,683 rows that name three places: the heading alone would have been the wrong guess."""
    rows = "\n".join(f"示例路{n}号,121.4{n:04d},31.2,{n % 3}环内" for n in range(40))

    understood = read(f"C_NAME,longitude,latitude,location\n{rows}\n")
    forced = read(f"C_NAME,longitude,latitude,location\n{rows}\n", columns=(("location", Column.PLACE),))

    assert places(understood)[0] == "示例路0号"
    assert understood.tables[0].columns[0].column is Column.PLACE
    assert understood.tables[0].columns[3].why == "CHOSEN"
    assert {error.wording for error in understood.looks_wrong} == {"datum", "twice"}
    (said,) = [error for error in forced.looks_wrong if error.wording == "places"]
    assert dict(said.facts) == {"rows": 40, "places": 3}


def test_sums_notes_and_repeated_headings_are_no_devices_and_are_named() -> None:
    understood = read(
        "编号,设置地点,数量\nA1,衡山路,1\n编号,设置地点,数量\nA2,东平路,1\n,,\n合计,,2\n备注:以上,,\n"
    )

    assert places(understood) == ["衡山路", "东平路"]
    assert [(row.number, row.kind) for row in understood.skipped] == [
        (3, Skipped.HEADING),
        (5, Skipped.EMPTY),
        (6, Skipped.SUM),
        (7, Skipped.NOTE),
    ]


def test_a_second_table_below_the_first_has_columns_of_its_own() -> None:
    understood = read(
        '编号,设置地点,经纬度\nA1,衡山路,"31.2,121.4"\n,,\n设置地点,备注,经纬度\n东平路,x,"31.3，121.5"\n'
    )

    first, second = good(understood)
    assert (first.claims[Column.PLACE], first.claims[Column.LONGITUDE]) == ("衡山路", "121.400000")
    assert (second.claims[Column.PLACE], second.claims[Column.LONGITUDE]) == ("东平路", "121.500000")
    assert len(understood.tables) == 2


def test_a_row_with_cells_above_the_headings_is_refused_and_not_lost() -> None:
    understood = read("衡山路,徐汇区,121.4,31.2\n设置地点,行政区,经度,纬度\n东平路,徐汇区,121.4,31.2\n")

    lost, kept = understood.rows
    assert isinstance(lost, RefusedRow)
    assert (lost.number, lost.errors[0].code) == (1, "IMP_ABOVE_HEADING")
    assert isinstance(kept, InventoryRow)


def test_the_caller_says_what_the_headings_do_not() -> None:
    text = "PX,Main,Side,Latitude,Longitude\n12,示例路,东街,31.2,121.4\n"
    joined = read(text, columns=(("Main", Column.PLACE), ("C", Column.PLACE), ("PX", Column.OWN_NUMBER)))
    bare = read("衡山路\n东平路\n", header=0, columns=(("A", Column.PLACE),))
    left_out = read(file(GOOD), columns=(("违法指数", None),))

    assert good(joined)[0].claims[Column.PLACE] == "示例路 东街"
    assert good(joined)[0].claims[Column.OWN_NUMBER] == "12"
    assert places(bare) == ["衡山路", "东平路"]
    assert Column.VIOLATION_INDEX not in good(left_out)[0].claims
    assert left_out.tables[0].columns[4].why == "EXCLUDED"


POINTS = {
    "two cells": ("经度,纬度", "121.4,31.2"),
    "swapped": ("经度,纬度", "31.2,121.4"),
    "one cell": ("经纬度,备注", '"121.4,31.2",'),
    "one cell, latitude first, full-width comma": ("经纬度,备注", "31.2，121.4,"),
    "one cell with a line break": ("经纬度,备注", '"31.2\n121.4",'),
    "degrees and minutes": ("经度,纬度", "121°24′,31°12′"),
    "degrees, minutes, seconds": ("经度,纬度", "121°24′00″,31°12'0\""),
    "in words": ("经度,纬度", "东经121度24分,北纬31度12分"),
    "full-width digits": ("经度,纬度", "１２１．４,３１．２"),
}


@pytest.mark.parametrize("header, cells", POINTS.values(), ids=POINTS.keys())
def test_coordinates_are_read_in_every_form_in_which_they_are_written(header: str, cells: str) -> None:
    (row,) = good(read(f"设置地点,{header}\n衡山路,{cells}\n"))

    assert (row.claims[Column.LONGITUDE], row.claims[Column.LATITUDE]) == ("121.400000", "31.200000")


@pytest.mark.parametrize("frame, metres", [(Frame.GCJ02, 540), (Frame.BD09, 1_100), (Frame.CGCS2000, 0)])
def test_a_stated_datum_is_converted_and_an_unstated_one_is_a_finding(frame: Frame, metres: int) -> None:
    text = "设置地点,经度,纬度\n衡山路,121.445721,31.210443\n"

    (stated,) = good(read(text, frame=frame))
    (unstated,) = good(read(text))
    (in_heading,) = good(read(text.replace("经度", f"经度({frame})")))
    (in_a_cell,) = good(read(f"设置地点,坐标系,经度,纬度\n衡山路,{frame},121.445721,31.210443\n"))

    moved = abs(Decimal(stated.claims[Column.LONGITUDE]) - Decimal("121.445721")) * 95_000
    assert abs(moved - metres) < 200
    assert stated.claims[Column.DATUM] == "WGS84"
    assert (unstated.claims[Column.DATUM], unstated.claims[Column.LONGITUDE]) == ("UNKNOWN", "121.445721")
    assert in_heading.claims == in_a_cell.claims == stated.claims


def test_the_way_back_from_gcj_02_is_exact_to_a_decimetre() -> None:
    longitude, latitude = wgs84_to_gcj02(121.445721, 31.210443)

    (row,) = good(read(f"设置地点,经度,纬度\n衡山路,{longitude:.8f},{latitude:.8f}\n", frame=Frame.GCJ02))

    assert abs(Decimal(row.claims[Column.LONGITUDE]) - Decimal("121.445721")) <= Decimal("0.000001")
    assert abs(Decimal(row.claims[Column.LATITUDE]) - Decimal("31.210443")) <= Decimal("0.000001")


@pytest.mark.parametrize("text", ["黄浦", "黄浦区", "310101", "31010100", "黄浦 区"])
def test_a_district_is_known_by_its_name_or_its_code(text: str) -> None:
    (row,) = good(read(f"设置地点,行政区\n衡山路,{text}\n"))

    assert not row.notes


def test_a_district_of_another_city_is_a_finding() -> None:
    (row,) = good(read("设置地点,行政区\n衡山路,火星区\n"))

    assert [note.code for note in row.notes] == ["IMP_DISTRICT_UNKNOWN"]


CODES = {
    "18 digits": ("310104000011900001", None, "310104000011900001", "IMP_CODE_NOT_20"),
    "letters": ("黄执-001", None, "黄执-001", "IMP_CODE_NOT_20"),
    "apostrophe": (f"'{CODE}", CODE, None, "IMP_CODE_REPAIRED"),
    "full-width": ("".join(chr(ord(digit) + 0xFEE0) for digit in CODE), CODE, None, "IMP_CODE_REPAIRED"),
    "five zeros": ("31010400001191200000", "31010400001191200000", None, "IMP_CODE_ROUNDED"),
}


@pytest.mark.parametrize("cell, code, number, finding", CODES.values(), ids=CODES.keys())
def test_a_code_that_is_not_twenty_digits_is_the_agencys_own_number_with_a_finding(
    cell: str, code: str | None, number: str | None, finding: str
) -> None:
    (row,) = good(read(file(GOOD + cell)))

    assert finding in [note.code for note in row.notes]
    assert row.code == code
    assert row.claims.get(Column.OWN_NUMBER) == number


def test_codes_that_a_spreadsheet_rounded_are_found_by_their_zeros() -> None:
    rows = [f"示例路{n}号,,,,,3101040000{n:05d}00000" for n in range(5)]

    understood = read(file(*rows))

    assert {row.errors[0].code for row in understood.rows if isinstance(row, RefusedRow)} == {"IMP_MANGLED"}
    assert len(understood.rows) == 5


def test_a_code_in_a_number_cell_of_a_workbook_is_refused_with_the_reason() -> None:
    sheet = Sheet("清单", [["设置地点", "设备编号"], ["衡山路", 3.101040000119e19], ["东平路", CODE]])

    refused, kept = inventory.understand([sheet], Choice(), PROFILE, most=10).rows

    assert isinstance(refused, RefusedRow)
    assert (refused.errors[0].code, refused.errors[0].wording) == ("IMP_MANGLED", "number")
    assert isinstance(kept, InventoryRow)
    assert kept.code == CODE


def test_a_code_that_stands_twice_belongs_to_its_first_row_and_a_number_of_the_agency_may_repeat() -> None:
    understood = read(f"设置地点,设备编号,自编号\n一号,{CODE},A1\n二号,{CODE},A2\n三号,,A1\n")

    first, second, third = understood.rows
    assert isinstance(second, RefusedRow)
    assert second.errors[0].code == "IMP_CODE_TWICE"
    assert isinstance(first, InventoryRow)
    assert isinstance(third, InventoryRow)
    assert [note.code for note in third.notes] == ["IMP_NUMBER_TWICE"]


def test_running_numbers_are_no_numbers_of_devices() -> None:
    running, own = read("编号,设置地点\n1,一号\n2,二号\n3,三号\n"), read("编号,设置地点\nA1,一号\n17,二号\n")

    assert running.tables[0].columns[0].why == "SEQUENCE"
    assert [row.claims.get(Column.OWN_NUMBER) for row in good(own)] == ["A1", "17"]


def test_a_workbook_of_several_sheets_is_read_whole_and_a_hidden_or_empty_one_is_named() -> None:
    sheets = [
        Sheet("一", [["设置地点", "备注"], ["衡山路", None]]),
        Sheet("二", [["设置地点", "备注"], ["东平路", None]]),
        Sheet("说明", [["本表由某科填写"]]),
        Sheet("旧", [["设置地点", "备注"], ["旧路", None]], is_hidden=True),
    ]

    whole = inventory.understand(sheets, Choice(), PROFILE, most=10)
    hidden = inventory.understand(sheets, Choice(sheet="旧"), PROFILE, most=10)

    assert places(whole) == ["衡山路", "东平路"]
    assert whole.unread == ["说明", "旧"]
    assert places(hidden) == ["旧路"]
    with pytest.raises(Refusal) as refusal:
        inventory.understand(sheets, Choice(sheet="三"), PROFILE, most=10)
    assert refusal.value.code == "IMP_SHEET_UNKNOWN"


@pytest.mark.law(PJ_2)
@pytest.mark.parametrize(
    "data, wording",
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"a,b\n1,2\n", "header"),
        ("备注,经度,纬度\nx,1,2".encode(), "place"),
    ],
)
def test_a_file_of_which_no_column_is_the_place_is_refused_and_says_how_to_name_it(
    data: bytes, wording: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        read(data)

    assert (refusal.value.code, refusal.value.wording) == ("IMP_UNREADABLE", wording)
    assert refusal.value.article is PJ_2


def test_more_rows_than_an_import_takes_are_refused() -> None:
    sheet = Sheet(None, [["设置地点", "备注"], *([f"路{n}", ""] for n in range(11))])

    with pytest.raises(Refusal) as refusal:
        inventory.understand([sheet], Choice(), PROFILE, most=10)

    assert refusal.value.code == "IMP_TOO_MANY_ROWS"


def test_a_quote_left_open_at_the_top_takes_no_other_row_with_it() -> None:
    rows = [f"路{n},徐汇区,121.4,31.2,{n}," for n in range(300)]

    understood = read(file('"衡山路,徐汇区,121.4,31.2,1,', *rows))

    assert len(good(understood)) == 300
    assert Counter(type(row).__name__ for row in understood.rows)["RefusedRow"] == 1


def test_all_faults_of_a_row_are_named_at_once() -> None:
    (damaged,) = read(file(",徐汇区,abc,31.2,-1,3.1E+19")).rows

    assert isinstance(damaged, RefusedRow)
    assert [error.pointer for error in damaged.errors] == [
        "2/place",
        "2/longitude",
        "2/device_code",
        "2/violation_index",
    ]
