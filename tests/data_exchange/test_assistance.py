"""One agency asks another for help: over HTTP, on PostgreSQL, with the ledger."""

from __future__ import annotations

import asyncio

import pytest

from common.values.law import NJ_18_1
from tests.data_exchange.given import ASKED, ASKING, a_request, act, assistance, letters_of, officer, seen
from tests.data_exchange.packages import order
from tests.world import World


async def test_a_request_is_answered_and_closed(world: World) -> None:
    exchange = await a_request(world)

    acknowledged = await act(world, ASKED, exchange, "acknowledgement")
    accepted = await act(world, ASKED, exchange, "acceptance", {"note": "三日内提供"})
    delivered = await act(world, ASKED, exchange, "deliverables", {"text": "记录三页", "is_whole": True})
    closed = await act(world, ASKING, exchange, "closure")

    states = [answer.json()["state"] for answer in (acknowledged, accepted, delivered, closed)]
    assert states == ["ACKNOWLEDGED", "ACCEPTED", "FULFILLED", "CLOSED"]
    assert await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}") == [
        "exchange.requested",
        "exchange.acknowledged",
        "exchange.accepted",
        "exchange.fulfilled",
        "exchange.closed",
    ]
    assert [paper["kind"] for paper in (await seen(world, exchange, ASKED))["papers"]] == [
        "REQUEST",
        "ACCEPTANCE",
        "DELIVERY",
    ]
    assert (await world.fsck()).clean


async def test_no_answer_leaves_before_its_record_is_in_the_ledger(world: World) -> None:
    answer = await officer(world, ASKING).post("/v1/assistance-requests", json=assistance(world))

    record = answer.headers["mingzheng-record"]
    proof = await world.anonymous.get(f"/v1/ledger/records/{record}")
    assert (proof.status_code, proof.json()["index"] > 0) == (200, True)


async def test_the_acts_of_the_other_side_are_refused(world: World) -> None:
    exchange = await a_request(world)

    own_answer = await act(world, ASKING, exchange, "acceptance", {"note": "自行同意"})
    urging_oneself = await act(world, ASKED, exchange, "urgings")

    assert (own_answer.status_code, own_answer.json()["code"]) == (403, "DX_OTHER_SIDE")
    assert (urging_oneself.status_code, urging_oneself.json()["code"]) == (403, "DX_OTHER_SIDE")


async def test_a_third_agency_finds_no_such_request(world: World) -> None:
    exchange = await a_request(world)

    answer = await officer(world, 2).get(f"/v1/exchanges/{exchange['exchange_id']}")

    assert answer.status_code == 404


async def test_eight_acceptances_at_once_accept_once(world: World) -> None:
    exchange = await a_request(world)

    answers = await asyncio.gather(
        *(act(world, ASKED, exchange, "acceptance", {"note": "同意"}) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.law(NJ_18_1)
async def test_a_refusal_names_its_code_and_its_grounds(world: World) -> None:
    exchange = await a_request(world)
    reason = {"reason": "不属于本机关职权"}

    no_code = await act(world, ASKED, exchange, "refusal", reason | {"code": "R9"})
    incomplete = await act(world, ASKED, exchange, "refusal", reason | {"code": "R6"})
    nobody_named = await act(world, ASKED, exchange, "refusal", reason | {"code": "R1"})
    no_citation = await act(world, ASKED, exchange, "refusal", reason | {"code": "R2"})
    competent = {"code": "R1", "competent_agency_id": world.agencies[ASKING]}
    refused = await act(world, ASKED, exchange, "refusal", reason | competent)

    codes = [answer.json()["code"] for answer in (no_code, incomplete, nobody_named, no_citation)]
    assert codes == [
        "DX_REFUSAL_CODE_REQUIRED",
        "DX_SUPPLEMENT_FIRST",
        "DX_COMPETENT_AGENCY_MISSING",
        "DX_CITATION_MISSING",
    ]
    assert (refused.status_code, refused.json()["refusal_code"]) == (201, "R1")


async def test_a_request_is_taken_back_until_it_is_answered(world: World) -> None:
    first, second = await a_request(world), await a_request(world)
    await act(world, ASKED, second, "acceptance", {"note": "同意"})

    withdrawn = await act(world, ASKING, first, "withdrawal", {"reason": "已自行查明"})
    too_late = await act(world, ASKING, second, "withdrawal", {"reason": "已自行查明"})

    assert (withdrawn.status_code, withdrawn.json()["state"]) == (201, "WITHDRAWN")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")
    page = (await officer(world, ASKING).get("/v1/exchanges?state=WITHDRAWN&side=SENDER")).json()
    assert [item["exchange_id"] for item in page["items"]] == [first["exchange_id"]]


async def test_a_final_refusal_repeated_is_answered_with_the_refusal(world: World) -> None:
    exchange = await a_request(world)
    order = {"code": "R3", "reason": "没有该数据"}
    first = await act(world, ASKED, exchange, "refusal", order)

    repeated = await act(world, ASKED, exchange, "refusal", order)
    other = await act(world, ASKED, exchange, "refusal", order | {"code": "R4"})

    assert (repeated.status_code, repeated.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")
    types = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")
    assert types.count("exchange.refused") == 1


async def test_the_two_sides_write_to_each_other_until_it_is_closed(world: World) -> None:
    exchange = await a_request(world)

    asked = await act(world, ASKED, exchange, "messages", {"text": "请补充路段"})
    answered = await act(world, ASKING, exchange, "messages", {"text": "示范路1号"})
    await act(world, ASKING, exchange, "withdrawal", {"reason": "已自行查明"})
    late = await act(world, ASKED, exchange, "messages", {"text": "收到"})

    assert (asked.status_code, answered.status_code) == (201, 201)
    assert [paper["text"] for paper in answered.json()["papers"] if paper["kind"] == "MESSAGE"] == [
        "请补充路段",
        "示范路1号",
    ]
    assert (late.status_code, late.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")


@pytest.mark.law(NJ_18_1)
async def test_an_agency_above_the_sender_is_not_asked_and_one_beside_it_is(world: World) -> None:
    """Nobody stands above the city government, so nobody could close an item about its silence."""
    government = world.demo.agencies[-1]["id"]
    assert government == world.demo.agencies[ASKING]["parent_id"]

    refused = [
        await officer(world, ASKING).post(path, json=assistance(world, to_agency_id=government))
        for path in ("/v1/assistance-requests", "/v1/transfer-requests")
    ]
    to_them = order(world, to_agency_id=government)
    transferred = await officer(world, ASKING).post("/v1/case-transfers", json=to_them)
    beside = await officer(world, ASKING).post("/v1/assistance-requests", json=assistance(world))

    assert (transferred.json()["code"], transferred.json()["article"]) == ("DX_SUPERIOR_ASKED", "NJ 19")
    codes = [(answer.status_code, answer.json()["code"], answer.json()["article"]) for answer in refused]
    assert codes == [(422, "DX_SUPERIOR_ASKED", "NJ 18(1)")] * 2
    assert beside.status_code == 201
    assert (await letters_of(world, beside.json()))[0]["number"].endswith("第1号")
