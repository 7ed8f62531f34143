"""Data that was received is used as agreed, logged, and disposed of (GDS 25, 27, 29): over HTTP, with the ledger."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any, get_args

import httpx
import pytest

from common.values.calendar import legal_day, years_after
from common.values.law import GDS_25_1, GDS_27_1, GDS_27_2
from data_exchange.contract.uses import DisposalCode, EntryCode
from data_exchange.domain.uses import Disposal, EntryKind
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED, ASKING, act, officer
from tests.data_exchange.given_data import (
    AUTHORITY,
    a_data_draft,
    a_data_request,
    a_listed,
    consent_to_answer,
    consent_to_request,
    data_act,
    unconditional,
)
from tests.data_exchange.given_uses import POLICE, compared, delivered, use_act, use_of
from tests.data_exchange.partners import HOST, a_line, ask_token, done, head
from tests.data_exchange.registers import announce, ask
from tests.data_exchange.test_receipts import holds
from tests.world import World

DESTROYED = {"disposal": "DESTROYED", "text": "库表与备份均已清除"}


async def _is_refused_everywhere(
    world: World, item: dict[str, Any], case_id: str, delivered_in: str
) -> list[tuple[int, str]]:
    """What every way to fetch is answered now: the register is asked about one plate and about a file of them, data of
    `item` is requested, and fetched for the request that it was delivered in.
    """
    draft = await a_data_draft(world, item, case_id=case_id)
    assert (await consent_to_request(world, draft)).status_code == 201
    answers = [
        await ask(world, case_id),
        await announce(world, case_id),
        await data_act(world, ASKING, draft, "sending"),
        await data_act(world, ASKING, {"exchange_id": delivered_in}, "fetchings"),
    ]
    return [(answer.status_code, answer.json().get("code")) for answer in answers]


async def _assert_a_suspended_system_is_refused(world: World) -> None:
    """Its token of before is refused by the exchange at once, and a minute later by the gateway, with any new one."""
    line = await a_line(world)
    paths = ["/v1/catalog/allowed", "/v1/exchanges"]
    assert [(await line.call("GET", path)).status_code for path in paths] == [200, 200]
    await done(head(world, HOST), f"{line.system.path}/suspension", {"reason": "超范围使用"})

    at_once = [await line.call("GET", path) for path in paths]
    world.clock.advance(seconds=60)
    later = [await line.call("GET", path) for path in paths]
    no_token = await ask_token(world, line.system)

    codes = [(answer.status_code, answer.json()["code"]) for answer in (*at_once, *later, no_token)]
    assert codes == [(401, "DX_APPLICATION_STOPPED")] * 2 + [(401, "APPLICATION_SUSPENDED")] * 3


@pytest.mark.begins("serve decision")
@pytest.mark.law(GDS_27_1, GDS_27_2)
async def test_GDS_6_a_closed_case_makes_disposal_due_and_a_paused_application_is_refused(
    world: World,
) -> None:
    """Closing opens a task for all that was fetched; unmet opens OV-4; a pause refuses at once, everywhere."""
    story = await Story(world).opened()
    item = await a_listed(world, unconditional())
    comparison, request = await compared(world, story.case_id), await delivered(world, item, story.case_id)
    waiting = await a_data_request(world, item, case_id=story.case_id)
    await world.settle()
    by_comparison, by_request = await use_of(world, comparison), await use_of(world, request)
    assert {(use["state"], use["case_id"]) for use in (by_comparison, by_request)} == {
        ("OPEN", story.case_id)
    }

    # A pause of the provider, or of the data authority, binds from the next call on.
    reason = {"reason": "查询与案件无关的车辆"}
    paused = [
        await use_act(world, POLICE, by_comparison, "pause", **reason),
        await use_act(world, AUTHORITY, by_request, "pause", **reason),
    ]
    assert [answer.json()["access"] for answer in paused] == ["PAUSED", "PAUSED"]
    refusals = await _is_refused_everywhere(world, item, story.case_id, request)
    assert refusals == [(403, "DX_ACCESS_PAUSED")] * 4
    await consent_to_answer(world, waiting, "SHARE")
    await act(world, ASKED, waiting, "acceptance", {"note": "同意共享"})
    given = {"text": "作业记录", "is_whole": True, "manner": "API"}
    held_back = await act(world, ASKED, waiting, "deliverables", given)
    assert (held_back.status_code, held_back.json()["code"]) == (403, "DX_ACCESS_PAUSED")
    await _assert_a_suspended_system_is_refused(world)

    # The receiver rectifies one misuse; the other sharing ends once the period for it has passed.
    await use_act(world, ASKING, by_comparison, "rectification", text="已停用该查询")
    assert (await use_act(world, POLICE, by_comparison, "resumption")).json()["access"] == "OPEN"
    too_early = await use_act(world, AUTHORITY, by_request, "termination", reason="未整改")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "DX_RECTIFICATION_RUNNING")
    assert (await ask(world, story.case_id)).status_code == 201

    # The case closes: what was fetched for it is to be disposed of.
    await story.walk("close")
    await world.settle()
    tasks = (await officer(world, ASKING).get(f"/v1/data-uses?state=DUE&case_id={story.case_id}")).json()[
        "items"
    ]
    assert {task["source"] for task in tasks} >= {comparison, request}
    assert len(tasks) == 3
    due = await use_of(world, comparison)
    assert [(c["rule"], c["law"], c["n"]) for c in due["clocks"] if c["ended_at"] is None] == [
        ("dispose", "GDS 27(1)", 10)
    ]

    disposed = await use_act(world, ASKING, due, "disposal", **DESTROYED)
    assert (disposed.status_code, disposed.json()["state"]) == (201, "DISPOSED")
    for agency in (POLICE, AUTHORITY, ASKING):
        receipt = await officer(world, agency).get(f"/v1/receipts/{disposed.headers['mingzheng-record']}")
        assert (receipt.status_code, receipt.json()["receipt"]) == (200, "use.disposed")
        assert holds(receipt.json())
    gone = await officer(world, ASKING).get(f"/v1/comparisons/{comparison}")
    assert (gone.status_code, gone.json()["code"]) == (403, "DX_DISPOSED_UNREAD")
    log_years = world.runtimes["data-exchange"].profile.exchange.log_years
    assert log_years >= 3
    kept_until = date.fromisoformat(disposed.json()["kept_until_on"])
    assert kept_until == years_after(legal_day(world.clock()), log_years)

    world.clock.working_days(10)
    await world.settle()
    assert "use.disposal_missed" not in await world.record_types("data-exchange", "use/%")
    world.clock.working_days(1)
    await world.settle()
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items?limit=200")).json()["items"]
    missed = {item["object"] for item in items if item["type"] == "OV-4"}
    assert f"use/{by_request['use_id']}" in missed
    assert f"use/{by_comparison['use_id']}" not in missed
    ended = await use_act(world, AUTHORITY, by_request, "termination", reason="逾期未整改")
    assert ended.json()["access"] == "TERMINATED"
    late = await use_act(world, ASKING, by_request, "disposal", **DESTROYED)
    assert (late.json()["state"], late.json()["missed"]) == ("DISPOSED", True)
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_25_1)
async def test_another_use_needs_the_providers_consent_on_record(world: World) -> None:
    story = await Story(world).opened()
    source = await compared(world, story.case_id)
    await world.settle()
    use = await use_of(world, source)
    onward: dict[str, Any] = {"recipient_agency_id": world.agencies[ASKED]}
    others = [{"purpose": "STATISTICS"}, onward]

    logged = await use_act(world, ASKING, use, "entries", kind="SCENARIO", text="核对车辆所有人")
    refused = [
        await use_act(world, ASKING, use, "entries", kind="PROCESS", text="另作他用", **o) for o in others
    ]
    own = await use_act(world, ASKING, use, "consents", text="自行同意", **onward)
    by_the_authority = await use_act(world, AUTHORITY, use, "consents", text="代为同意", **onward)
    consented = await use_act(world, POLICE, use, "consents", text="同意提供", **onward)
    then = [await use_act(world, ASKING, use, "entries", kind="PROCESS", text="提供", **o) for o in others]

    assert logged.status_code == 201
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (403, "DX_OTHER_PURPOSE")
        assert answer.json()["article"].startswith("GDS 25(1)")
    for answer in (own, by_the_authority):
        assert (answer.status_code, answer.json()["code"]) == (403, "DX_USE_OTHER_SIDE")
    assert consented.status_code == 201
    assert [answer.status_code for answer in then] == [403, 201]
    read = [await use_of(world, source, agency) for agency in (ASKING, POLICE, AUTHORITY)]
    assert [[entry["kind"] for entry in view["entries"]] for view in read] == [
        ["SCENARIO", "CONSENT", "PROCESS"]
    ] * 3


@pytest.mark.begins(OPENED)
async def test_a_third_agency_finds_no_use_and_keeping_needs_a_law(world: World) -> None:
    source = await compared(world, (await Story(world).opened()).case_id)
    await world.settle()
    use = await use_of(world, source)
    kept: dict[str, Any] = {"disposal": "KEPT_BY_LAW", "text": "随案卷保存"}

    third = await officer(world, ASKED).get(f"/v1/data-uses/{use['use_id']}")
    uncited = await use_act(world, ASKING, use, "disposal", **kept)
    demanded = await use_act(world, POLICE, use, "disposal-demand")
    used_on = await use_act(world, ASKING, use, "entries", kind="PROCESS", text="继续使用")
    disposed = await use_act(world, ASKING, use, "disposal", **kept, citation="《档案法》第十三条")
    again = await use_act(world, ASKING, use, "disposal", **kept, citation="《档案法》第十三条")

    assert third.status_code == 404
    assert (uncited.status_code, uncited.json()["code"]) == (422, "DX_KEEPING_CITATION")
    assert demanded.json()["state"] == "DUE"
    assert (used_on.status_code, used_on.json()["code"]) == (409, "DX_PURPOSE_ENDED")
    assert (disposed.status_code, disposed.json()["disposal"]) == (201, "KEPT_BY_LAW")
    assert (again.status_code, again.json()["code"]) == (409, "DX_DATA_DISPOSED")


@pytest.mark.begins(OPENED)
async def test_eight_disposals_and_eight_pauses_at_once_happen_once(world: World) -> None:
    source = await compared(world, (await Story(world).opened()).case_id)
    await world.settle()
    use = await use_of(world, source)

    async def eight(agency: int, what: str, **order: str) -> list[httpx.Response]:
        return await asyncio.gather(*(use_act(world, agency, use, what, **order) for _ in range(8)))

    paused = await eight(POLICE, "pause", reason="超范围")
    disposed = await eight(ASKING, "disposal", **DESTROYED)

    assert sorted(answer.status_code for answer in paused) == [201] + [409] * 7
    assert {answer.json().get("code") for answer in paused} == {None, "DX_ACCESS_STATE"}
    assert sorted(answer.status_code for answer in disposed) == [201] + [409] * 7


def test_the_wire_knows_every_entry_and_every_disposal() -> None:
    assert (set(get_args(EntryCode)), set(get_args(DisposalCode))) == (set(EntryKind), set(Disposal))
