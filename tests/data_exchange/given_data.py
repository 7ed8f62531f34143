"""Arranges the catalogue of government data and requests for data, through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from tests.case.story import CASE
from tests.data_exchange.given import ASKED, ASKING, officer
from tests.world import World

AUTHORITY: Final = 2
"""The third agency of the demo is the data authority."""

CITATION: Final = {"level": "LAW", "name": "中华人民共和国反恐怖主义法", "article": "第四十八条"}


def version(**changes: Any) -> dict[str, Any]:
    """What a version says: the maintenance register of roads, shared on conditions."""
    order: dict[str, Any] = {
        "name": "道路养护作业登记",
        "fields": [
            {"code": "road", "name": "道路名称", "type": "文本", "is_personal": False},
            {"code": "worked_on", "name": "作业日期", "type": "日期", "is_personal": False},
            {"code": "foreman", "name": "现场负责人", "type": "文本", "is_personal": True},
        ],
        "format": "结构化数据",
        "update_frequency": "每日",
        "share": "CONDITIONAL",
        "manners": ["API", "BATCH", "FILE"],
        "classification": "GENERAL",
        "conditions": "行政执法机关办理案件使用",
    }
    return order | changes


def unconditional(**changes: Any) -> dict[str, Any]:
    """The same register, open to every agency."""
    return version(share="UNCONDITIONAL", conditions=None) | changes


def not_shared(**changes: Any) -> dict[str, Any]:
    """The same register, kept back by a law."""
    kept_back = {
        "share": "NOT_SHARED",
        "conditions": None,
        "reason": "法律规定应当保密",
        "citation": CITATION,
    }
    return version(**kept_back) | changes


async def item_act(
    world: World, agency: int, item: dict[str, Any], what: str, order: dict[str, Any] | None = None
) -> httpx.Response:
    """An act of the exchange officer of `agency` on a catalogue item."""
    return await officer(world, agency).post(f"/v1/catalog/items/{item['item_id']}/{what}", json=order or {})


async def a_draft(world: World, order: dict[str, Any] | None = None, agency: int = ASKED) -> dict[str, Any]:
    """An item that `agency` drafted; its view."""
    answer = await officer(world, agency).post("/v1/catalog/items", json=order or version())
    assert answer.status_code == 201, answer.text
    item: dict[str, Any] = answer.json()
    return item


async def assess(world: World, item: dict[str, Any], agency: int = ASKED, **changes: Any) -> None:
    """Both assessments, passed unless `changes` say otherwise."""
    for assessment in ("SECRECY", "PERSONAL_INFORMATION"):
        order = {"assessment": assessment, "outcome": "PASSED", "text": "评估结论:可以共享"}
        answer = await item_act(world, agency, item, "assessments", order | changes)
        assert answer.status_code == 201, answer.text


async def sign_off(world: World, item: dict[str, Any], agency: int = ASKED) -> httpx.Response:
    """The head of the agency agrees, or is refused."""
    head = world.person("AGENCY_HEAD", agency)
    return await head.post(f"/v1/catalog/items/{item['item_id']}/sign-off", json={})


async def a_submitted(
    world: World, order: dict[str, Any] | None = None, agency: int = ASKED
) -> dict[str, Any]:
    """An item that lies with the data authority."""
    item = await a_draft(world, order, agency)
    await assess(world, item, agency)
    assert (await sign_off(world, item, agency)).status_code == 201
    answer = await item_act(world, agency, item, "submission")
    assert answer.status_code == 201, answer.text
    return item


async def a_listed(world: World, order: dict[str, Any] | None = None, agency: int = ASKED) -> dict[str, Any]:
    """An item that every agency sees."""
    item = await a_submitted(world, order, agency)
    answer = await item_act(world, AUTHORITY, item, "listing")
    assert answer.status_code == 201, answer.text
    listed: dict[str, Any] = answer.json()
    return listed


async def item_seen(world: World, item: dict[str, Any], agency: int = ASKED) -> httpx.Response:
    """The item as the officer of `agency` sees it."""
    return await officer(world, agency).get(f"/v1/catalog/items/{item['item_id']}")


async def item_records(world: World, item: dict[str, Any]) -> list[str]:
    """The types of the item's records."""
    return await world.record_types("data-exchange", f"catalogue/{item['item_id']}")


def data_order(world: World, item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request of the first agency for two fields of `item`, with the five statements.

    It is for the open case of a world that began with one (`begins(OPENED)`), else for statistics, which need no case.
    """
    ready = world.ready[CASE][0] if CASE in world.ready else None
    case_id = changes.get("case_id", ready)
    order: dict[str, Any] = {
        "item_id": item["item_id"],
        "fields": ["road", "worked_on"],
        "purpose": "VERIFY_FACT" if case_id else "STATISTICS",
        "case_id": case_id,
        "subject": "申请道路养护作业登记",
        "contact": "示范市城市管理行政执法局 韩示甲",
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "scenario": "核实停放时段内的养护作业",
        "scope": "案件承办人员二人",
        "manner": "API",
        "use_until": (legal_day(world.clock()) + timedelta(days=60)).isoformat(),
    }
    return order | changes


async def a_data_draft(world: World, item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request for data that the first agency drafted; its view."""
    answer = await officer(world, ASKING).post("/v1/data-requests", json=data_order(world, item, **changes))
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = answer.json()
    return request


async def consent_to_request(world: World, request: dict[str, Any], agency: int = ASKING) -> httpx.Response:
    """The data-sharing officer of the asking agency consents."""
    sharing = world.person("DATA_SHARING_OFFICER", agency)
    return await sharing.post(f"/v1/data-requests/{request['exchange_id']}/consent", json={})


async def consent_to_answer(
    world: World, request: dict[str, Any], answer: str, agency: int = ASKED
) -> httpx.Response:
    """The data-sharing officer of the provider consents to an answer."""
    sharing = world.person("DATA_SHARING_OFFICER", agency)
    path = f"/v1/data-requests/{request['exchange_id']}/answer-consent"
    return await sharing.post(path, json={"answer": answer})


async def data_act(
    world: World, agency: int, request: dict[str, Any], what: str, order: dict[str, Any] | None = None
) -> httpx.Response:
    """An act of the exchange officer of `agency` under /v1/data-requests."""
    path = f"/v1/data-requests/{request['exchange_id']}/{what}"
    return await officer(world, agency).post(path, json=order or {})


async def a_data_request(world: World, item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request for data that was sent; its view."""
    request = await a_data_draft(world, item, **changes)
    assert (await consent_to_request(world, request)).status_code == 201
    answer = await data_act(world, ASKING, request, "sending")
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent
