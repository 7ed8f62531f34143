"""The bytes that are hashed and signed (RFC 8785 in the profile of docs/LEDGER.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.facts import Commitment, Fact
from common.values.ids import DeviceId
from ledger.canonical import canonical, parse_canonical

NOON = datetime(2030, 3, 1, 12, tzinfo=UTC)
TEXT = st.text(alphabet="abcdefgh0123456789 明证苏", max_size=12)
KEYS = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


class Reason(StrEnum):
    LENS_SHIFTED = "LENS_SHIFTED"


@dataclass(frozen=True)
class Suspended(Fact):
    type: ClassVar[str] = "device.tested_only"
    reason: Reason
    effective_from: datetime
    noted_on: date
    digest: bytes
    text: Commitment
    counts: tuple[int, ...]


@given(VALUES)
def test_canonical_bytes_are_read_back_as_what_they_say(value: Any) -> None:
    assert parse_canonical(canonical(value)) == value


@pytest.mark.parametrize(
    "data",
    [b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b'{"a":1.0}', b'{"a":1e3}', b'{"A":1}', b'{"a":9007199254740993}',
     '{"a":"e\u0301"}'.encode(), b'{"a":"\\u0041"}', b"[[[[[[[[[[1]]]]]]]]]]", b"[NaN]", b""],
)  # fmt: skip
def test_bytes_outside_the_profile_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_canonical(data)


def test_a_fact_says_its_fields_in_the_types_of_the_bytes() -> None:
    device = DeviceId.new(NOON)
    fact = Suspended(device, Reason.LENS_SHIFTED, NOON, NOON.date(), b"\x01\xff", Commitment(b"\x02"), (1, 2))

    assert fact.stream == f"device/{device}"
    assert fact.body() == {
        "reason": "LENS_SHIFTED",
        "effective_from": "2030-03-01T12:00:00.000000Z",
        "noted_on": "2030-03-01",
        "digest": "01ff",
        "text": {"c": "02"},
        "counts": [1, 2],
    }


def test_a_fact_cannot_hold_a_float() -> None:
    fact = Suspended(DeviceId.new(NOON), Reason.LENS_SHIFTED, NOON, NOON.date(), b"", Commitment(b""), (0.5,))  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="cannot hold a float"):
        fact.body()
