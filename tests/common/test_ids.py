"""Ids say what they name and sort by when they were made (RFC 9562 §5.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel, ValidationError

from common.values.ids import CaseId, DeviceId, record_ids, uuid7

NOON = datetime(2030, 3, 1, 12, tzinfo=UTC)


class Order(BaseModel):
    device_id: DeviceId


def test_an_id_names_its_kind_and_its_stream() -> None:
    device = DeviceId.new(NOON)

    assert len(device) == 30
    assert device.stream == f"device/{device}"


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [DeviceId.new(NOON + timedelta(milliseconds=n)) for n in range(50)]

    assert ids == sorted(ids)


def test_a_uuid7_carries_its_milliseconds_version_and_variant() -> None:
    number = uuid7(NOON)

    assert number.int >> 80 == int(NOON.timestamp() * 1000)
    assert (number.version, number.variant) == (7, "specified in RFC 4122")


def test_the_ids_of_a_batch_are_uuid7_of_its_instant_and_differ_in_their_74_random_bits() -> None:
    numbers = record_ids(NOON, 2_000)

    assert {number.int >> 80 for number in numbers} == {int(NOON.timestamp() * 1000)}
    assert {(number.version, number.variant) for number in numbers} == {(7, "specified in RFC 4122")}
    random = [(number.int >> 64 & 0xFFF, number.int & (1 << 62) - 1) for number in numbers]
    assert len(set(random)) == 2_000
    for bit in range(12):
        assert {high >> bit & 1 for high, _ in random} == {0, 1}
    for bit in range(62):
        assert {low >> bit & 1 for _, low in random} == {0, 1}


@pytest.mark.parametrize(
    "text", ["", "dev_", "cas_01jd8x0000000000000000000", "dev_81jd8x00000000000000000000", "dev_I" * 6]
)
def test_another_kind_or_shape_is_no_device_id(text: str) -> None:
    with pytest.raises(ValueError, match="a device id is dev_"):
        DeviceId(text)


def test_a_wire_model_refuses_an_id_of_another_kind() -> None:
    with pytest.raises(ValidationError):
        Order.model_validate({"device_id": CaseId.new(NOON)})
    assert Order(device_id=DeviceId.new(NOON)).model_dump_json().startswith('{"device_id":"dev_')
