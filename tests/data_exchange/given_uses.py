"""Arranges data that was received for a case, and acts on its use, through the API."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.data_exchange.given import ASKED, ASKING, act, officer
from tests.data_exchange.given_data import a_data_request, consent_to_answer
from tests.data_exchange.registers import a_register, ask
from tests.world import World

POLICE: Final = 3
"""The agency that keeps the register of vehicles."""


async def compared(world: World, case_id: str) -> str:
    """The first agency asked the register of vehicles for the case; the id of the comparison."""
    a_register(world)
    answer = await ask(world, case_id)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["comparison_id"])


async def delivered(world: World, item: dict[str, Any], case_id: str | None, by: int = ASKED) -> str:
    """The agency `by` gave data of its `item` for the case, or for statistics; the id of the request."""
    request = await a_data_request(world, item, case_id=case_id)
    assert (await consent_to_answer(world, request, "SHARE", by)).status_code == 201
    assert (await act(world, by, request, "acceptance", {"note": "同意共享"})).status_code == 201
    given = {"text": "作业记录二条", "is_whole": True, "manner": "API"}
    answer = await act(world, by, request, "deliverables", given)
    assert answer.status_code == 201, answer.text
    return str(request["exchange_id"])


async def use_of(world: World, source: str, agency: int = ASKING) -> dict[str, Any]:
    """The use of what `source` brought, as the officer of `agency` reads it."""
    page = (await officer(world, agency).get("/v1/data-uses?limit=200")).json()
    listed = [use for use in page["items"] if use["source"] == source]
    assert len(listed) == 1, page
    answer = await officer(world, agency).get(f"/v1/data-uses/{listed[0]['use_id']}")
    assert answer.status_code == 200, answer.text
    use: dict[str, Any] = answer.json()
    return use


async def use_act(world: World, agency: int, use: dict[str, Any], what: str, **order: Any) -> httpx.Response:
    """An act of the exchange officer of `agency` on a use."""
    return await officer(world, agency).post(f"/v1/data-uses/{use['use_id']}/{what}", json=order)
