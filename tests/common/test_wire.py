"""Instants, days and names as requests write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.web.wire import Day, In, Instant, Name
from tests.architecture.gates import bare_times

FIRST, LAST = datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("9000-01-01")


class Order(In):
    at: Instant | None = None
    on: Day | None = None
    name: Name | None = None


@pytest.mark.parametrize(
    "text",
    [
        '"20250513"',
        "1740787200",
        "20000000001",
        '"2025-05-13T08:00:00"',
        '"2025-05-13"',
        '"2025-02-30T08:00:00Z"',
        "2e10",
    ],
)
def test_an_instant_that_is_not_written_in_full_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="RFC 3339"):
        Order.model_validate_json(f'{{"at":{text}}}')


@pytest.mark.parametrize(
    "text", ['"20250513"', "1740787200", '"2025-05-13T00:00:00Z"', '"2025-02-30"', '"2025-5-13"']
)
def test_a_day_that_is_not_written_in_full_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="YYYY-MM-DD"):
        Order.model_validate_json(f'{{"on":{text}}}')


@given(
    st.datetimes(min_value=FIRST, max_value=LAST),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_an_instant_in_any_zone_is_the_same_instant_in_utc(naive: datetime, zone: timezone) -> None:
    at = naive.replace(tzinfo=zone)

    order = Order.model_validate_json(f'{{"at":"{at.isoformat()}"}}')

    assert order.at == at
    assert order.at.tzinfo is UTC


def test_small_letters_and_nine_decimals_of_rfc_3339_are_read() -> None:
    order = Order.model_validate_json('{"at":"2025-05-13t08:00:00.123456789z","on":"2025-05-13"}')

    assert order.at == datetime(2025, 5, 13, 8, 0, 0, 123456, tzinfo=UTC)
    assert order.on == date(2025, 5, 13)


@pytest.mark.parametrize(
    ("radical", "instead"), [("\u2f45", "方"), ("\u2ed3", "长"), ("\u2f00", "一"), ("\u2e80", "anew")]
)
def test_a_name_with_a_radical_is_refused_with_the_character_to_use(radical: str, instead: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate_json(f'{{"name":"张{radical}"}}')

    [fault] = refused.value.errors()
    assert fault["type"] == ("radical_alone" if instead == "anew" else "radical")
    assert f"character 2 is the radical U+{ord(radical):04X}" in fault["msg"]
    assert instead in fault["msg"]


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\ufeff", "\u2066"])
def test_a_name_with_an_invisible_character_is_refused_with_its_place(hidden: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate_json(f'{{"name":"人民路{hidden}9号"}}')

    [fault] = refused.value.errors()
    assert (fault["type"], fault["ctx"]) == (
        "invisible_character",
        {"position": 4, "code_point": f"U+{ord(hidden):04X}"},
    )


class Planted(In):
    paid_at: datetime
    fine: Instant
    days: list[Day]


def test_a_bare_date_in_a_request_is_named_by_the_gate() -> None:
    app = FastAPI()

    @app.post("/planted")
    async def planted(order: Planted, since: date, at: Instant) -> None: ...

    assert bare_times(app.openapi()) == ["POST /planted ?since", "POST /planted Planted.paid_at"]
