"""One push of each dialect that reaches a city, with invented values: what is read of it, and every flag it leaves."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evidence.domain.capture import Flag, Passage, Subject, Times, captured_at
from evidence.intake.gat1400 import MOTOR_VEHICLE, NON_MOTOR_VEHICLE, Item, parse, read_json, vehicles
from tests.evidence.intake.given import DEVICE, jpeg

DATA = Path(__file__).parents[2] / "data" / "viid"
NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)


def read(name: str) -> tuple[Item, set[Flag]]:
    """The one object of a fixture, in which `@jpeg` stands for a picture, and the flags of message and object."""
    body = (DATA / name).read_bytes().rstrip().replace(b"@jpeg", base64.b64encode(jpeg(64, 48)))
    document, odd = read_json(body)
    sort = NON_MOTOR_VEHICLE if name == "bicycle.json" else MOTOR_VEHICLE
    things, more = vehicles(document, sort)
    item = parse(things[0], sort)
    assert isinstance(item, Item)
    assert len(things) == 1
    return item, {*odd, *more, *item.flags}


@pytest.mark.parametrize(
    ("name", "expected", "flags"),
    [
        (
            "camera-software.json",
            {"subject": Subject("苏A88888", "5", "99"), "times": Times(None, None, NOON), "measured": None},
            set(),
        ),
        (
            "many-fields.json",
            {
                "subject": Subject("苏B3346B", "2", "02"),
                "passage": Passage(2, None, "K33"),
                "speed": Decimal("81.33"),
                "times": Times(None, datetime(2025, 3, 3, 3, 59, tzinfo=UTC), None),
            },
            {Flag.ID_SHAPE},
        ),
        (
            "forwarder-flat.json",
            {
                "subject": Subject("苏C1Q001", "5", None),
                "passage": Passage(2, "1", "3"),
                "speed": Decimal("48"),
                "device_code": DEVICE,
                "pictures": 0,
                "links": ["http://192.0.2.10:8080/VIID/download/1"],
            },
            {Flag.ENVELOPE_VARIANT, Flag.MEDIA_BY_URL, Flag.TIME_FORMAT},
        ),
        (
            "parking.json",
            {"subject": Subject("苏D2W002"), "device_code": None, "passage": Passage(), "links": []},
            {Flag.ID_SHAPE},
        ),
        (
            "notification.json",
            {"subject": Subject(None, None, None, "无车牌"), "device_code": DEVICE},
            {Flag.ENVELOPE_VARIANT, Flag.NO_PLATE, Flag.DATA_URI},
        ),
        (
            "query-answer.json",
            {"subject": Subject("苏A12345", "渐变绿", None, "苏ａ·12345"), "speed": Decimal("60")},
            {
                Flag.ENVELOPE_VARIANT,
                Flag.PLATE_NORMALISED,
                Flag.VALUE_OUTSIDE_LIST,
                Flag.TEXT_REPAIRED,
                Flag.TIME_FORMAT,
            },
        ),
        ("bicycle.json", {"subject": Subject("示范012345", "9", None)}, set()),
    ],
)
def test_each_dialect_is_read_with_every_oddity_flagged(
    name: str, expected: dict[str, Any], flags: set[Flag]
) -> None:
    item, found = read(name)

    seen = {
        "subject": item.subject,
        "passage": item.passage,
        "speed": item.measured and item.measured.value,
        "measured": item.measured,
        "times": item.times,
        "device_code": item.device_code,
        "pictures": len(item.pictures),
        "links": [link.url for link in item.links],
    }
    assert {key: seen[key] for key in expected} == expected
    assert found == flags
    assert all(picture.data == jpeg(64, 48) for picture in item.pictures)
    assert all(len(picture.image_id or SHAPE) == len(SHAPE) for picture in item.pictures)


SHAPE = "34010000001190000001022025030312000000001"


def test_a_capture_without_a_time_of_its_own_takes_it_from_elsewhere_and_says_so() -> None:
    item, _ = read("camera-software.json")
    at, source, flags = captured_at(item.times, (), NOON)

    assert (at, source, flags) == (NOON, "OBJECT_ID", {Flag.TIME_FROM_ID})
