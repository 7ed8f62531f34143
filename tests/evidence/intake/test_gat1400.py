"""The oddities of real GA/T 1400 clients, one by one."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from common.values.errors import Refusal
from evidence.domain.capture import Flag
from evidence.intake.gat1400 import Broken, Item, device_id, moment, parse, read_json, vehicles
from tests.evidence.intake.given import DEVICE, OBJECT_ID, jpeg, picture, push, vehicle

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
NO_FLAG: frozenset[Flag] = frozenset()


def read(body: bytes) -> tuple[list[Item | Broken], frozenset[Flag]]:
    document, flags = read_json(body)
    things, more = vehicles(document)
    return [parse(thing) for thing in things], flags | more


def only(*args: Any, **fields: Any) -> Item:
    items, flags = read(push(vehicle(*args, **fields)))
    assert flags == NO_FLAG
    assert isinstance(items[0], Item)
    return items[0]


def test_a_standard_push_is_read_without_a_flag() -> None:
    item = only()

    assert item.flags == NO_FLAG
    assert (item.object_id, item.device_code, item.times.passed_at) == (OBJECT_ID, DEVICE, NOON)
    assert (item.subject.plate, item.subject.plate_color) == ("苏A12345", "5")
    assert item.times.in_object_id == NOON
    assert item.pictures[0].data == jpeg()


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        ({"MotorVehicleListObject": {"MotorVehicleObject": vehicle()}}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehicleObjectList": {"MotorVehicleObject": [vehicle()]}}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehicleObjectList": {"MotorVehicleList": [vehicle()]}}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehicleObjectList": [vehicle()]}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehicleListObject": [vehicle()]}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehicleListObject": vehicle()}, Flag.ENVELOPE_VARIANT),
        ({"MotorVehiclesListObject": {"MotorVehiclesObject": [vehicle()]}}, Flag.ENVELOPE_VARIANT),
        ([vehicle()], Flag.ENVELOPE_VARIANT),
        ({"motorvehiclelistobject": {"MOTORVEHICLEOBJECT": [vehicle()]}}, None),
        (
            json.dumps({"MotorVehicleListObject": {"MotorVehicleObject": [vehicle()]}}),
            Flag.BODY_DOUBLE_ENCODED,
        ),
    ],
    ids=[
        "single",
        "notification",
        "notification-list",
        "forwarder",
        "bare-standard",
        "one-bare",
        "query",
        "bare",
        "other-case",
        "double",
    ],
)
def test_the_envelopes_that_clients_send_are_read(body: Any, flag: Flag | None) -> None:
    items, flags = read(json.dumps(body).encode())

    assert isinstance(items[0], Item)
    assert flags == ({flag} if flag else NO_FLAG)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"not json",
        b'"text"',
        b"1",
        b"null",
        b"NaN",
        b'{"a": Infinity}',
        b"[" * 100_000,
    ]
    + [
        json.dumps(x).encode()
        for x in (
            {},
            [],
            [{}],
            [vehicle(), 1],
            {"MotorVehicleList": [vehicle()]},
            {"MotorVehicleListObject": 1},
        )
    ],
)
def test_a_body_without_json_or_envelope_is_unreadable(body: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        read(body)

    assert refusal.value.code in ("VIID_NOT_TEXT", "VIID_NOT_JSON", "VIID_NO_ENVELOPE")


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ("20250303120000", None),
        (20250303120000, None),
        ("2025-03-03 12:00:00", Flag.TIME_FORMAT),
        ("2025/03/03 12:00:00", Flag.TIME_FORMAT),
        ("2025-03-03T04:00:00Z", Flag.TIME_FORMAT),
        ("20250303120000000", Flag.TIME_FORMAT),
        (1740974400000, Flag.TIME_FORMAT),
        ("1740974400", Flag.TIME_FORMAT),
    ],
)
def test_a_time_is_read_in_every_form_and_flagged_unless_it_is_the_standards(
    given: Any, flag: Flag | None
) -> None:
    flags: set[Flag] = set()

    assert moment(given, flags) == NOON
    assert flags == ({flag} if flag else set())


@pytest.mark.parametrize(
    "given", ["20250230120000", "yesterday", "00000000000000", "99991231235959", {"a": 1}, "1e400"]
)
def test_a_time_that_nobody_can_read_is_none_and_flagged(given: Any) -> None:
    flags: set[Flag] = set()

    assert moment(given, flags) is None
    assert flags == {Flag.TIME_UNREADABLE}


def test_no_time_is_no_flag() -> None:
    item = only(PassTime="", MarkTime="20250303115900", AppearTime=None)

    assert (item.times.passed_at, item.times.marked_at) == (None, datetime(2025, 3, 3, 3, 59, tzinfo=UTC))
    assert item.flags == NO_FLAG


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"SourceID": "1" * 10 + "2" * 10 + "3" * 10 + "4" * 10 + "2"}, {Flag.ID_SHAPE}),
        ({"SourceID": "short"}, {Flag.ID_SHAPE}),
        ({"SourceID": ""}, set()),
        ({"MotorVehicleID": "b2e7d5f0-uuid", "SourceID": ""}, {Flag.ID_SHAPE}),
    ],
)
def test_an_odd_id_is_a_flag_and_never_a_loss(fields: dict[str, Any], flags: set[Flag]) -> None:
    assert only(**fields).flags == flags


def test_an_id_of_41_digits_without_quotation_marks_keeps_every_digit() -> None:
    digits = "13030421191190201061022026112116252000001"
    body = push(vehicle(picture(ImageID="@"))).replace(b'"@"', digits.encode())

    items, _ = read(body)

    assert isinstance(items[0], Item)
    assert items[0].pictures[0].image_id == digits


@pytest.mark.parametrize(
    ("data", "flag"),
    [
        ("data:image/jpeg;base64,{}", Flag.DATA_URI),
        ("{}\n", Flag.DATA_WRAPPED),
        (" {}\r\n ", Flag.DATA_WRAPPED),
    ],
)
def test_data_with_a_prefix_or_line_breaks_is_stripped_and_flagged(data: str, flag: Flag) -> None:
    item = only(picture(Data=data.format(base64.b64encode(jpeg()).decode())))

    assert item.pictures[0].data == jpeg()
    assert item.flags == {flag}


def test_data_without_its_padding_is_read() -> None:
    item = only(picture(Data=base64.b64encode(b"1234").decode().rstrip("=")))

    assert (item.pictures[0].data, item.flags) == (b"1234", {Flag.DATA_WRAPPED})


@pytest.mark.parametrize(
    "images",
    [
        {"SubImageInfoObject": [picture(Data="!!!")]},
        {"SubImageInfoObject": [picture(Data="汉")]},
        {"SubImageInfoObject": [picture(Data=7)]},
        {"SubImageInfoObject": [picture(Data=None), {"Type": "01"}]},
        {"SubImageInfoObject": []},
        {"SubImageInfoObject": ["x"]},
        {},
        None,
        "x",
    ],
)
def test_an_object_without_a_readable_picture_is_broken_and_keeps_its_id(images: Any) -> None:
    items, _ = read(push(vehicle(SubImageList=images)))

    assert isinstance(items[0], Broken)
    assert items[0].object_id == OBJECT_ID


@pytest.mark.parametrize("thing", [7, None, [], {}, vehicle(MotorVehicleID=""), vehicle(MotorVehicleID=None)])
def test_an_object_without_an_id_is_broken(thing: Any) -> None:
    items, _ = read(push(thing))

    assert isinstance(items[0], Broken)
    assert items[0].object_id is None


@pytest.mark.parametrize(
    "images", [[picture()], {"SubImageObject": [picture()]}, {"SubImageObject": picture()}]
)
def test_other_lists_of_images_are_read_and_flagged(images: Any) -> None:
    assert only(SubImageList=images).flags == {Flag.ENVELOPE_VARIANT}


def test_an_image_by_url_beside_an_inline_one_is_flagged() -> None:
    item = only(picture(), {"Type": "02", "StoragePath": "http://camera/2.jpg"})

    assert (len(item.pictures), item.links[0].url, item.links[0].kind) == (1, "http://camera/2.jpg", "02")
    assert item.flags == {Flag.MEDIA_BY_URL}


def test_an_object_may_name_the_addresses_of_its_pictures_alone() -> None:
    item = only(SubImageList=None, StorageUrl1="http://camera/1.jpg", StorageUrl2="http://camera/2.jpg")

    assert [(link.url, link.kind) for link in item.links] == [
        ("http://camera/1.jpg", "01"),
        ("http://camera/2.jpg", "02"),
    ]
    assert (item.pictures, item.flags) == ((), {Flag.MEDIA_BY_URL})


@pytest.mark.parametrize("bad", [picture(Data="!!!!"), picture(Data=7), {"Type": "01"}, "x", None])
def test_one_bad_picture_does_not_take_the_good_one_with_it(bad: Any) -> None:
    item = only(bad, picture())

    assert ([p.data for p in item.pictures], item.flags) == ([jpeg()], {Flag.PICTURE_BROKEN})


def test_an_id_is_kept_whole_up_to_what_the_index_holds_and_answered_whole_beyond() -> None:
    long, longer = "a" * 512, "b" * 5_000
    item, broken = read(push(vehicle(MotorVehicleID=long), vehicle(MotorVehicleID=longer)))[0]

    assert (item.object_id, broken.object_id) == (long, longer)
    assert isinstance(broken, Broken)
    assert broken.refusal.code == "VIID_ITEM_LONG_ID"


def test_the_device_of_an_image_that_differs_is_flagged_and_fills_in_where_the_object_names_none() -> None:
    other = "34010000001190000002"

    assert only(picture(DeviceID=other)).flags == {Flag.DEVICE_ID_DIFFERS}
    assert only(picture(DeviceID=other), DeviceID="").device_code == other


@pytest.mark.parametrize(
    ("size", "claimed", "flags"),
    [
        ("", None, set()),
        (4256, 4256, set()),
        ("4256", 4256, set()),
        ("4256.00", 4256, set()),
        (4256.0, 4256, set()),
        (81.33, None, {Flag.VALUE_UNREADABLE}),
        (True, None, {Flag.VALUE_UNREADABLE}),
        (-1, None, {Flag.VALUE_UNREADABLE}),
        ("big", None, {Flag.VALUE_UNREADABLE}),
        # As an integer this would be a gigabyte of digits, and would not be ready today.
        ("1e999999999", None, {Flag.VALUE_UNREADABLE}),
        ("-1e999999999", None, {Flag.VALUE_UNREADABLE}),
        ("1e-999999999", None, {Flag.VALUE_UNREADABLE}),
        ("sNaN", None, {Flag.VALUE_UNREADABLE}),
        ("Infinity", None, {Flag.VALUE_UNREADABLE}),
    ],
)
def test_a_number_is_a_number_text_or_nothing(size: Any, claimed: int | None, flags: set[Flag]) -> None:
    item = only(picture(FileSize=size))

    assert (item.pictures[0].claims.size, item.flags) == (claimed, flags)


def test_a_violation_is_read_from_the_extra_key() -> None:
    assert only(ViolationCode="CM-0107").violation_code == "CM-0107"
    assert only(**{"X-ViolationCode": "CM-0107"}).violation_code == "CM-0107"
    assert only(ViolationCode="'; DROP").flags == {Flag.VALUE_UNREADABLE}


@pytest.mark.parametrize(
    "message",
    [
        {"RegisterObject": {"DeviceID": DEVICE}},
        {"registerObject": {"deviceID": DEVICE}},
        {"DeviceID": DEVICE},
    ],
)
def test_a_system_message_is_wrapped_or_flat_in_any_case(message: Any) -> None:
    assert device_id(read_json(json.dumps(message).encode())[0], "RegisterObject") == DEVICE


def test_a_system_message_may_name_no_device() -> None:
    assert device_id({}, "RegisterObject") is None
    assert device_id([], "RegisterObject") is None
    assert device_id({"registerobject": 1}, "RegisterObject") is None


SIDES = {"LeftTopX": 10, "LeftTopY": "20", "RightBtmX": 300, "RightBtmY": 400}
BOX = (10, 20, 300, 400)


@pytest.mark.parametrize(
    ("pictures", "sides", "boxes"),
    [
        ([picture(ImageID=OBJECT_ID[:41]), picture()], SIDES, [BOX, None]),
        ([picture(), picture(Type="01")], SIDES, [BOX, None]),
        ([picture(Type="01")], SIDES, [BOX]),
        ([picture(), picture()], SIDES, [None, None]),
        ([picture(Type="01"), picture(Type="02")], SIDES, [None, None]),
        ([picture()], SIDES | {"LeftTopX": None}, [None]),
        ([picture()], dict.fromkeys(SIDES, 0), [None]),
        ([picture()], {}, [None]),
    ],
    ids=[
        "of-the-source",
        "the-whole-one",
        "the-only-one",
        "two-whole",
        "none-whole",
        "three-sides",
        "zeros",
        "none",
    ],
)
def test_the_box_of_the_vehicle_belongs_to_the_picture_in_which_it_was_measured_or_to_none(
    pictures: list[dict[str, Any]], sides: dict[str, Any], boxes: list[Any]
) -> None:
    assert [one.claims.box for one in only(*pictures, **sides).pictures] == boxes
