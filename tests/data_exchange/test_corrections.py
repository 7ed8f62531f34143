"""Data that is wrong is corrected by its provider (GDS 26): over HTTP, on PostgreSQL, with the ledger."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.values.law import GDS_26
from tests.data_exchange.given import ASKED, ASKING, a_correction, a_request, act, clock_of, officer, seen
from tests.world import World


async def received(world: World) -> dict[str, Any]:
    """A request that the second agency fulfilled."""
    exchange = await a_request(world)
    answer = await act(world, ASKED, exchange, "deliverables", {"text": "记录三页", "is_whole": True})
    assert answer.status_code == 201, answer.text
    return exchange


async def ask(world: World, exchange: dict[str, Any], agency: int = ASKING) -> httpx.Response:
    return await officer(world, agency).post("/v1/corrections", json=a_correction(exchange))


@pytest.mark.law(GDS_26)
async def test_GDS_7_a_correction_is_answered_within_ten_working_days_with_a_receipt(world: World) -> None:
    """The clock is 10 working days; the result ends it and has a receipt; silence is overdue on day 11 and urged."""
    exchange = await received(world)
    answered, refused, silent = [(await ask(world, exchange)).json() for _ in range(3)]
    clock = clock_of(answered, "answer")
    assert (clock["law"], clock["n"], clock["unit"]) == ("GDS 26", 10, "WORKING_DAY")
    assert answered["received_in"] == exchange["exchange_id"]
    assert (answered["agency_id"], answered["to_agency_id"]) == (
        world.agencies[ASKING],
        world.agencies[ASKED],
    )

    promised = await act(world, ASKED, answered, "acceptance", {"note": "将核实"})
    in_part = await act(world, ASKED, answered, "deliverables", {"text": "部分", "is_whole": False})
    for no_result in (promised, in_part):
        assert (no_result.status_code, no_result.json()["code"]) == (409, "DX_CORRECTION_RESULT")
        assert no_result.json()["article"].startswith("GDS 26")
    world.clock.working_days(10)
    await world.settle()
    corrected = await act(
        world, ASKED, answered, "deliverables", {"text": "已更正为3月4日", "is_whole": True}
    )
    reasons = {"code": "R3", "reason": "经核实数据无误"}
    declined = await act(world, ASKED, refused, "refusal", reasons)
    assert (corrected.json()["state"], corrected.json()["pressure"]) == ("FULFILLED", "NONE")
    assert (declined.json()["state"], declined.json()["pressure"]) == ("REFUSED", "NONE")
    receipts = [
        await officer(world, side).get(f"/v1/receipts/{answer.headers['mingzheng-record']}")
        for answer in (corrected, declined)
        for side in (ASKING, ASKED)
    ]
    assert [receipt.status_code for receipt in receipts] == [200] * 4
    assert (await seen(world, silent))["pressure"] == "NONE"

    world.clock.working_days(1)
    await world.settle()
    late = await seen(world, silent)
    assert (clock_of(late, "answer")["missed"], late["pressure"]) == (True, "URGED")
    types = await world.record_types("data-exchange", f"exchange/{silent['exchange_id']}")
    asked = ["exchange.requested", "exchange.correction_asked"]
    assert types == [*asked, "exchange.overdue", "exchange.urged"]
    assert (await world.fsck()).clean


async def test_only_data_that_was_received_is_corrected_and_only_for_the_receiver(world: World) -> None:
    exchange, unanswered = await received(world), await a_request(world)

    nothing_given = await ask(world, unanswered)
    by_the_provider = await ask(world, exchange, ASKED)
    by_a_third = await ask(world, exchange, 2)

    for refused in (nothing_given, by_the_provider):
        assert (refused.status_code, refused.json()["code"]) == (409, "DX_NOTHING_TO_CORRECT")
    assert by_a_third.status_code == 404


async def test_a_request_for_correction_is_read_by_both_sides_and_nobody_else(world: World) -> None:
    asked = (await ask(world, await received(world))).json()
    path = f"/v1/corrections/{asked['exchange_id']}"

    answers = [await officer(world, agency).get(path) for agency in (ASKING, ASKED, 2)]
    no_correction = await officer(world, ASKING).get(f"/v1/corrections/{asked['received_in']}")

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[1].json()["side"] == "RECEIVER"
    assert no_correction.status_code == 404


async def test_eight_results_at_once_correct_once(world: World) -> None:
    asked = (await ask(world, await received(world))).json()
    result = {"text": "已更正", "is_whole": True}

    answers = await asyncio.gather(*(act(world, ASKED, asked, "deliverables", result) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
