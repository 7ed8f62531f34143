"""An inventory is read row by row: damage is refused by row and column, and the good rows stand (Inv. 5)."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from common.values.errors import Refusal
from common.values.ids import ImportId
from common.values.law import PJ_2
from device_registry.domain import inventory, legacy
from device_registry.domain.device import PlaceType, State
from device_registry.domain.inventory import InventoryRow, RefusedRow
from device_registry.domain.legacy import Brought, Existing, Known
from tests.device_registry.domain.dossiers import AGENCY, DEVICE, NOON, PROFILE

REAL = (Path(__file__).parents[2] / "data" / "shanghai-enforcement-cameras.csv").read_bytes()
HEADER = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数,设备编号"
GOOD = "衡山路进东平路北约5米,徐汇区,121.445721,31.210443,11662,"
OTHER = "莘朱路莲花南路东约80米,闵行区,121.416938,31.086092,14470,"


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def read(data: bytes) -> list[InventoryRow | RefusedRow]:
    return inventory.read(data, PROFILE)


def test_every_row_of_the_real_inventory_is_readable() -> None:
    rows = read(REAL)

    assert len(rows) == 3879
    assert [row.number for row in rows] == list(range(2, 3881))
    assert all(isinstance(row, InventoryRow) for row in rows)


def test_no_two_rows_of_the_real_inventory_are_taken_for_one_device() -> None:
    rows = [row for row in read(REAL) if isinstance(row, InventoryRow)]

    assert len({row.identity("shanghai") for row in rows}) == 3879
    assert Counter(row.occurrence for row in rows) == {1: 3850, 2: 29}


def test_a_missing_location_is_a_finding_and_not_a_fault() -> None:
    rows = [row for row in read(REAL) if isinstance(row, InventoryRow)]

    assert sum(row.longitude is None for row in rows) == 380
    assert sum(row.division is None for row in rows) == 388


DAMAGE = {
    "empty place": (",徐汇区,121.445721,31.210443,1,", "place", "IMP_PLACE_EMPTY"),
    "swapped coordinates": ("衡山路,徐汇区,31.210443,121.445721,1,", "longitude", "IMP_SWAPPED"),
    "not a number": ("衡山路,徐汇区,东经121度,31.210443,1,", "longitude", "IMP_NOT_A_NUMBER"),
    "degrees and minutes": ("衡山路,徐汇区,121°26′44″,31.210443,1,", "longitude", "IMP_NOT_A_NUMBER"),
    "full-width digits": ("衡山路,徐汇区,１２１.445721,31.210443,1,", "longitude", "IMP_FULL_WIDTH"),
    "rounded coordinate": ("衡山路,徐汇区,1.21446E+02,31.210443,1,", "longitude", "IMP_MANGLED"),
    "rounded code": ("衡山路,徐汇区,121.445721,31.210443,1,3.40100E+19", "device_code", "IMP_MANGLED"),
    "apostrophe before the code": (
        "衡山路,徐汇区,121.445721,31.210443,1,'31010400001190000001",
        "device_code",
        "IMP_DEVICE_CODE",
    ),
    "NUL byte": ("衡山\0路,徐汇区,121.445721,31.210443,1,", "", "IMP_CONTROL_CHARACTER"),
    "control character": ("衡山\x07路,徐汇区,121.445721,31.210443,1,", "", "IMP_CONTROL_CHARACTER"),
    "line break inside": ("衡山\r路,徐汇区,121.445721,31.210443,1,", "", "IMP_CONTROL_CHARACTER"),
    "unclosed quote": ('"衡山路,徐汇区,121.445721,31.210443,1,', "", "IMP_QUOTE"),
    "text after a quote": ('"衡山路"东,徐汇区,121.445721,31.210443,1,', "", "IMP_QUOTE"),
    "too many cells": ("衡山路,徐汇区,121.445721,31.210443,1,,,", "", "IMP_CELL_COUNT"),
    "too few cells": ("衡山路,徐汇区,121.445721", "", "IMP_CELL_COUNT"),
    "negative index": ("衡山路,徐汇区,121.445721,31.210443,-5,", "violation_index", "IMP_INDEX"),
    "index with a fraction": ("衡山路,徐汇区,121.445721,31.210443,5.5,", "violation_index", "IMP_INDEX"),
    "longitude out of range": ("衡山路,徐汇区,221.445721,31.210443,1,", "longitude", "IMP_OUT_OF_RANGE"),
    "latitude out of range": ("衡山路,徐汇区,121.445721,-31.210443,1,", "latitude", "IMP_OUT_OF_RANGE"),
    "half a location": ("衡山路,徐汇区,121.445721,-999.000000,1,", "latitude", "IMP_LOCATION_HALF"),
    "unknown district": ("衡山路,不存在区,121.445721,31.210443,1,", "district", "IMP_DISTRICT_UNKNOWN"),
    "formula": (
        '"=HYPERLINK(""http://x.example"",""衡山路"")",徐汇区,121.445721,31.210443,1,',
        "place",
        "IMP_FORMULA",
    ),
    "formula behind a space": (" @SUM(A1),徐汇区,121.445721,31.210443,1,", "place", "IMP_FORMULA"),
    "too long": ("路" * 201 + ",徐汇区,121.445721,31.210443,1,", "place", "IMP_TOO_LONG"),
    "escaped half of a surrogate pair": ("衡山\\ud83d路,徐汇区,121.445721,31.210443,1,", "", "IMP_ENCODING"),
    "replacement character": ("衡山\ufffd路,徐汇区,121.445721,31.210443,1,", "", "IMP_ENCODING"),
    "empty line": ("", "", "IMP_ROW_EMPTY"),
    "place of punctuation alone": ("----,徐汇区,121.445721,31.210443,1,", "place", "IMP_FORMULA"),
    "infinite": ("衡山路,徐汇区,inf,nan,1,", "longitude", "IMP_NOT_A_NUMBER"),
}


@pytest.mark.parametrize("row, column, code", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_row_is_refused_by_row_and_column_and_its_neighbours_stand(
    row: str, column: str, code: str
) -> None:
    before, damaged, after = read(file(GOOD, row, OTHER))

    assert isinstance(before, InventoryRow)
    assert isinstance(after, InventoryRow)
    assert isinstance(damaged, RefusedRow)
    assert (damaged.errors[0].pointer, damaged.errors[0].code) == (f"3/{column}", code)
    assert len(damaged.errors[0].message) > 20


@pytest.mark.parametrize(
    "bad",
    [b"\xff\xfe\xfa", b"\xed\xa0\x80", "衡山路".encode("gb18030")],
    ids=["bytes", "surrogate", "gb18030"],
)
def test_a_row_in_another_encoding_is_refused_alone(bad: bytes) -> None:
    data = file(GOOD) + bad + ",徐汇区,121.4,31.2,1,\r\n".encode() + OTHER.encode()

    before, damaged, after = read(data)

    assert isinstance(before, InventoryRow)
    assert isinstance(after, InventoryRow)
    assert isinstance(damaged, RefusedRow)
    assert damaged.errors[0].code == "IMP_ENCODING"


def test_all_faults_of_a_row_are_named_at_once() -> None:
    (damaged,) = read(file(",火星区,abc,31.2,-1,12"))

    assert isinstance(damaged, RefusedRow)
    assert [error.pointer for error in damaged.errors] == [
        "2/place",
        "2/district",
        "2/longitude",
        "2/violation_index",
        "2/device_code",
    ]


HEADERS = {
    "missing column": ("设置地点,行政区,经度(WGS84),违法指数", "IMP_COLUMN_MISSING"),
    "duplicate column": ("设置地点,地点,经度,纬度", "IMP_COLUMN_TWICE"),
    "duplicate unread column": ("设置地点,经度,纬度,备注,备注", "IMP_COLUMN_TWICE"),
    "no header": ("衡山路,121.4,31.2", "IMP_HEADER"),
}


@pytest.mark.parametrize("header, code", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_does_not_say_which_cell_is_which_is_refused(header: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(file(GOOD, header=header))

    assert refusal.value.errors[0].code == code
    assert refusal.value.errors[0].pointer.startswith("1/")


@pytest.mark.law(PJ_2)
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", "设置地点,经度,纬度".encode("utf-16")])
def test_a_file_without_readable_header_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        read(data)

    assert refusal.value.code == "IMP_UNREADABLE"
    assert refusal.value.article is PJ_2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, newline: str) -> None:
    data = newline.join([HEADER, GOOD, OTHER]).encode(encoding)

    assert read(data) == read(file(GOOD, OTHER))


def test_columns_come_in_any_order_under_chinese_or_english_names() -> None:
    header, row = "lat,note,Longitude ,place,district", '31.210443,x,121.445721,"衡山路, 北",徐汇区'

    (only,) = read(file(row, header=header))

    assert isinstance(only, InventoryRow)
    assert (only.place, only.division, only.longitude) == ("衡山路, 北", "310104", Decimal("121.445721"))


def test_a_code_that_stands_twice_belongs_to_its_first_row() -> None:
    coded = GOOD + "31010400001190000001"

    first, second = read(file(coded, OTHER + "31010400001190000001"))

    assert isinstance(first, InventoryRow)
    assert isinstance(second, RefusedRow)
    assert second.errors[0].code == "IMP_CODE_TWICE"


def test_a_place_is_the_same_place_however_it_is_typed() -> None:
    wide, plain = read(file("Ｓ３２申嘉湖高速（下行）,,,,,", "s32申嘉湖高速(下行) ,,,,,"))

    assert isinstance(wide, InventoryRow)
    assert isinstance(plain, InventoryRow)
    assert (wide.occurrence, plain.occurrence) == (1, 2)
    assert inventory.normalised(wide.place) == inventory.normalised(plain.place)


def test_the_identity_does_not_depend_on_the_order_of_the_rows() -> None:
    lines = REAL.removeprefix(b"\xef\xbb\xbf").split(b"\r\n")
    header, rows = lines[0], lines[1:-1]
    random.Random(7).shuffle(rows)

    shuffled = read(b"\r\n".join([header, *rows]))

    def identities(rows: list[InventoryRow | RefusedRow]) -> set[bytes]:
        return {row.identity("shanghai") for row in rows if isinstance(row, InventoryRow)}

    assert identities(shuffled) == identities(read(REAL))


def judge(row: InventoryRow, **changes: object) -> Brought | Known | RefusedRow:
    given = {
        "source": "shanghai",
        "agency_id": AGENCY,
        "import_id": ImportId.new(NOON),
        "by": "officer:admin",
        "existing": Existing({}, ()),
        "profile": PROFILE,
        "at": NOON,
    }
    return legacy.judge(row, **(given | changes))  # type: ignore[arg-type]


def one(*cells: str) -> InventoryRow:
    (row,) = read(file(",".join(cells), header="place,district,longitude,latitude,place_type,device_code"))
    assert isinstance(row, InventoryRow)
    return row


@pytest.mark.law(PJ_2)
def test_an_imported_device_is_legacy_with_a_finding_for_every_guard_that_fails() -> None:
    brought = judge(one("天目立交东侧北分岔口", "", "-999.000000", "-999.000000", "", ""))

    assert isinstance(brought, Brought)
    assert (brought.device.state, brought.fact.state) == (State.LEGACY, State.LEGACY)
    assert brought.fact.findings == (
        "DEV_PLACE_UNKNOWN",
        "DEV_KIND_UNKNOWN",
        "DEV_PROVISION_UNKNOWN",
        "TERRITORY_UNKNOWN",
        "NO_LOCATION",
        "DEV_LEGAL_BASIS_INSUFFICIENT",
        "DEV_LEGAL_REVIEW_MISSING",
        "DEV_TECH_REVIEW_MISSING",
        "DEV_STANDARD_NONCONFORM",
        "DEV_SIGNAGE_MISSING",
        "DEV_ACCEPTANCE_TEST_MISSING",
        "DEV_NOT_PUBLISHED",
    )


def test_a_device_of_another_city_is_imported_with_that_finding() -> None:
    brought = judge(one("河南省郑州市东风路", "", "113.664070", "34.804760", "", ""))

    assert isinstance(brought, Brought)
    assert "OUT_OF_TERRITORY" in brought.fact.findings


def test_an_imported_device_in_a_private_place_is_stopped_at_once() -> None:
    brought = judge(one("某宾馆", "黄浦区", "121.49", "31.22", "HOTEL_GUEST_ROOM", ""))

    assert isinstance(brought, Brought)
    assert brought.device.state is State.STOPPED
    assert brought.device.site.place_type is PlaceType.HOTEL_GUEST_ROOM


def test_a_row_that_was_imported_before_changes_nothing() -> None:
    row = one("衡山路", "徐汇区", "121.445721", "31.210443", "", "")

    same = judge(row, existing=Existing({row.identity("shanghai"): DEVICE.id}, ()))
    of_another_source = judge(row, existing=Existing({row.identity("another"): DEVICE.id}, ()))

    assert same == Known(row, DEVICE.id)
    assert isinstance(of_another_source, Brought)


def test_a_code_that_another_device_has_is_refused() -> None:
    row = one("衡山路", "徐汇区", "121.445721", "31.210443", "", "31010400001190000001")

    refused = judge(row, existing=Existing({}, {"31010400001190000001"}))

    assert isinstance(refused, RefusedRow)
    assert refused.errors[0].pointer == "2/device_code"
