"""The requirement rows of requests between agencies, each with its whole acceptance, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.values.clock import BEIJING
from common.values.ids import CaseId
from common.values.law import NJ_17, NJ_18_1, NJ_22_2
from tests.case.story import OPENED
from tests.data_exchange.given import (
    ASKED,
    ASKING,
    a_request,
    act,
    assistance,
    clock_of,
    letters_of,
    officer,
    seen,
    text_of,
)
from tests.given import ARCHIVED, a_case_in_the_archive
from tests.world import World

pytestmark = pytest.mark.begins(OPENED)


@pytest.mark.law(NJ_18_1)
async def test_NJ_18_1_assistance_is_asked_with_basis_case_purpose_items_and_deadline_by_letter(
    world: World,
) -> None:
    sender, whole = officer(world, ASKING), assistance(world)
    today = world.clock().astimezone(BEIJING).date()
    wished = str(_working_day(world, 8))
    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{whole['case_id']}")).json()

    missing = {
        name: await sender.post("/v1/assistance-requests", json=_without(whole, name))
        for name in ("basis", "purpose", "items")
    }
    no_case = await sender.post("/v1/assistance-requests", json=whole | {"case_id": None})
    no_time = await sender.post("/v1/assistance-requests", json=whole | {"answer_by_on": str(today)})
    sent = await sender.post("/v1/assistance-requests", json=whole | {"answer_by_on": wished})

    assert {name: answer.status_code for name, answer in missing.items()} == dict.fromkeys(missing, 422)
    assert all(answer.json()["errors"][0]["pointer"].endswith(f"/{name}") for name, answer in missing.items())
    assert (no_case.status_code, no_case.json()["code"]) == (422, "DX_CASE_REQUIRED")
    assert (no_time.status_code, no_time.json()["code"]) == (422, "DX_WISH_NOT_ALLOWED")
    exchange = sent.json()
    assert (sent.status_code, exchange["state"]) == (201, "SENT")
    assert exchange["number"].endswith("-2025-00001")
    assert clock_of(exchange, "answer")["due_on"] == wished
    letter = (await letters_of(world, exchange, ASKED))[0]
    assert (letter["kind"], letter["number"]) == ("REQUEST", "示城执协〔2025〕第1号")
    printed = await text_of(world, exchange, 1, ASKED)
    year, month, day = wished.split("-")
    for words in (
        "《中华人民共和国行政处罚法》第二十六条",
        case["number"],
        "核实案件事实",
        *whole["items"],
        f"{int(year)}年{int(month)}月{int(day)}日",
    ):
        assert "".join(words.split()) in printed
    assert (await seen(world, exchange, ASKED))["duty"].startswith("协助事项属于职权范围内的,应当予以协助")
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_17)
async def test_a_request_about_somebody_is_for_an_open_case_of_the_agency_that_asks(world: World) -> None:
    order = assistance(world)
    another = order | {"to_agency_id": world.agencies[ASKING]}

    unknown = await officer(world, ASKING).post(
        "/v1/assistance-requests", json=order | {"case_id": str(CaseId.new(world.clock()))}
    )
    not_own = await officer(world, ASKED).post("/v1/assistance-requests", json=another)
    own = await officer(world, ASKING).post("/v1/assistance-requests", json=order)

    assert [(answer.status_code, answer.json()["code"]) for answer in (unknown, not_own)] == [
        (403, "DX_CASE_NOT_OWN")
    ] * 2
    assert own.status_code == 201


@pytest.mark.begins(ARCHIVED)
async def test_nothing_is_asked_for_a_case_that_is_closed(world: World) -> None:
    case_id = await a_case_in_the_archive(world)
    order = assistance(world, purpose="VERIFY_FACT", case_id=case_id)

    answer = await officer(world, ASKING).post("/v1/assistance-requests", json=order)

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_CASE_CLOSED")


@pytest.mark.law(NJ_18_1)
async def test_NJ_18_2_the_receiver_accepts_gives_a_part_or_refuses_and_silence_is_urged(
    world: World,
) -> None:
    accepted, part, refused, silent = [await a_request(world) for _ in range(4)]

    answers = [
        await act(world, ASKED, accepted, "acceptance", {"note": "三日内提供"}),
        await act(world, ASKED, part, "deliverables", {"text": "已有两页", "is_whole": False}),
        await act(world, ASKED, refused, "refusal", {"code": "R3", "reason": "没有该路段的记录"}),
    ]
    no_reason = await act(world, ASKED, silent, "refusal", {"code": "R3"})
    no_code = await act(world, ASKED, silent, "refusal", {"code": "R9", "reason": "不便提供"})
    world.clock.working_days(6)
    await world.settle()

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert [answer.json()["state"] for answer in answers] == ["ACCEPTED", "PARTIAL", "REFUSED"]
    assert answers[2].json()["refusal_code"] == "R3"
    assert (no_reason.status_code, no_code.json()["code"]) == (422, "DX_REFUSAL_CODE_REQUIRED")
    pressures = [(await seen(world, each))["pressure"] for each in (accepted, part, refused, silent)]
    assert pressures == ["NONE", "NONE", "NONE", "URGED"]
    for exchange in (accepted, part, refused):
        assert [letter["kind"] for letter in await letters_of(world, exchange)] == ["REQUEST", "REPLY"]
    assert [letter["kind"] for letter in await letters_of(world, silent)] == ["REQUEST", "URGING"]


@pytest.mark.law(NJ_22_2)
async def test_NJ_22_2_silence_is_urged_by_letter_twice_and_escalated_with_the_full_log(
    world: World,
) -> None:
    exchange = await a_request(world)
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
    await world.settle()

    escalated = await seen(world, exchange, ASKED)
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]

    assert escalated["pressure"] == "ESCALATED"
    urgings = [letter for letter in await letters_of(world, exchange, ASKED) if letter["kind"] == "URGING"]
    assert [letter["number"] for letter in urgings] == ["示城执催〔2025〕第1号", "示城执催〔2025〕第2号"]
    first, second = [await text_of(world, exchange, letter["n"], ASKED) for letter in urgings]
    assert all(words in first for words in ("催促函", "答复期限", "第1次催促", "将再次催促"))
    assert all(words in second for words in ("第一次催促的答复期限", "第2次催促", "报请监督机关"))
    data = await _escalated(world, exchange)
    assert [line["rule"] for line in data["log"]] == [
        "acknowledge",
        "answer",
        "urge_reply",
        "second_urge_reply",
    ]
    # Beside it the asking agency's own case missed a period meanwhile (OV-6).
    silent = [(item["type"], item["agency_id"]) for item in items if item["type"] != "OV-6"]
    assert silent == [("OV-2", world.agencies[ASKED])]
    assert (await world.fsck()).clean


def _without(order: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in order.items() if key != name}


def _working_day(world: World, n: int) -> Any:
    """The `n`th working day after today."""
    calendar = world.runtimes["data-exchange"].calendar
    day = world.clock().astimezone(BEIJING).date()
    for _ in range(n):
        day = calendar.next_working_day(day + timedelta(days=1))
    return day


async def _escalated(world: World, exchange: dict[str, Any]) -> dict[str, Any]:
    """The data of the record of the escalation, as the ledger has it."""
    path = f"/v1/ledger/streams/exchange/{exchange['exchange_id']}/records"
    items = (await world.anonymous.get(path)).json()["items"]
    records = [item["record"] for item in items]
    return dict(next(record["data"] for record in records if record["type"] == "exchange.escalated"))
