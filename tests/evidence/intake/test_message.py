"""The message of one request is parsed when it is first asked for, and once."""

from __future__ import annotations

import pytest
from fastapi import Request

from common.values.errors import Refusal
from evidence.intake.gat1400 import MAX_OBJECTS
from evidence.intake.message import Message
from tests.evidence.intake.given import push, vehicle


def message(body: bytes) -> Message:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Message(Request({"type": "http", "method": "POST", "headers": []}, receive))


async def test_a_push_is_parsed_once_however_often_it_is_asked_for() -> None:
    sent = message(push(vehicle()))

    first = await sent.vehicles()

    assert first.count == 1
    assert await sent.vehicles() is first
    assert await sent.document() is await sent.document()


async def test_of_too_many_objects_only_the_allowed_number_is_parsed() -> None:
    vehicles = await message(push(*({} for _ in range(MAX_OBJECTS + 5)))).vehicles()

    assert (vehicles.count, len(vehicles.items)) == (MAX_OBJECTS + 5, MAX_OBJECTS)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"not json", "VIID_NOT_JSON"), (b"{}", "VIID_NO_ENVELOPE")],
    ids=["no-json", "no-envelope"],
)
async def test_a_body_that_is_no_push_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await message(body).vehicles()

    assert refusal.value.code == code
