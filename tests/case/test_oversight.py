"""Oversight items, from the silence of an agency to the supervisor's result: over HTTP, with the ledger."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from case.contract import Case
from case.oversight.opening import follow_facts
from case.oversight.periods import redate_replies
from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.ids import OversightItemId
from common.values.law import AES_27_2, NJ_22_2, NJ_22_3
from mz.operate.calendar import load
from tests.case.oversight_given import (
    a_district_supervisor,
    a_supervisor_of,
    an_escalated_request,
    an_escalated_transfer,
    an_item,
    closes,
    item_of,
    replies,
)
from tests.common.test_holidays import notice
from tests.data_exchange.given import ASKED, ASKING, a_request, act, seen
from tests.world import World

LATE_IN_2026 = datetime(2026, 12, 1, 9, 0, tzinfo=BEIJING)
"""An item that is opened after the urgings has its last day to reply in 2027."""
URGED_IN_VAIN = [
    "exchange.urged",
    "exchange.overdue",
    "exchange.urged",
    "exchange.overdue",
    "exchange.escalated",
]


@pytest.mark.law(NJ_22_2)
async def test_NJ_22_2_an_answer_withheld_after_urging_opens_OV_2_with_the_full_log(world: World) -> None:
    exchange = await a_request(world)
    world.clock.working_days(6)
    await world.settle()
    urged = await seen(world, exchange)
    world.clock.working_days(4)
    await world.settle()
    once_urged = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]
    world.clock.working_days(4)
    await world.settle()

    item = await item_of(world, exchange)

    assert (urged["pressure"], once_urged) == ("URGED", [])
    assert (item["type"], item["agency_id"], item["state"]) == ("OV-2", world.agencies[ASKED], "OPEN")
    ledger = await _ledger(world, item["object"])
    assert item["facts"] == [
        {"record_id": record["id"], "type": record["type"], "at": record["at"]} for record in ledger
    ]
    assert [fact["type"] for fact in item["facts"]][-5:] == URGED_IN_VAIN
    await _assert_urged_by_letter(world, exchange, ledger)
    assert item["source"] == {"record_id": ledger[-1]["id"], "type": "exchange.escalated"}
    assert (item["due"]["law"], item["due"]["n"], item["due"]["set_by"]) == ("AES 22(1)", 10, "PROFILE")
    assert "有权机关" in item["notice"]
    assert "NJ 22(2)" in item["basis"]
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(NJ_22_3)
async def test_NJ_22_3_a_transfer_withheld_after_urging_opens_OV_3_with_the_stated_result(
    world: World,
) -> None:
    exchange = await a_request(world, "/v1/transfer-requests")
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()
    unstated = await act(world, ASKING, exchange, "escalation")
    await world.settle()
    before = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]

    await act(world, ASKING, exchange, "escalation", {"consequence": "案件超过追责期限"})
    await world.settle()

    item = await item_of(world, exchange)
    assert (unstated.json()["code"], before) == ("DX_CONSEQUENCE_MISSING", [])
    assert (item["type"], item["agency_id"]) == ("OV-3", world.agencies[ASKED])
    ledger = await _ledger(world, item["object"])
    assert [fact["record_id"] for fact in item["facts"]] == [record["id"] for record in ledger]
    assert [fact["type"] for fact in item["facts"]][-5:] == URGED_IN_VAIN
    await _assert_urged_by_letter(world, exchange, ledger)
    assert item["consequence"] == ledger[-1]["data"]["consequence"]["c"]
    assert "案件超过追责期限" not in str(item)
    read = (await world.person("SUPERVISOR").get(item["object_href"])).json()
    assert [paper["text"] for paper in read["papers"] if paper["kind"] == "CONSEQUENCE"] == [
        "案件超过追责期限"
    ]


async def test_a_fact_opens_one_item_although_eight_followers_read_it(world: World) -> None:
    exchange = await a_request(world)
    for days in (6, 4):
        world.clock.working_days(days)
        await world.settle()
    world.clock.working_days(4)
    await _escalate(world)

    await asyncio.gather(*(follow_facts(world.runtimes["case"]) for _ in range(8)))

    await item_of(world, exchange)
    assert await world.record_types("case", "oversight/%") == ["oversight.opened"]


async def test_the_agency_replies_and_the_supervisor_closes(world: World) -> None:
    item = await an_item(world)

    early = await closes(world, item, "RECTIFIED")
    replied = await replies(world, item)
    closed = await closes(world, item, "RECTIFIED")

    assert (early.status_code, early.json()["code"], early.json()["article"]) == (
        409,
        "OV_REPLY_PENDING",
        AES_27_2.cite,
    )
    assert (replied.status_code, replied.json()["reply"]["text"]) == (201, "系统迁移,已于昨日办理")
    assert (closed.status_code, closed.json()["state"], closed.json()["result"]) == (
        201,
        "CLOSED",
        "RECTIFIED",
    )
    assert closed.json()["closure"]["text"] == "已核实"
    assert await world.record_types("case", f"oversight/{item['item_id']}") == [
        "oversight.opened",
        "oversight.replied",
        "oversight.closed",
    ]
    async with world.database("case") as connection:
        assert b"\xe7\xb3\xbb\xe7\xbb\x9f" not in await connection.fetchval(
            "SELECT sealed FROM oversight_papers WHERE kind = 'REPLY'"
        )
    await world.settle()
    assert (await world.fsck()).clean


async def test_every_act_out_of_its_state_is_refused_with_code_and_article(world: World) -> None:
    item = await an_item(world)
    await replies(world, item)

    second = await replies(world, item)
    nobody_named = await closes(world, item, "REFERRED_DISCIPLINE")
    await closes(world, item, "REFERRED_DISCIPLINE", organ="示范市监察委员会")
    after_the_end = [await replies(world, item), await closes(world, item, "NOT_ESTABLISHED")]

    assert [_refused(answer) for answer in (second, nobody_named, *after_the_end)] == [
        (409, "OV_TRANSITION_NOT_ALLOWED", "AES 22(1)"),
        (422, "OV_ORGAN_MISSING", "AES 32"),
        (409, "OV_TRANSITION_NOT_ALLOWED", "AES 22(1)"),
        (409, "OV_TRANSITION_NOT_ALLOWED", "AES 26"),
    ]


@pytest.mark.slow
async def test_a_reply_that_is_late_stays_late_and_nothing_else_follows(world: World) -> None:
    item = await an_item(world)
    world.clock.working_days(11)
    await world.settle()
    overdue = (await world.person("SUPERVISOR").get(f"/v1/oversight-items/{item['item_id']}")).json()

    late = await replies(world, item)
    world.clock.working_days(30)
    await world.settle()

    assert (overdue["is_overdue"], overdue["state"]) == (True, "OPEN")
    assert (late.status_code, late.json()["is_overdue"], late.json()["state"]) == (201, True, "REPLIED")
    assert await world.record_types("case", f"oversight/{item['item_id']}") == [
        "oversight.opened",
        "oversight.overdue",
        "oversight.replied",
    ]


async def test_loading_the_notice_of_the_next_year_dates_the_reply_again(
    world: World, tmp_path: Path
) -> None:
    world.clock.to(LATE_IN_2026)
    item = await an_item(world)
    file = tmp_path / "2027.json"
    file.write_bytes(notice())

    load(world.installation.d.calendars, file, source="国务院办公厅关于2027年部分节假日安排的通知")
    runtime = world.runtimes["case"]
    await asyncio.gather(*(redate_replies(runtime) for _ in range(8)))

    again = (await world.person("SUPERVISOR").get(f"/v1/oversight-items/{item['item_id']}")).json()
    assert (item["due"]["provisional"], again["due"]["provisional"]) == (True, False)
    assert again["due"]["calendar_version"].endswith("CN-2027.1")
    types = await world.record_types("case", f"oversight/{item['item_id']}")
    assert types == ["oversight.opened", "oversight.deadline_redated"]


async def test_eight_replies_at_once_reply_once(world: World) -> None:
    item = await an_item(world)

    answers = await asyncio.gather(*(replies(world, item) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_eight_closings_at_once_close_once(world: World) -> None:
    item = await an_item(world)

    answers = await asyncio.gather(*(closes(world, item, "NOT_ESTABLISHED") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_only_the_supervisor_above_and_the_agency_concerned_find_an_item(world: World) -> None:
    item = await an_item(world)
    path = f"/v1/oversight-items/{item['item_id']}"
    head, officer = world.person("AGENCY_HEAD", ASKED), world.person("EXCHANGE_OFFICER", ASKED)
    strangers = [
        world.person("AGENCY_HEAD", ASKING),
        world.person("EXCHANGE_OFFICER", ASKING),
        world.person("AGENCY_HEAD", 2),
        await a_district_supervisor(world),
    ]

    for reader in (world.person("SUPERVISOR"), head, officer):
        listed = (await reader.get("/v1/oversight-items")).json()["items"]
        assert ((await reader.get(path)).status_code, len(listed)) == (200, 1)
    for stranger in strangers:
        listed = (await stranger.get("/v1/oversight-items")).json()["items"]
        assert ((await stranger.get(path)).status_code, listed) == (404, [])
    result = {"result": "NOT_ESTABLISHED", "reasons": "不成立"}
    assert (await strangers[-1].post(f"{path}/closure", json=result)).status_code == 404
    assert (await strangers[0].post(f"{path}/reply", json={"text": "说明"})).status_code == 404
    forbidden = [
        await head.post(f"{path}/closure", json=result),
        await officer.post(f"{path}/reply", json={"text": "说明"}),
        await world.person("SUPERVISOR").post(f"{path}/reply", json={"text": "说明"}),
    ]
    assert [answer.status_code for answer in forbidden] == [403, 403, 403]


async def test_a_supervisor_in_the_agency_concerned_closes_no_item_about_it(world: World) -> None:
    item = await an_item(world)
    path = f"/v1/oversight-items/{item['item_id']}/closure"
    order = {"result": "NOT_ESTABLISHED", "reasons": "不成立"}

    own = await (await a_supervisor_of(world, item["agency_id"])).post(path, json=order)
    above = await world.person("SUPERVISOR").post(path, json=order)

    assert _refused(own) == (403, "OV_OWN_AGENCY", "AES 2")
    assert above.status_code == 201


async def test_only_the_exchange_asks_whether_an_item_is_open(world: World) -> None:
    item = await an_item(world)
    item_id = OversightItemId(item["item_id"])
    exchange, notification = (Case(world.runtimes[name].peers) for name in ("data-exchange", "notification"))

    before = await exchange.oversight_standing(item_id)
    await closes(world, item, "NOT_ESTABLISHED")
    after = await exchange.oversight_standing(item_id)
    person = await world.person("SUPERVISOR").get(f"/v1/oversight-items/{item_id}/standing")
    with pytest.raises(Refusal) as another:
        await notification.oversight_standing(item_id)
    with pytest.raises(Refusal) as nothing:
        await exchange.oversight_standing(OversightItemId.new(world.clock()))

    assert (before.agency_id, before.is_open, before.closed_at) == (item["agency_id"], True, None)
    assert (after.is_open, after.closed_at is None) == (False, False)
    assert person.status_code == 403
    assert (another.value.kind, nothing.value.kind) == (Kind.FORBIDDEN, Kind.NOT_FOUND)


@pytest.mark.slow
async def test_the_supervisor_filters_the_items_of_the_subtree(world: World) -> None:
    asked = await an_item(world)
    withheld = await item_of(world, await an_escalated_transfer(world, "证据灭失"))
    await an_escalated_request(world)
    await closes(world, withheld, "NOT_ESTABLISHED")

    listed = {query: await _listed(world, query) for query in ("type=OV-3", "state=CLOSED", "limit=2")}
    of_the_asked = await _listed(world, f"agency_id={world.agencies[ASKED]}")
    of_the_asking = await _listed(world, f"agency_id={world.agencies[ASKING]}")

    assert listed["type=OV-3"] == listed["state=CLOSED"] == [withheld["item_id"]]
    assert listed["limit=2"] == of_the_asked[:2] == [asked["item_id"], withheld["item_id"]]
    assert (len(of_the_asked), of_the_asking) == (3, [])
    unknown = await world.person("SUPERVISOR").get("/v1/oversight-items?type=OV-10")
    assert unknown.status_code == 422


async def _ledger(world: World, stream: str) -> list[dict[str, Any]]:
    """Every record of `stream` as anybody reads it in the ledger."""
    page = (await world.anonymous.get(f"/v1/ledger/streams/{stream}/records?limit=256")).json()
    assert page["next_cursor"] is None
    return [item["record"] for item in page["items"]]


async def _assert_urged_by_letter(
    world: World, exchange: dict[str, Any], ledger: list[dict[str, Any]]
) -> None:
    """Each urging on record is a numbered 催促函 with the bytes that the record names; the supervisor reads it."""
    supervisor, path = world.person("SUPERVISOR"), f"/v1/exchanges/{exchange['exchange_id']}/letters"
    listed = (await supervisor.get(path)).json()["items"]
    urgings = [letter for letter in listed if letter["kind"] == "URGING"]
    recorded = [record["data"]["letter"] for record in ledger if record["type"] == "exchange.urged"]
    assert [letter["number"] for letter in urgings] == [f"示城执催〔2025〕第{n}号" for n in (1, 2)]
    assert [letter["sha256"] for letter in urgings] == [letter["sha256"] for letter in recorded]
    for nth, letter in enumerate(urgings, start=1):
        pdf = (await supervisor.get(f"{path}/{letter['n']}")).content
        words = "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
        assert hashlib.sha256(pdf).hexdigest() == letter["sha256"]
        assert "催促函" in words
        assert f"现第{nth}次催促" in words


async def _escalate(world: World) -> None:
    """Let the exchange escalate, and its records reach the ledger, while case does nothing."""
    app = world.app.apps["data-exchange"]
    await next(job for job in app.state.jobs if job.name == "clocks").run(app.state.runtime)
    await world.carry()


async def _listed(world: World, query: str) -> list[str]:
    page = (await world.person("SUPERVISOR").get(f"/v1/oversight-items?{query}")).json()
    return [item["item_id"] for item in page["items"]]


def _refused(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["article"]
