"""The gateway keeps what the exchange says about a partner's system, and asks for it once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.values.errors import Refusal
from common.values.ids import NO_AGENCY, ApplicationId
from gateway.identity.issuer.systems import PartnerSystems
from ledger.clock import real_time


async def test_calls_that_come_at_once_wait_for_one_question_and_a_failure_is_asked_again(
    tmp_path: Path,
) -> None:
    asked = 0

    async def exchange(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        if asked == 1:
            return httpx.Response(503, json={"code": "UNAVAILABLE"})
        body = {"agency_id": NO_AGENCY, "level": 3, "is_live": True, "keys": [], "grants": []}
        return httpx.Response(200, json=body)

    key = TokenKey.generate(tmp_path / "token.json")
    peers = Peers("gateway", key, {}, {"data-exchange": httpx.MockTransport(exchange)})
    systems, application_id = PartnerSystems(peers, real_time), ApplicationId.new(real_time())

    failed = await asyncio.gather(*(systems.get(application_id) for _ in range(8)), return_exceptions=True)
    hung_up = asyncio.create_task(systems.get(application_id))
    await asyncio.sleep(0)
    hung_up.cancel()
    answers = await asyncio.gather(*(systems.get(application_id) for _ in range(8)))
    await systems.get(application_id)

    assert all(isinstance(each, Refusal) for each in failed)
    assert all(answer is not None and answer.is_live for answer in answers)
    assert asked == 2
    await peers.close()
