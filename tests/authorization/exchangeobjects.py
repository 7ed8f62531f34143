"""Exchanges, partners and data of the first agency; the other side is the third one."""

from __future__ import annotations

from typing import Any

from tests.data_exchange.given import ASKING, a_correction, a_request, act, officer
from tests.data_exchange.given_data import a_data_draft, a_draft, a_listed
from tests.data_exchange.given_uses import delivered, use_of
from tests.data_exchange.packages import dispatched
from tests.data_exchange.partners import a_purpose, a_system_with_key, an_agreement
from tests.data_exchange.registers import ask
from tests.world import World

_THIRD = 2


async def exchange_objects(world: World) -> dict[str, str]:
    """Everything of the exchange that has an id."""
    third = world.demo.agencies[_THIRD]["id"]
    exchange = await a_request(world, to_agency_id=third)
    answered = await a_request(world, to_agency_id=third)
    result = {"text": "结果", "is_whole": True}
    assert (await act(world, _THIRD, answered, "deliverables", result)).status_code == 201
    correction = (await officer(world, ASKING).post("/v1/corrections", json=a_correction(answered))).json()
    claim = {"exchange_id": answered["exchange_id"], "claim": "数据不全"}
    dispute = (await officer(world, ASKING).post("/v1/disputes", json=claim)).json()
    listed = await a_listed(world, agency=_THIRD)
    source = await delivered(world, listed, None, by=_THIRD)
    draft = await a_data_draft(world, listed)
    transfer = await dispatched(world, to_agency_id=third)
    await ask(world, None)
    comparisons = (await officer(world, ASKING).get("/v1/comparisons")).json()["items"]
    await world.settle(slow_jobs=False)
    hook = {"url": "https://hints.example/in"}
    webhook = (await officer(world, ASKING).post("/v1/webhook-endpoints", json=hook)).json()
    return {
        "/v1/exchanges/{exchange_id}": exchange["exchange_id"],
        "/v1/corrections/{exchange_id}": correction["exchange_id"],
        "/v1/data-requests/{exchange_id}": draft["exchange_id"],
        "/v1/case-transfers/{exchange_id}": transfer["exchange_id"],
        "/v1/disputes/{dispute_id}": dispute["dispute_id"],
        "/v1/data-uses/{use_id}": (await use_of(world, source))["use_id"],
        "/v1/catalog/items/{item_id}": (await a_draft(world, agency=ASKING))["item_id"],
        "/v1/receipts/{record_id}": await _record(world, exchange),
        "/v1/comparisons/{comparison_id}": comparisons[-1]["comparison_id"],
        "/v1/webhook-endpoints/{webhook_id}": webhook["webhook_id"],
        **await _partners(world),
    }


async def _partners(world: World) -> dict[str, str]:
    system = await a_system_with_key(world)
    agreement = await an_agreement(world, system, 3)
    purpose = await a_purpose(world, system, agreement, 3)
    application = (await officer(world, ASKING).get(system.path)).json()
    return {
        "/v1/partners/{partner_id}": application["partner_id"],
        "/v1/applications/{application_id}": system.application_id,
        "/v1/agreements/{agreement_id}": agreement["agreement_id"],
        "/v1/purposes/{purpose_id}": purpose["purpose_id"],
    }


async def _record(world: World, exchange: dict[str, Any]) -> str:
    async with world.database("data-exchange") as conn:
        query = "SELECT record_id FROM outbox WHERE stream = $1 LIMIT 1"
        return str(await conn.fetchval(query, f"exchange/{exchange['exchange_id']}"))
