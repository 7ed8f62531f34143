"""The feed: every event of a case and of an exchange, without a gap, for the agencies that it belongs to."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from common.values.law import AES_37
from common.web.app import RELAY_FAILED_S
from tests.case.story import Story
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer
from tests.world import Client, World

Events = list[dict[str, Any]]


async def page(reader: Client, after: str = "", **query: Any) -> dict[str, Any]:
    params = {"after": after, **query} if after else query
    answer = await reader.get("/v1/events", params=params)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def read_on(reader: Client, after: str = "", *, limit: int = 500) -> tuple[Events, str]:
    """Every event after `after`, page by page, and the place that was reached."""
    events: Events = []
    more = True
    while more:
        view = await page(reader, after, limit=limit)
        assert len(view["items"]) <= limit
        events += view["items"]
        after, more = view["next_cursor"], view["has_more"]
    return events, after


async def recorded(world: World, service: str, noun: str) -> list[tuple[str, str]]:
    """Id and versioned type of every record in the streams of `noun`, in the ledger's order."""
    query = (
        "SELECT o.record_id::text, o.type || '.v' || (split_part(convert_from(o.note, 'UTF8'), E'\\n', 1)::json->>'v')"
        " FROM outbox o JOIN receipts r USING (record_id)"
        " WHERE o.stream LIKE $1 ORDER BY r.index"
    )
    async with world.database(service) as conn:
        return [tuple(row) for row in await conn.fetch(query, f"{noun}/%")]


@pytest.mark.law(AES_37)
@pytest.mark.begins("file")
async def test_AES_8_every_case_event_is_in_the_feed_within_a_minute_gap_free_and_versioned(
    world: World,
) -> None:
    story = await Story(world).opened()
    supervisor = world.person("SUPERVISOR")
    await world.settle()

    before, place = await read_on(supervisor, limit=7)
    committed = time.monotonic()
    await story.walk("sign second")
    await world.carry()
    job = next(job for job in world.app.apps["data-exchange"].state.jobs if job.name == "events")
    await job.run(world.runtimes["data-exchange"])
    after, _ = await read_on(supervisor, place, limit=7)
    took = time.monotonic() - committed

    # Gap-free and in order: the events of cases are the records of cases, each once, with its version.
    of_cases = [event for event in before + after if event["subject"].startswith("case/")]
    assert [(event["id"], event["type"]) for event in of_cases] == [
        (record_id, f"cn.mingzheng.{kind}") for record_id, kind in await recorded(world, "case", "case")
    ]
    assert {event["data"]["href"] for event in of_cases} == {f"/v1/cases/{story.case_id}"}
    assert (len(of_cases) > 5, len(after) > 0) == (True, True)
    sequences = [event["sequence"] for event in before + after]
    assert sequences == sorted(set(sequences))
    # In time: what was measured, the pause of the job, and the longest pause of a relay after a failure.
    assert took + job.every_s + RELAY_FAILED_S[1] < 60
    # Versioned: the schema that each event names describes it.
    schema = await world.anonymous.get(of_cases[0]["dataschema"].partition("#")[0])
    described = schema.json()["components"]["schemas"]
    for event in before + after:
        assert set(event) == set(described["CloudEvent"]["properties"])
        assert set(event["data"]) == set(described["EventData"]["properties"])


async def test_each_agency_reads_its_own_events_and_both_sides_of_an_exchange_read_its(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "refusal", {"code": "R3", "reason": "没有该数据"})
    await world.settle()

    asking, asked, third = [(await read_on(officer(world, n)))[0] for n in (ASKING, ASKED, 2)]
    supervisor = (await read_on(world.person("SUPERVISOR")))[0]

    types = ["cn.mingzheng.exchange.requested.v1", "cn.mingzheng.exchange.refused.v1"]
    subject = f"exchange/{exchange['exchange_id']}"
    for events in (asking, asked, supervisor):
        assert [event["type"] for event in events if event["subject"] == subject] == types
    assert third == []


async def test_an_event_holds_ids_and_a_link_and_no_text(world: World) -> None:
    exchange = await a_request(world)
    await world.settle()

    [event] = (await read_on(officer(world, ASKED)))[0]

    assert event["data"] == {
        "record_id": event["id"],
        "index": int(event["sequence"]),
        "agency_id": world.agencies[ASKING],
        "other_agency_id": world.agencies[ASKED],
        "href": f"/v1/exchanges/{exchange['exchange_id']}",
    }
    seen = await officer(world, ASKED).get(event["data"]["href"])
    assert seen.status_code == 200


async def test_readers_choose_types_and_a_place_that_moves_on_while_nothing_happens_for_them(
    world: World,
) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "acceptance", {"note": "同意"})
    await world.settle()
    third = officer(world, 2)

    chosen = await page(officer(world, ASKING), types="cn.mingzheng.exchange.accepted.v1")
    unknown = await officer(world, ASKING).get("/v1/events?types=exchange.accepted")
    nothing = await page(third)
    await a_request(world)
    await world.settle()

    assert [event["type"] for event in chosen["items"]] == ["cn.mingzheng.exchange.accepted.v1"]
    assert (unknown.status_code, unknown.json()["code"]) == (422, "DX_EVENT_TYPE")
    later = await page(third, nothing["next_cursor"])
    assert (later["items"], later["next_cursor"] != nothing["next_cursor"]) == ([], True)


async def test_a_reader_misses_nothing_while_eight_requests_are_sent(world: World) -> None:
    reader = officer(world, ASKED)
    read: Events = []
    place = ""

    async def reading(sent: asyncio.Task[Any]) -> None:
        nonlocal place
        while True:
            was_sent = sent.done()
            await world.carry()
            job = next(job for job in world.app.apps["data-exchange"].state.jobs if job.name == "events")
            await job.run(world.runtimes["data-exchange"])
            events, place = await read_on(reader, place, limit=2)
            read.extend(events)
            if was_sent:
                return

    sending = asyncio.create_task(_several(world, 8))
    await reading(sending)
    await sending

    stored = await recorded(world, "data-exchange", "exchange")
    assert [event["id"] for event in read] == [record_id for record_id, _ in stored]
    assert len(read) == 8


async def _several(world: World, count: int) -> None:
    await asyncio.gather(*(a_request(world) for _ in range(count)))


async def test_a_reader_who_was_away_for_longer_than_events_are_kept_is_told_to_begin_anew(
    world: World,
) -> None:
    await a_request(world)
    await world.settle()
    reader = officer(world, ASKING)
    _, place = await read_on(reader)
    await a_request(world)
    await world.settle()
    world.clock.advance(days=29)
    await world.settle()
    in_time = await reader.get("/v1/events", params={"after": place})
    world.clock.advance(days=2)
    await world.settle()

    late = await reader.get("/v1/events", params={"after": place})

    assert in_time.status_code == 200
    assert (late.status_code, late.json()["code"]) == (410, "DX_EVENTS_GONE")
    assert "resync" in late.json()["facts"]
    anew, _ = await read_on(reader)
    assert all(event["time"] > "2025-03-30" for event in anew)


async def test_a_feed_that_was_lost_is_read_from_the_ledger_again(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "acceptance", {"note": "同意"})
    await world.settle()
    reader = officer(world, ASKING)
    before = await read_on(reader)

    async with world.database("data-exchange") as conn:
        await conn.execute("DELETE FROM events")
        await conn.execute("DELETE FROM event_objects")
        await conn.execute("DELETE FROM cursors WHERE name = 'events'")
    await world.settle()

    assert await read_on(reader) == before
    assert (await world.fsck()).clean
