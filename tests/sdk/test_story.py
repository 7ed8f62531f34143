"""The Python client against the real platform, behind a real port."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingzheng_partner import Partner, PrivateKey, Problem, Settings
from mingzheng_partner.models import AssistanceOrder
from tests.data_exchange.partners import Line, a_line
from tests.served import served
from tests.world import BASE_URL, World

PATH = "/v1/assistance-requests"


def settings_of(line: Line, port: int, **more: Any) -> Settings:
    """What the partner's developer has been given."""
    return Settings(
        BASE_URL,
        line.system.application_id,
        line.system.kid,
        agreement_id=line.agreement["agreement_id"],
        purpose_id=line.purpose["purpose_id"],
        connect=f"http://127.0.0.1:{port}",
        **more,
    )


def an_order(world: World) -> AssistanceOrder:
    return {
        "to_agency_id": world.agencies[1],
        "purpose": "STATISTICS",
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "subject": "核实",
        "reason": "核实事实",
        "items": ["记录"],
        "contact": "值班室",
    }


async def test_a_system_asks_for_assistance_and_holds_the_receipt_with_the_client_alone(world: World) -> None:
    line = await a_line(world, services=["ASSISTANCE", "EVENTS"])
    key = PrivateKey(line.system.kid, line.system.key)
    stranger = PrivateKey(line.system.kid, Ed25519PrivateKey.generate())
    order = an_order(world)

    def ask(port: int) -> tuple[Any, Any, Any, Any]:
        with Partner(settings_of(line, port), key) as partner:
            first, again = (partner.post(PATH, order, key="asked-once-1234") for _ in range(2))
            receipt = partner.receipt(first.record_id or "")
            with pytest.raises(Problem) as caught:
                partner.post(PATH, {**order, "to_agency_id": "nobody"})
            listed = [each["exchange_id"] for each in partner.pages("/v1/exchanges", limit=1)]
            return (first, again), receipt, caught.value, listed

    def refused(port: int) -> Problem:
        with Partner(settings_of(line, port), stranger) as partner, pytest.raises(Problem) as caught:
            partner.post(PATH, order)
        return caught.value

    async with served(world) as port:
        (first, again), receipt, problem, listed = await asyncio.to_thread(ask, port)
        unknown = await asyncio.to_thread(refused, port)
        await world.settle()

        def events(after: str) -> tuple[list[str], str]:
            with Partner(settings_of(line, port), key) as partner:
                feed = partner.feed(after)
                return [event["type"] for event in feed], feed.cursor

        types, cursor = await asyncio.to_thread(events, "")
        later, _ = await asyncio.to_thread(events, cursor)

    assert (first.status, first.is_repeat, again.is_repeat) == (201, False, True)
    assert (again.body, again.record_id) == (first.body, first.record_id)
    assert listed == [first.json()["exchange_id"]]
    assert (receipt.name, receipt.record["type"]) == ("assistance.sent", "exchange.requested")
    assert receipt.record["actor"] == f"partner:{line.system.application_id}"
    assert (problem.status, problem.code, problem.verified) == (422, "REQUEST_INVALID", True)
    assert problem.errors[0]["pointer"] == "/body/to_agency_id"
    assert (unknown.code, unknown.server_time is not None) == ("ASSERTION_SIGNATURE_WRONG", True)
    assert "cn.mingzheng.exchange.requested.v1" in types
    assert later == []
