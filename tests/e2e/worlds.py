"""What the pages show: a world with a case, and beside it one thing of each kind of which a page tells."""

from __future__ import annotations

from typing import Any, Final

from common.values.calendar import legal_day
from tests.case.story import Story
from tests.data_exchange.given import a_request
from tests.e2e.pages import DECIDED
from tests.given import IN_SERVICE
from tests.world import BASE_URL, World

INVENTORY: Final = (
    "设置地点,行政区,经度(WGS84),纬度(WGS84)\n"
    "示范路1号,黄浦区,121.480000,31.230000\n"
    "示范路2号,没有这个区,121.490000,31.230000\n"
)
"""A list of devices. The second row names a district that the city does not have."""


async def furnished(world: World, begins: str) -> dict[str, str]:
    """Make the things in a world that began at `begins`; what the words in braces stand for."""
    watching, story = world.ready[IN_SERVICE], await Story(world).opened()
    names = {"device": watching.id, "case": story.case_id, "entry": "7", "agency": world.agencies[0]}
    names["message"] = (await story.inbox())[0]["message_id"]
    if begins == DECIDED:
        await _ask_for_data(story)
        names["import"] = await _import(world)
        await _open_campaign(world)
        names["exchange"] = (await a_request(world))["exchange_id"]
    await world.settle()
    names["people"] = (await world.http.get("/sign-in")).headers["location"].removeprefix(BASE_URL)
    return names


async def _made(world: World, role: str, path: str, order: Any) -> dict[str, Any]:
    answer = await world.person(role).post(path, json=order)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def _ask_for_data(story: Story) -> None:
    asked = f"{story.path}/data-requests"
    await _made(story.world, "PARTY", asked, {"right": "COPY", "words": "请提供我的信息"})
    await _made(story.world, "TEAM_LEAD", f"{asked}/1/decision", {"granted": True, "reasons": "依法办理"})


async def _import(world: World) -> str:
    headers = {"content-type": "text/csv", "inventory-source": "old"}
    admin = world.person("DEVICE_ADMIN")
    answer = await admin.post("/v1/device-imports", content=INVENTORY.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _open_campaign(world: World) -> None:
    today = f"{legal_day(world.clock())}"
    order = {
        "title": "全面清理规范执法类电子技术监控设备",
        "as_of": today,
        "deadline": today,
        "agency_ids": [world.agencies[0]],
    }
    await _made(world, "SUPERVISOR", "/v1/cleanup-campaigns", order)
