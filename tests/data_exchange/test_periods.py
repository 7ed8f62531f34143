"""The receiver's period: completed once, extended by consent, stopped for a listed reason, dated again."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.values.clock import BEIJING
from common.values.law import HOL_2, NJ_18_1
from data_exchange.jobs.redating import redate_deadlines
from mz.operate.calendar import load
from tests.case.story import OPENED, Story
from tests.common.test_holidays import notice
from tests.data_exchange.given import ASKED, ASKING, a_request, act, assistance, clock_of, officer, seen
from tests.data_exchange.given_data import AUTHORITY, a_listed, item_act, item_seen
from tests.data_exchange.given_uses import POLICE, compared, use_act, use_of
from tests.world import World

SUSPENSION = {"reason": "FORCE_MAJEURE", "note": "台风停工", "evidence_sha256": "ab" * 32}
EXTENSION = {"days": 3, "reason": "档案需调取"}


async def test_completion_is_asked_for_once_and_stops_the_answer_until_it_comes(world: World) -> None:
    exchange = await a_request(world)
    usual = clock_of(exchange, "answer")["due_on"]

    asked = await act(world, ASKED, exchange, "supplement-request", {"missing": ["路段", "日期"]})
    again = await act(world, ASKED, exchange, "supplement-request", {"missing": ["车牌"]})
    world.clock.working_days(2)
    completed = await act(world, ASKING, exchange, "completion", {"text": "示范路1号至3号,3月3日"})

    assert (asked.status_code, asked.json()["supplement"]) == (201, "AWAITED")
    assert (again.status_code, again.json()["code"]) == (409, "DX_SUPPLEMENT_ASKED_BEFORE")
    assert (completed.status_code, completed.json()["supplement"]) == (201, "GIVEN")
    clock = clock_of(completed.json(), "answer")
    assert (usual, clock["due_on"]) == ("2025-03-10", "2025-03-11")
    assert [stop["reason"] for stop in clock["stops"]] == ["SUPPLEMENT"]
    assert clock_of(completed.json(), "complete")["ended_at"] is not None
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_18_1)
async def test_an_incomplete_request_is_refused_only_after_the_senders_own_period(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "supplement-request", {"missing": ["路段"]})
    refusal = {"code": "R6", "reason": "材料不全"}

    early = await act(world, ASKED, exchange, "refusal", refusal)
    world.clock.working_days(6)
    await world.settle()
    pressure = (await seen(world, exchange))["pressure"]
    late = await act(world, ASKED, exchange, "refusal", refusal)

    assert (early.status_code, early.json()["code"]) == (409, "DX_SUPPLEMENT_RUNNING")
    assert pressure == "NONE"  # the answer clock stands still, and a missing acknowledgement is not urged
    assert (late.status_code, late.json()["state"]) == (201, "REFUSED")


async def test_one_extension_takes_effect_with_the_senders_consent(world: World) -> None:
    exchange = await a_request(world)

    too_long = await act(world, ASKED, exchange, "extensions", EXTENSION | {"days": 6})
    asked = await act(world, ASKED, exchange, "extensions", EXTENSION)
    by_oneself = await act(world, ASKED, exchange, "extension-consent")
    granted = await act(world, ASKING, exchange, "extension-consent")
    again = await act(world, ASKED, exchange, "extensions", EXTENSION)

    assert (too_long.status_code, too_long.json()["code"]) == (422, "DX_EXTENSION_TOO_LONG")
    assert (asked.json()["extension"], clock_of(asked.json(), "answer")["n"]) == ("ASKED", 5)
    assert (by_oneself.status_code, by_oneself.json()["code"]) == (403, "DX_OTHER_SIDE")
    assert (granted.json()["extension"], clock_of(granted.json(), "answer")["n"]) == ("GRANTED", 8)
    assert (again.status_code, again.json()["code"]) == (409, "DX_EXTENSION_ASKED_BEFORE")


async def test_a_declined_extension_leaves_the_period_as_it_was(world: World) -> None:
    exchange = await a_request(world)
    unasked = await act(world, ASKING, exchange, "extension-refusal", {"reason": "案件紧急"})
    await act(world, ASKED, exchange, "extensions", EXTENSION)

    declined = await act(world, ASKING, exchange, "extension-refusal", {"reason": "案件紧急"})
    world.clock.working_days(6)
    await world.settle()
    too_late = await act(world, ASKING, exchange, "extension-consent")

    assert (unasked.status_code, unasked.json()["code"]) == (409, "DX_NO_EXTENSION_ASKED")
    assert (declined.json()["extension"], clock_of(declined.json(), "answer")["n"]) == ("DECLINED", 5)
    assert clock_of(await seen(world, exchange), "answer")["missed"]
    assert too_late.status_code == 409


async def test_eight_consents_at_once_extend_once(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "extensions", EXTENSION)

    answers = await asyncio.gather(*(act(world, ASKING, exchange, "extension-consent") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_period_stands_still_for_a_listed_reason_alone(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "acknowledgement")

    unlisted = await act(world, ASKED, exchange, "suspension", SUSPENSION | {"reason": "HOLIDAY"})
    running = await act(world, ASKED, exchange, "resumption")
    suspended = await act(world, ASKED, exchange, "suspension", SUSPENSION)
    twice = await act(world, ASKED, exchange, "suspension", SUSPENSION)
    world.clock.working_days(10)
    await world.settle()
    silent = await seen(world, exchange)
    resumed = await act(world, ASKED, exchange, "resumption")

    assert (unlisted.status_code, unlisted.json()["code"]) == (409, "DX_STOP_NOT_LISTED")
    assert (running.status_code, running.json()["code"]) == (409, "DX_NOT_SUSPENDED")
    assert suspended.status_code == 201
    assert (twice.status_code, twice.json()["code"]) == (409, "DX_STOPPED_ALREADY")
    assert silent["pressure"] == "NONE"
    today = world.clock().astimezone(BEIJING).date()
    assert clock_of(resumed.json(), "answer")["stops"][0]["until_on"] == str(today)
    assert clock_of(resumed.json(), "answer")["due_on"] > str(today)
    assert (await world.fsck()).clean


@pytest.mark.law(HOL_2)
async def test_both_sides_compute_the_same_day_from_the_calendar_alone(world: World) -> None:
    world.clock.to(datetime(2025, 4, 25, 9, tzinfo=BEIJING))
    exchange = await a_request(world)  # a working Sunday and the first days of May lie in between
    await act(world, ASKED, exchange, "suspension", SUSPENSION)
    world.clock.working_days(1)
    resumed = (await act(world, ASKED, exchange, "resumption")).json()

    years = {year: (await world.anonymous.get(f"/v1/calendars/CN/{year}")).json() for year in (2025, 2027)}
    unknown = await world.anonymous.get("/v1/calendars/US/2025")

    clock = clock_of(resumed, "answer")
    assert clock["calendar_version"] == years[2025]["version"]
    assert str(recomputed(clock, years[2025])) == clock["due_on"]
    assert clock["provisional"] is (not years[2025]["published"])
    assert (years[2027]["published"], "2027-01-01" in years[2027]["statutory"]) == (False, True)
    assert unknown.status_code == 422


def recomputed(clock: dict[str, Any], calendar: dict[str, Any]) -> date:
    """The last day of a period of working days, as a stranger computes it from what was published."""
    off, worked = {*calendar["days_off"]} - {*calendar["make_up_workdays"]}, {*calendar["make_up_workdays"]}
    day, remaining = date.fromisoformat(clock["trigger_on"]), clock["n"]
    while remaining:
        day += timedelta(days=1)
        is_stopped = any(s["from_on"] <= str(day) < (s["until_on"] or "9") for s in clock["stops"])
        is_worked = str(day) in worked or (day.weekday() < 5 and str(day) not in off)
        remaining -= is_worked and str(day) not in calendar["statutory"] and not is_stopped
    return day


@pytest.mark.slow
@pytest.mark.begins(OPENED)
@pytest.mark.law(HOL_2)
async def test_the_notice_of_a_year_redates_every_provisional_period_once(
    world: World, tmp_path: Any
) -> None:
    """Of an exchange, an item of the catalogue, a dispute, a use: each has one record, although eight jobs race."""
    source = await compared(world, (await Story(world).opened()).case_id)
    item = await a_listed(world)
    await world.settle()
    world.clock.to(datetime(2026, 12, 30, 9, tzinfo=BEIJING))
    exchange, disputed = await a_request(world), await a_request(world)
    await act(world, ASKED, disputed, "refusal", {"code": "R4", "reason": "范围过宽"})
    claim = {"exchange_id": disputed["exchange_id"], "claim": "范围与案件相称"}
    dispute = (await officer(world, ASKING).post("/v1/disputes", json=claim)).json()
    cause = {"cause": "DUTY_CHANGED", "arose_on": "2026-12-30", "text": "职责划转"}
    assert (await item_act(world, ASKED, item, "change-causes", cause)).status_code == 201
    five = {"days": 5, "reason": "系统改造"}
    extended = await item_act(world, AUTHORITY, item, "change-extension", five)
    use = await use_of(world, source)
    paused = (await use_act(world, POLICE, use, "pause", reason="超范围")).json()
    before = [exchange, extended.json(), dispute, paused]
    file = tmp_path / "2027.json"
    file.write_bytes(notice())

    load(world.installation.d.calendars, file, source="国务院办公厅关于2027年部分节假日安排的通知")
    runtime = world.runtimes["data-exchange"]
    await asyncio.gather(*(redate_deadlines(runtime) for _ in range(8)))

    after = [
        await seen(world, exchange),
        (await item_seen(world, item)).json(),
        (await officer(world, ASKING).get(f"/v1/disputes/{dispute['dispute_id']}")).json(),
        await use_of(world, source),
    ]
    provisional = [sum(clock["provisional"] for clock in one["clocks"]) for one in before]
    assert provisional == [1, 1, 1, 1]
    assert not any(clock["provisional"] for one in after for clock in one["clocks"])
    types = await world.record_types("data-exchange")
    nouns = ("exchange", "catalogue", "dispute", "use")
    assert [types.count(f"{noun}.deadline_redated") for noun in nouns] == provisional
    (change,) = [clock for clock in after[1]["clocks"] if clock["rule"] == "change"]
    assert (change["n"], change["trigger_on"]) == (15, "2026-12-30")
    await world.settle()
    assert (await world.fsck()).clean


async def test_the_wished_day_lies_within_what_the_city_allows(world: World) -> None:
    sender = officer(world, ASKING)

    answers = {
        day: await sender.post("/v1/assistance-requests", json=assistance(world, answer_by_on=day))
        for day in ("2025-03-05", "2025-03-06", "2025-03-08", "2025-03-31", "2025-04-01")
    }

    # Sent on 3 March: from the third working day until the twentieth, never on a Saturday.
    assert {day: answer.status_code for day, answer in answers.items()} == {
        "2025-03-05": 422,
        "2025-03-06": 201,
        "2025-03-08": 422,
        "2025-03-31": 201,
        "2025-04-01": 422,
    }
    assert answers["2025-03-08"].json()["code"] == "DX_WISH_NOT_ALLOWED"
    assert clock_of(answers["2025-03-06"].json(), "answer")["due_on"] == "2025-03-06"
