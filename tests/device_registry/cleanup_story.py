"""Arranges a clean-up campaign: a city with one device in service, two of an old inventory, and three agencies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from tests.device_registry.stories import ACTIVE, in_service
from tests.snapshots import Place
from tests.world import World

CAMPAIGN: Final = "clean-up campaign opened"
SEAL: Final = {"kind": "SCANNED_COPY", "sha256": "ab" * 32}
WHY: Final = "经核查,该情形属实,依法应当停止使用该设备。"
INVENTORY: Final = (
    "设置地点,行政区,经度(WGS84),纬度(WGS84)\n"
    "示范路1号,黄浦区,121.480000,31.230000\n"
    "示范路2号,黄浦区,121.490000,31.230000\n"
)


async def opened(world: World) -> dict[str, Any]:
    """The campaign of the world: `campaign`, and the devices `lawful` and `legacy`."""
    ready: dict[str, Any] = world.ready.pop(CAMPAIGN)
    return ready


async def read(world: World, path: str, role: str = "DEVICE_ADMIN", agency: int = 0) -> Any:
    answer = await world.person(role, agency).get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def report_of(world: World, agency: int = 0) -> str:
    """The address of the report that the campaign asks of an agency."""
    [report] = (await read(world, "/v1/cleanup-reports", agency=agency))["items"]
    return f"/v1/cleanup-reports/{report['report_id']}"


async def draft(world: World, agency: int = 0, **changes: Any) -> httpx.Response:
    order = {
        "kind": "ANNEX_1",
        "filler": "填报员",
        "contact": "021-00000000",
        "filled_on": f"{legal_day(world.clock())}",
    }
    path = await report_of(world, agency)
    return await world.person("DEVICE_ADMIN", agency).post(f"{path}/draft", json=order | changes)


async def submit(world: World, agency: int = 0, seal: Any = SEAL) -> httpx.Response:
    path = await report_of(world, agency)
    return await world.person("DEVICE_ADMIN", agency).post(f"{path}/submission", json={"seal": seal})


async def evaluated(world: World) -> list[dict[str, Any]]:
    """The open findings about the first agency's devices after an evaluation."""
    answer = await world.person("DEVICE_ADMIN").post("/v1/cleanup-evaluations", json={})
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = (await read(world, "/v1/findings?state=OPEN&limit=200"))["items"]
    return found


async def decide(world: World, finding: str, outcome: str = "CONFIRM") -> None:
    """The finding, proposed by the admin and decided by the head."""
    for role, act in (("DEVICE_ADMIN", "proposal"), ("AGENCY_HEAD", "decision")):
        order = {"outcome": outcome, "reason": WHY}
        answer = await world.person(role).post(f"/v1/findings/{finding}/{act}", json=order)
        assert answer.status_code == 201, answer.text


async def all_decided(world: World) -> None:
    """What concerns item 1 is confirmed, all the rest dismissed."""
    for finding in await evaluated(world):
        outcome = "CONFIRM" if finding["category"] == "CU-1" else "DISMISS"
        await decide(world, finding["finding_id"], outcome)


async def _to_an_opened_campaign(world: World) -> None:
    lawful, admin = await in_service(world), world.person("DEVICE_ADMIN")
    headers = {"content-type": "text/csv", "inventory-source": "old"}
    imported = await admin.post("/v1/device-imports", content=INVENTORY.encode(), headers=headers)
    assert imported.status_code == 201, imported.text
    today = legal_day(world.clock())
    order = {
        "title": "全面清理规范执法类电子技术监控设备",
        "as_of": f"{today}",
        "deadline": f"{today + timedelta(days=20)}",
        "agency_ids": [world.demo.agencies[n]["id"] for n in (0, 1, 3)],
    }
    campaign = await world.person("SUPERVISOR").post("/v1/cleanup-campaigns", json=order)
    assert campaign.status_code == 201, campaign.text
    await world.settle()
    world.ready[CAMPAIGN] = {
        "campaign": f"/v1/cleanup-campaigns/{campaign.json()['campaign_id']}",
        "lawful": lawful,
        "legacy": [row["device_id"] for row in imported.json()["rows"]],
    }


PLACES: Final = {CAMPAIGN: Place(ACTIVE, _to_an_opened_campaign)}
