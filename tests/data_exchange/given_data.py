"""Arranges the catalogue of government data and requests for data, through the API."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.data_exchange.given import ASKED, officer
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
