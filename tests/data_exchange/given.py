"""Arranges exchanges between the two enforcing agencies of the demo, through the API."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any, Final

import httpx
from pypdf import PdfReader

from tests.case.story import CASE
from tests.world import Client, World

ASKING: Final = 0
ASKED: Final = 1
"""The first agency of the demo asks, the second is asked."""


def officer(world: World, agency: int) -> Client:
    """The exchange officer of an agency."""
    return world.person("EXCHANGE_OFFICER", agency)


def assistance(world: World, **changes: Any) -> dict[str, Any]:
    """An order for assistance from the first agency to the second.

    It is for the open case of a world that began with one (`begins(OPENED)`), else for statistics, which need no case.
    """
    case_id = world.ready[CASE][0] if CASE in world.ready else None
    order: dict[str, Any] = {
        "to_agency_id": world.agencies[ASKED],
        "case_id": case_id,
        "purpose": "VERIFY_FACT" if case_id else "STATISTICS",
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "subject": "协助核查车辆停放情况",
        "reason": "案件调查需要",
        "items": ["2025年3月3日该路段养护作业记录"],
        "contact": "示范市城市管理行政执法局 韩示甲",
    }
    return order | changes


def a_correction(received: dict[str, Any]) -> dict[str, Any]:
    """An order to correct what `received` brought."""
    return {
        "received_in": received["exchange_id"],
        "basis": [{"name": "政务数据共享条例", "article": "第二十六条"}],
        "subject": "养护日期有误",
        "reason": "与现场照片不符",
        "items": ["第二页的作业日期"],
        "contact": "示范市城市管理行政执法局 韩示甲",
    }


async def a_request(world: World, path: str = "/v1/assistance-requests", **changes: Any) -> dict[str, Any]:
    """A request that was sent; its view."""
    answer = await officer(world, ASKING).post(path, json=assistance(world, **changes))
    assert answer.status_code == 201, answer.text
    exchange: dict[str, Any] = answer.json()
    return exchange


async def act(
    world: World, agency: int, exchange: dict[str, Any], what: str, order: dict[str, Any] | None = None
) -> httpx.Response:
    """An act of `agency` in `exchange`."""
    path = f"/v1/exchanges/{exchange['exchange_id']}/{what}"
    return await officer(world, agency).post(path, json=order or {})


async def seen(world: World, exchange: dict[str, Any], agency: int = ASKING) -> dict[str, Any]:
    """The exchange as the officer of `agency` sees it now."""
    answer = await officer(world, agency).get(f"/v1/exchanges/{exchange['exchange_id']}")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def clock_of(exchange: dict[str, Any], rule: str) -> dict[str, Any]:
    """The clock of `rule` in a view of an exchange."""
    clock: dict[str, Any] = next(clock for clock in exchange["clocks"] if clock["rule"] == rule)
    return clock


async def letters_of(world: World, exchange: dict[str, Any], agency: int = ASKING) -> list[dict[str, Any]]:
    """The letters of the exchange as the officer of `agency` finds them listed."""
    answer = await officer(world, agency).get(f"/v1/exchanges/{exchange['exchange_id']}/letters")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def text_of(world: World, exchange: dict[str, Any], n: int, agency: int = ASKING) -> str:
    """What the `n`th letter says, without its spaces, once its bytes are those of its digest."""
    answer = await officer(world, agency).get(f"/v1/exchanges/{exchange['exchange_id']}/letters/{n}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    pages = PdfReader(BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())
