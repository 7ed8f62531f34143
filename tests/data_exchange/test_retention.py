"""The log of what was given to whom is kept for at least three years, five by default, and nothing goes by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from common.values.datafiles import load_profile
from common.values.law import NDR_12, PIPL_47
from data_exchange.domain.retention import kept_until
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer, seen
from tests.world import World

REASON = "案件调查需要"


@pytest.fixture
async def delivered(world: World) -> dict[str, Any]:
    """A request whose answer was given and which is closed."""
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "deliverables", {"text": "记录三页", "is_whole": True})
    closed = await act(world, ASKING, exchange, "closure")
    assert closed.status_code == 201, closed.text
    return exchange


async def log_of(world: World, exchange: dict[str, Any], agency: int) -> tuple[str, list[str | None]]:
    """The number under which a delivery is found in the list, and the texts that can be read."""
    listed = (await officer(world, agency).get("/v1/exchanges?limit=200")).json()["items"]
    [number] = [each["number"] for each in listed if each["exchange_id"] == exchange["exchange_id"]]
    return number, [paper["text"] for paper in (await seen(world, exchange, agency))["papers"]]


@pytest.mark.law(NDR_12, PIPL_47)
async def test_NAT_17_the_log_of_a_delivery_is_readable_for_five_years_and_goes_by_two_hands_after(
    world: World, delivered: dict[str, Any]
) -> None:
    path = f"/v1/exchanges/{delivered['exchange_id']}"
    head = world.person("AGENCY_HEAD", ASKING)
    texts = [REASON, "记录三页"]

    readable, refused = [], []
    for days in (3 * 365 + 2, 2 * 365 - 10):  # after the third year, and before the end of the fifth
        world.clock.advance(days=days)
        await world.settle()
        readable += [await log_of(world, delivered, side) for side in (ASKING, ASKED)]
        refused.append(await officer(world, ASKING).post(f"{path}/erasure-proposal", json={}))
    world.clock.advance(days=30)
    await world.settle()
    untouched = await log_of(world, delivered, ASKING)
    alone = await head.post(f"{path}/erasures", json={})
    proposed = await officer(world, ASKING).post(f"{path}/erasure-proposal", json={})
    approved = await head.post(f"{path}/erasures", json={})
    await world.settle()

    assert readable == [(delivered["number"], texts)] * 4
    assert {(answer.status_code, answer.json()["code"], answer.json()["article"]) for answer in refused} == {
        (409, "DX_LOG_KEPT", "NDR 12")
    }
    assert untouched == (delivered["number"], texts)
    assert (alone.status_code, alone.json()["code"]) == (409, "DX_ERASURE_NOT_PROPOSED")
    assert (proposed.status_code, approved.status_code) == (201, 201)
    assert approved.json()["notice"] == "已依法删除"
    # The texts are gone on both sides; the log of the delivery and its receipts stay.
    for side in (ASKING, ASKED):
        assert await log_of(world, delivered, side) == (delivered["number"], [None, None])
        receipt = await officer(world, side).get(f"/v1/receipts/{approved.headers['mingzheng-record']}")
        assert receipt.json()["record_type"] == "exchange.erased"
    again = await officer(world, ASKING).post(f"{path}/erasure-proposal", json={})
    assert (again.status_code, again.json()["code"]) == (410, "DX_ERASED")
    assert (await world.fsck()).clean


async def test_an_exchange_that_has_not_ended_is_kept_however_old_it_is(world: World) -> None:
    exchange = await a_request(world)
    world.clock.advance(days=6 * 365)

    answer = await officer(world, ASKING).post(
        f"/v1/exchanges/{exchange['exchange_id']}/erasure-proposal", json={}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_LOG_KEPT")


@pytest.mark.law(NDR_12)
def test_no_profile_keeps_the_log_for_less_than_three_years() -> None:
    rules = load_profile("DEMO").exchange

    assert {load_profile(name).exchange.log_years for name in ("DEMO", "NJ", "PJ")} == {5}
    assert replace(rules, log_years=3).log_years == 3
    with pytest.raises(ValueError, match="NDR 12"):
        replace(rules, log_years=2)


@pytest.mark.parametrize(
    ("ended", "last"),
    [("2025-03-03", "2030-03-03"), ("2024-02-29", "2029-03-01"), ("2023-12-31", "2028-12-31")],
)
def test_the_period_of_keeping_ends_with_the_same_day_of_the_year(ended: str, last: str) -> None:
    at = datetime.fromisoformat(f"{ended}T04:00:00").replace(tzinfo=UTC)

    assert kept_until(at, 5).isoformat() == last
