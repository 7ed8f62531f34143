"""Silence: overdue, urged, urged again, escalated (NJ 22(2), (3))."""

from __future__ import annotations

import asyncio

import pytest

from common.values.law import NJ_19, NJ_22_2, NJ_22_3
from tests.data_exchange.given import ASKED, ASKING, a_request, act, clock_of, letters_of, seen
from tests.world import World


@pytest.mark.law(NJ_22_2)
async def test_silence_is_recorded_urged_twice_and_escalated(world: World) -> None:
    exchange = await a_request(world)
    early = await act(world, ASKING, exchange, "urgings")

    pressures = []
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
        pressures.append((await seen(world, exchange))["pressure"])

    assert (early.status_code, early.json()["code"]) == (409, "DX_URGE_TOO_EARLY")
    assert pressures == ["URGED", "URGED_TWICE", "ESCALATED"]
    types = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")
    assert types[-1] == "exchange.escalated"
    assert types.count("exchange.overdue") == 4


async def test_the_sender_urges_by_itself_and_of_eight_at_once_one_wins(world: World) -> None:
    exchange = await a_request(world)
    of_the_receiver = await act(world, ASKED, exchange, "urgings")
    world.clock.working_days(6)

    answers = await asyncio.gather(*(act(world, ASKING, exchange, "urgings") for _ in range(8)))
    await world.settle()

    assert of_the_receiver.json()["code"] == "DX_OTHER_SIDE"
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert [letter["kind"] for letter in await letters_of(world, exchange)] == ["REQUEST", "URGING"]
    types = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")
    assert (types.count("exchange.overdue"), types.count("exchange.urged")) == (2, 1)


async def test_a_late_answer_ends_the_urging(world: World) -> None:
    exchange = await a_request(world)
    world.clock.working_days(6)
    await world.settle()

    accepted = await act(world, ASKED, exchange, "acceptance", {"note": "同意"})
    world.clock.working_days(10)
    await world.settle()

    assert accepted.status_code == 201
    after = await seen(world, exchange)
    assert (after["state"], after["pressure"]) == ("ACCEPTED", "NONE")


@pytest.mark.law(NJ_22_3, NJ_19)
async def test_a_withheld_transfer_is_escalated_by_an_officer_who_states_the_result(world: World) -> None:
    exchange = await a_request(world, "/v1/transfer-requests")
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
    assert (await seen(world, exchange))["pressure"] == "URGED_TWICE"

    without = await act(world, ASKING, exchange, "escalation")
    stated = await act(world, ASKING, exchange, "escalation", {"consequence": "案件超过追责期限,无法查处"})

    assert (without.status_code, without.json()["code"]) == (422, "DX_CONSEQUENCE_MISSING")
    assert (stated.status_code, stated.json()["pressure"]) == (201, "ESCALATED")


@pytest.mark.law(NJ_22_2)
async def test_a_missing_acknowledgement_is_recorded_and_not_urged(world: World) -> None:
    exchange = await a_request(world)

    world.clock.working_days(3)
    await world.settle()

    after = await seen(world, exchange)
    assert (after["pressure"], after["urgings"], clock_of(after, "acknowledge")["missed"]) == (
        "NONE",
        0,
        True,
    )
    early = await act(world, ASKING, exchange, "urgings")
    assert early.json()["code"] == "DX_URGE_TOO_EARLY"
    assert early.json()["facts"]["due_on"] == clock_of(after, "answer")["due_on"]


async def test_silence_after_a_promise_is_urged_and_escalated_too(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "acceptance", {"note": "同意"})

    pressures = []
    for days in (11, 4, 4):
        world.clock.working_days(days)
        await world.settle()
        pressures.append((await seen(world, exchange))["pressure"])

    assert pressures == ["URGED", "URGED_TWICE", "ESCALATED"]
    delivered = await act(world, ASKED, exchange, "deliverables", {"text": "记录", "is_whole": True})
    assert (delivered.json()["state"], delivered.json()["pressure"]) == ("FULFILLED", "NONE")


async def test_a_part_ends_the_urging_and_its_rest_is_due(world: World) -> None:
    exchange = await a_request(world)
    world.clock.working_days(6)
    await world.settle()
    part = {"text": "记录一页", "is_whole": False}

    delivered = (await act(world, ASKED, exchange, "deliverables", part)).json()
    running = [clock["rule"] for clock in delivered["clocks"] if clock["ended_at"] is None]
    world.clock.working_days(11)
    await world.settle()

    assert (delivered["pressure"], running) == ("NONE", ["deliver"])
    assert (await seen(world, exchange))["pressure"] == "URGED"


async def test_a_supervisor_reads_the_texts_once_a_silence_was_escalated(world: World) -> None:
    exchange = await a_request(world)
    supervisor = world.person("SUPERVISOR")
    path = f"/v1/exchanges/{exchange['exchange_id']}"

    before = (await supervisor.get(path)).json()
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
    after = (await supervisor.get(path)).json()

    assert [paper["text"] for paper in before["papers"]] == [None]
    assert [paper["text"] for paper in after["papers"]] == ["案件调查需要"]
