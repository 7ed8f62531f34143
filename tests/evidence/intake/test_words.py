"""The words of devices one by one: what is read, and the flag that says what was odd about it."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.errors import Refusal
from evidence.domain.capture import Flag
from evidence.domain.measurement import Measured, Quantity
from evidence.intake.gat1400 import (
    MOTOR_VEHICLE,
    NON_MOTOR_VEHICLE,
    Item,
    parse,
    plates,
    read_json,
    values,
    vehicles,
)
from evidence.intake.gat1400.plates import Plate
from tests.evidence.intake.given import push, vehicle

NONE: set[Flag] = set()
NO_PLATE, NORMALISED, PARTIAL, FORM = (
    Flag.NO_PLATE,
    Flag.PLATE_NORMALISED,
    Flag.PLATE_PARTIAL,
    Flag.PLATE_FORM,
)


# ---- bytes --------------------------------------------------------------------------------------------

STANDARD = push(vehicle()).decode()
CHINESE = json.dumps(json.loads(STANDARD), ensure_ascii=False)
RARE = CHINESE.replace("苏A12345", "苏A1234喆")  # a sign of GBK beyond GB 2312


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        (CHINESE.encode(), NONE),
        (b"\n " + CHINESE.encode(), NONE),
        (CHINESE.encode() + b"\0", {Flag.BODY_TRIMMED}),
        (CHINESE.encode() + b"\0\0\r\n \x1a", {Flag.BODY_TRIMMED}),
        (CHINESE.encode() + b"\n", {Flag.BODY_TRIMMED}),
        (b"\xef\xbb\xbf" + CHINESE.encode(), {Flag.BODY_TRIMMED}),
        (CHINESE.encode("gbk"), {Flag.BODY_GBK}),
        (CHINESE.encode("gbk") + b"\0", {Flag.BODY_GBK, Flag.BODY_TRIMMED}),
        (RARE.encode("gbk"), {Flag.BODY_GBK}),
        (json.dumps(STANDARD).encode(), {Flag.BODY_DOUBLE_ENCODED}),
        (CHINESE.replace('"PlateNo"', '"plateno": "沪B1", "PlateNo"').encode(), {Flag.KEY_REPEATED}),
    ],
    ids=[
        "plain",
        "before",
        "nul",
        "nuls",
        "line-end",
        "bom",
        "gbk",
        "gbk-nul",
        "gbk-rare",
        "double",
        "twice",
    ],
)
def test_the_bytes_of_a_message_are_read_and_what_was_stripped_or_guessed_is_flagged(
    body: bytes, flags: set[Flag]
) -> None:
    document, found = read_json(body)
    item = parse(vehicles(document)[0][0])

    assert found == flags
    assert isinstance(item, Item)
    assert item.subject.plate in ("苏A12345", "苏A1234喆")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        # A cut or damaged sign of UTF-8 makes the rest valid GBK, with other signs: nobody may guess here.
        (
            CHINESE.replace("苏A12345", "苏A京").encode().replace("京".encode(), "京".encode()[:2]),
            "VIID_NOT_TEXT",
        ),
        (CHINESE.encode().replace("苏".encode(), b"\xe8\x8b"), "VIID_NOT_TEXT"),
        (b'{"MotorVehicleListObject": "\xff"}', "VIID_NOT_TEXT"),
        (CHINESE.encode("utf-16"), "VIID_NOT_TEXT"),
        ("{车".encode("gbk"), "VIID_NOT_JSON"),
        (json.dumps(json.dumps(STANDARD)).encode(), "VIID_NOT_JSON"),
        (CHINESE.encode() + b"\0{}", "VIID_NOT_JSON"),
    ],
    ids=["cut-sign", "damaged", "ff", "utf-16", "gbk-no-json", "double-double", "more"],
)
def test_a_text_that_could_be_two_things_is_not_guessed_at(body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        vehicles(read_json(body)[0])

    assert refusal.value.code == code


# ---- plates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        "苏A12345", "京Q5S7K8", "沪C0007D", "粤B1234学", "鲁B1234挂", "京A1234警", "粤Z1234港", "粤Z1234澳",
        "沪A0023领", "苏AD12345", "苏AF12345", "苏AFA1234", "京A12345D", "豫A56789F", "川X1234应急", "123456使",
        "使123456", "WJ京1234X", "VA12345", "民航A1234", "苏0112345",
    ],
)  # fmt: skip
def test_a_plate_of_this_country_is_read_as_it_stands(number: str) -> None:
    flags: set[Flag] = set()

    assert plates.read(number, flags) == Plate(number, None)
    assert flags == NONE


@pytest.mark.parametrize(
    ("written", "number", "flags"),
    [
        ("苏A·12345", "苏A12345", {NORMALISED}),
        ("苏A.12345", "苏A12345", {NORMALISED}),
        (" 苏A 12345 ", "苏A12345", {NORMALISED}),
        ("苏ａ１２３４５", "苏A12345", {NORMALISED}),
        ("苏a12345", "苏A12345", {NORMALISED}),
        ("苏A\u000012345", "苏A12345", {Flag.TEXT_REPAIRED}),
        ("苏A\ud80012345", "苏A12345", {Flag.TEXT_REPAIRED}),
        ("苏A1-345", "苏A1-345", {PARTIAL}),
        ("-A12345", "-A12345", {PARTIAL}),
        ("苏A*****", "苏A*****", {PARTIAL}),
        ("苏A1?", "苏A1?", {PARTIAL, FORM}),
        ("苏A1234O", "苏A1234O", {FORM}),
        ("TEST001", "TEST001", {FORM}),
        ("苏A123456", "苏A123456", {FORM}),
        ("苏A12#45E", "苏A12#45E", {PARTIAL}),
    ],
)  # fmt: skip
def test_a_plate_gets_its_one_spelling_and_other_texts_stay_the_devices_words(
    written: str, number: str, flags: set[Flag]
) -> None:
    found: set[Flag] = set()

    plate = plates.read(written, found)

    assert (plate.number, found) == (number, flags)
    assert plate.written == (written.strip() if NORMALISED in flags else None)


@pytest.mark.parametrize(
    "written",
    [
        "unknown", "UnKnown", "noplate", "No Plate", "no_plate", "NULL", "null", "None", "N/A", "未识别", "无牌车",
        "_无_", "无", "000000", "0", "00000000", "无车牌", "无牌", "未知", "-", "--------", "*", "未悬挂号牌",
        "ＮＵＬＬ", "undefined",
    ],
)  # fmt: skip
def test_a_word_for_no_plate_is_no_plate_with_a_flag(written: str) -> None:
    flags: set[Flag] = set()

    assert plates.read(written, flags) == Plate(None, written)
    assert flags == {NO_PLATE}


@pytest.mark.parametrize("nothing", [None, "", "  ", {}, [], True])
def test_nothing_is_no_plate_and_nothing_odd(nothing: Any) -> None:
    flags: set[Flag] = set()

    assert plates.read(nothing, flags) == Plate(None, None)
    assert flags == NONE


# ---- values -------------------------------------------------------------------------------------------


def read(reader: Any, value: Any) -> tuple[Any, set[Flag]]:
    """The value as it comes out of a message."""
    flags: set[Flag] = set()
    document, _ = read_json(json.dumps({"value": value}).encode())
    return reader(document["value"], flags), flags


OUTSIDE, UNREADABLE, CUT = {Flag.VALUE_OUTSIDE_LIST}, {Flag.VALUE_UNREADABLE}, {Flag.VALUE_CUT}


@pytest.mark.parametrize(
    ("written", "code", "flags"),
    [
        ("5", "5", NONE), (5, "5", NONE), ("蓝", "5", NONE), ("蓝色", "5", NONE), ("其他", "99", NONE),
        ("渐变绿", "渐变绿", OUTSIDE), ("渐变绿色", "渐变绿", OUTSIDE),
        ("黄绿", "黄绿", OUTSIDE), ("黄绿双拼色", "黄绿", OUTSIDE),
        ("B", None, UNREADABLE), ("Y", None, UNREADABLE), ("14", None, UNREADABLE), ("0", None, UNREADABLE),
        ("", None, NONE), (None, None, NONE),
    ],
)  # fmt: skip
def test_a_colour_is_never_guessed(written: Any, code: str | None, flags: set[Flag]) -> None:
    assert read(values.colour, written) == (code, flags)


@pytest.mark.parametrize(
    ("written", "value", "flags"),
    [
        (81.33, "81.33", NONE), ("81", "81", NONE), (81, "81", NONE), (0, "0", NONE), ("48.5", "48.5", NONE),
        (300, "300", NONE), (80.0, "80.0", NONE), (8e1, "80", NONE),
        (81.339, "81.33", CUT), ("81.3399", "81.33", CUT), (0.0000001, "0.00", CUT),
        ("81 km/h", "81", {Flag.TEXT_REPAIRED}), ("81KM/H", "81", {Flag.TEXT_REPAIRED}),
        (300.01, None, UNREADABLE), (-48, None, UNREADABLE), ("-48", None, UNREADABLE), ("fast", None, UNREADABLE),
        (True, None, UNREADABLE), ({}, None, UNREADABLE), ("1e2", None, UNREADABLE), ("８１", None, UNREADABLE),
        ("", None, NONE), (None, None, NONE),
    ],
)  # fmt: skip
def test_a_speed_is_a_number_or_text_of_two_places_and_is_never_rounded_up(
    written: Any, value: str | None, flags: set[Flag]
) -> None:
    measured, found = read(values.speed, written)

    assert (measured and measured.value, found) == (value and Decimal(value), flags)
    assert measured is None or (measured.unit, measured.quantity) == ("km/h", "SPEED")


@pytest.mark.parametrize("written", ["1e-999999999", "1E999999999", "-1e999999999", "99999999999999999999"])
def test_a_number_that_would_fill_the_memory_is_not_expanded(written: str) -> None:
    flags: set[Flag] = set()
    number = read_json(b'{"value": ' + written.encode() + b"}")[0]["value"]

    assert (values.speed(number, flags), values.lane(number, flags)) == (None, None)
    assert flags == UNREADABLE


@pytest.mark.parametrize(
    ("written", "lane", "flags"),
    [
        (2, 2, NONE), ("2", 2, NONE), ("02", 2, NONE), (2.0, 2, NONE), (0, 0, NONE), (32, 32, NONE), ("", None, NONE),
        (2.5, None, UNREADABLE), (33, None, UNREADABLE), ("left", None, UNREADABLE), (-1, None, UNREADABLE),
    ],
)  # fmt: skip
def test_a_lane_is_a_whole_number_to_thirty_two(written: Any, lane: int | None, flags: set[Flag]) -> None:
    assert read(values.lane, written) == (lane, flags)


@pytest.mark.parametrize(
    ("written", "direction", "flags"),
    [
        ("1", "1", NONE), (9, "9", NONE), ("", None, NONE),
        # Cut to one sign these would be another direction.
        ("10", None, UNREADABLE), ("0", None, UNREADABLE), ("东向西", None, UNREADABLE), ("forward", None, UNREADABLE),
    ],
)  # fmt: skip
def test_a_direction_is_one_digit_of_the_standard(
    written: Any, direction: str | None, flags: set[Flag]
) -> None:
    assert read(values.direction, written) == (direction, flags)


@pytest.mark.parametrize(
    ("written", "code", "flags"),
    [
        ("K33", "K33", NONE), ("3", "3", NONE), (31, "31", NONE), ("k33", "K33", {Flag.TEXT_REPAIRED}),
        ("", None, NONE),
        # A record holds no free text.
        ("小型轿车", None, UNREADABLE), ("SUVMPV", None, UNREADABLE),
    ],
)  # fmt: skip
def test_a_class_of_vehicle_is_a_code(written: Any, code: str | None, flags: set[Flag]) -> None:
    assert read(values.vehicle_class, written) == (code, flags)


@pytest.mark.parametrize(
    ("written", "kept", "flags"),
    [
        ("02", "02", NONE),
        ("52", "52", NONE),
        ("2", "2", OUTSIDE),
        ("小型汽车", "小型汽车", OUTSIDE),
        ("", None, NONE),
    ],
)
def test_a_kind_of_plate_that_is_not_in_the_list_is_kept(
    written: Any, kept: str | None, flags: set[Flag]
) -> None:
    assert read(values.plate_class, written) == (kept, flags)


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "read_as"),
    [
        ("WEIGHT", "49310.5", "kg", Measured(Quantity.WEIGHT, Decimal("49310.5"), "kg")),
        ("speed", 30, "KM/H", Measured(Quantity.SPEED, Decimal(30), "km/h")),
        ("SPEED", "301", "km/h", None),
        ("WEIGHT", "49.31", "t", None),  # nothing is converted
        ("WEIGHT", "49310.555", "kg", None),
        ("NOISE", "81", "dB", None),
        ("WEIGHT", None, "kg", None),
    ],
)
def test_a_measured_value_in_the_extra_keys_names_its_quantity_and_unit(
    quantity: Any, value: Any, unit: Any, read_as: Measured | None
) -> None:
    flags: set[Flag] = set()
    thing = {"x-measuredquantity": quantity, "x-measuredvalue": value, "x-measuredunit": unit, "speed": "30"}

    assert values.measured(thing, flags) == read_as
    assert flags == (set() if read_as else {Flag.VALUE_UNREADABLE})
    assert values.measured({"speed": "30"}, flags) == Measured(Quantity.SPEED, Decimal(30), "km/h")


def test_a_speed_that_differs_from_the_measured_value_is_flagged() -> None:
    flags: set[Flag] = set()
    thing = {"x-measuredquantity": "SPEED", "x-measuredvalue": "81", "x-measuredunit": "km/h", "speed": "72"}

    assert values.measured(thing, flags) == Measured(Quantity.SPEED, Decimal(81), "km/h")
    assert flags == {Flag.MEASURED_DIFFERS}
    flags.clear()
    assert values.measured(thing | {"speed": "81.0"}, flags) is not None
    assert not flags


# ---- electric bicycles --------------------------------------------------------------------------------


def test_an_electric_bicycle_is_read_like_a_car_and_its_plate_has_no_national_grammar() -> None:
    bicycle = vehicle(
        NonMotorVehicleID="34010000001190000001022025030312000000001" + "0300001", PlateNo="南京012345"
    )
    del bicycle["MotorVehicleID"]
    for body in (
        {"NonMotorVehicleListObject": {"NonMotorVehicleObject": [bicycle]}},
        {"NonMotorVehicleObjectList": [bicycle]},
    ):
        things, _ = vehicles(read_json(json.dumps(body).encode())[0], NON_MOTOR_VEHICLE)
        item = parse(things[0], NON_MOTOR_VEHICLE)

        assert isinstance(item, Item)
        assert (item.object_id[41:43], item.subject.plate, item.flags) == ("03", "南京012345", NONE)
        with pytest.raises(Refusal):
            vehicles(read_json(json.dumps(body).encode())[0], MOTOR_VEHICLE)


# ---- anything at all ----------------------------------------------------------------------------------

_PLAIN = (
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text()
)
_ANYTHING = (
    _PLAIN | st.lists(_PLAIN, max_size=2) | st.dictionaries(st.sampled_from("abc"), _PLAIN, max_size=2)
)
_FIELDS = (
    "motorvehicleid", "sourceid", "deviceid", "passtime", "marktime", "plateno", "platecolor", "plateclass", "speed",
    "laneno", "direction", "vehicleclass", "violationcode", "storageurl1", "subimagelist", "imageid", "shottime",
    "data", "type", "filesize", "width", "storagepath",
)  # fmt: skip


@given(st.sampled_from(_FIELDS), _ANYTHING)
def test_whatever_stands_in_a_field_is_read_or_refused_and_nothing_else_happens(
    field: str, anything: Any
) -> None:
    image = {"data": "AAAA", field: anything}
    item = parse({field: anything, "motorvehicleid": "7", "subimagelist": [image, {"data": "AAAA"}]})
    other = parse({"motorvehicleid": "7", "subimagelist": [{"data": "AAAA"}], field: anything})

    assert isinstance(item, Item)
    for text in (item.subject.plate, item.subject.plate_written, item.violation_code, item.device_code):
        # The database cannot hold everything, so it never comes through.
        assert text is None or text.isprintable()
    assert item.passage.vehicle_class is None or len(item.passage.vehicle_class) <= 3
    assert isinstance(other, Item) or other.refusal.code.startswith("VIID_ITEM_")


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(noise: bytes) -> None:
    for body in (noise, b'{"a": "' + noise + b'"}'):
        with contextlib.suppress(Refusal):
            assert isinstance(read_json(body)[0], dict | list)
