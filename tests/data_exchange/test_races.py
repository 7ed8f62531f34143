"""Eight at once: each change of an exchange has one winner."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from tests.data_exchange.given import ASKED, ASKING, a_request, act
from tests.world import World

Act = tuple[int, str, dict[str, Any]]

EXTENSION: Final[Act] = (ASKED, "extensions", {"days": 3, "reason": "档案需调取"})
SUPPLEMENT: Final[Act] = (ASKED, "supplement-request", {"missing": ["路段"]})
SUSPENSION: Final[Act] = (
    ASKED,
    "suspension",
    {"reason": "FORCE_MAJEURE", "note": "台风", "evidence_sha256": "ab" * 32},
)
RACES: Final[list[tuple[list[Act], Act]]] = [
    ([], (ASKED, "acknowledgement", {})),
    ([], (ASKED, "deliverables", {"text": "全部记录", "is_whole": True})),
    ([], SUPPLEMENT),
    ([SUPPLEMENT], (ASKING, "completion", {"text": "示范路1号"})),
    ([], EXTENSION),
    ([EXTENSION], (ASKING, "extension-refusal", {"reason": "案件紧急"})),
    ([], SUSPENSION),
    ([SUSPENSION], (ASKED, "resumption", {})),
    ([], (ASKING, "withdrawal", {"reason": "已自行查明"})),
    ([(ASKED, "refusal", {"code": "R3", "reason": "没有数据"})], (ASKING, "closure", {})),
]


@pytest.mark.parametrize("before, race", RACES, ids=[race[1] for _, race in RACES])
async def test_of_eight_at_once_one_wins(world: World, before: list[Act], race: Act) -> None:
    exchange = await a_request(world)
    for agency, what, order in before:
        assert (await act(world, agency, exchange, what, order)).status_code == 201
    records = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")

    agency, what, order = race
    answers = await asyncio.gather(*(act(world, agency, exchange, what, order) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    after = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")
    assert len(after) == len(records) + 1


async def test_of_eight_equal_refusals_at_once_one_is_recorded(world: World) -> None:
    exchange = await a_request(world)
    order = {"code": "R3", "reason": "没有数据"}

    answers = await asyncio.gather(*(act(world, ASKED, exchange, "refusal", order) for _ in range(8)))

    # One that comes after the refusal is answered with it; one that waited for its turn finds the request refused.
    assert {answer.status_code for answer in answers} <= {201, 409}
    types = await world.record_types("data-exchange", f"exchange/{exchange['exchange_id']}")
    assert types.count("exchange.refused") == 1


async def test_of_eight_escalations_at_once_one_wins(world: World) -> None:
    exchange = await a_request(world, "/v1/transfer-requests")
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
    order = {"consequence": "案件超过追责期限"}

    answers = await asyncio.gather(*(act(world, ASKING, exchange, "escalation", order) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
