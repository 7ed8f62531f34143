"""Arranges a device through the API, step by step, as its people would."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx

from common.calendar import legal_day
from tests.world import World

PLACE = {"longitude": "121.445721", "latitude": "31.210443"}
LEGAL = {f"L{n}": "PASS" for n in range(1, 9)}
TECHNICAL = {f"T{n}": "PASS" for n in range(1, 10)}
SHA = "ab" * 32

STEPS = (
    "submission",
    "legal-review",
    "technical-review",
    "approval",
    "installation",
    "trial",
    "acceptance-test",
    "standard-conformities",
    "verifications",
    "signage",
    "publication",
)
"""From DRAFT to PUBLISHED. `activation` follows when the lead time is over."""

ROLES = {
    "legal-review": "DEVICE_LEGAL_REVIEWER",
    "technical-review": "DEVICE_TECH_REVIEWER",
    "acceptance-test": "DEVICE_TECH_REVIEWER",
    "approval": "AGENCY_HEAD",
    "activation": "AGENCY_HEAD",
    "suspension": "AGENCY_HEAD",
    "resumption": "AGENCY_HEAD",
}


def registration(**changes: Any) -> dict[str, Any]:
    basis = {
        "level": "LAW",
        "title": "中华人民共和国道路交通安全法",
        "article": "第一百一十四条",
        "from_on": "2021-04-29",
    }
    function = {"code": "CM-0107", "name": "机动车违法停放人行道", "metrology": "MANDATORY", "bases": [basis]}
    order = {
        "device_code": "31010400001190000001",
        "place": "衡山路进东平路北约5米",
        "place_type": "ROAD",
        "division": "徐汇区",
        **PLACE,
        "functions": [function],
    }
    return order | changes


def order_of(step: str, today: date) -> dict[str, Any]:
    """A sound order for `step`, dated `today`."""
    orders: dict[str, dict[str, Any]] = {
        "submission": {
            "necessity": "人行道违停投诉居高不下。",
            "alternatives": "人工巡查覆盖不足。",
            "siting": "一处一台。",
            "plan": "PLAN-2025-1",
        },
        "legal-review": {"checklist": LEGAL, "opinion": "依据充分。"},
        "technical-review": {"checklist": TECHNICAL, "opinion": "符合标准。"},
        "approval": {},
        "installation": {**PLACE, "view_sha256": SHA, "installer": "示范工程公司"},
        "trial": {"clock_drift_ms": 120},
        "acceptance-test": {"captures": 120, "correct": 118, "tested_on": f"{today}"},
        "standard-conformities": {
            "standard": "GA/T 497-2016",
            "report_no": "R-2025-1",
            "issuer": "国家检测中心",
            "result": "PASS",
            "from_on": f"{today}",
        },
        "verifications": {
            "certificate_no": "JL-2025-118",
            "issuer": "市计量测试技术研究院",
            "result": "PASS",
            "functions": ["CM-0107"],
            "verified_on": f"{today}",
            "valid_until": f"{today + timedelta(days=60)}",
        },
        "signage": {"photo_sha256": SHA, "text": "电子监控区域", "from_on": f"{today}"},
        "publication": {
            "url": "https://city.example/devices",
            "channel": "市政府网站",
            "complaint_phone": "12345",
        },
        "activation": {},
        "suspension": {"reason": "ORDERED", "note": "核查期间暂停使用。"},
        "resumption": {"note": "原因已消除。"},
    }
    return orders[step]


async def register(world: World, **changes: Any) -> str:
    """A DRAFT device of the first agency."""
    answer = await world.person("DEVICE_ADMIN").post("/v1/devices", json=registration(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def take(world: World, device: str, step: str, **changes: Any) -> httpx.Response:
    """One step by the person whose step it is."""
    person = world.person(ROLES.get(step, "DEVICE_ADMIN"))
    order = order_of(step, legal_day(world.clock())) | changes
    return await person.post(f"/v1/devices/{device}/{step}", json=order)


async def published(world: World, *, without: str = "", **changes: Any) -> str:
    """A device as far as PUBLISHED; `without` leaves one step out, and ends before the publication."""
    device = await register(world, **changes)
    for step in STEPS:
        if step == without or (without and step == "publication"):
            continue
        answer = await take(world, device, step)
        assert answer.status_code == 201, (step, answer.text)
    return device


async def in_service(world: World, **changes: Any) -> str:
    """An ACTIVE device, its lead time waited for."""
    device = await published(world, **changes)
    world.clock.advance(days=30)
    answer = await take(world, device, "activation")
    assert answer.status_code == 201, answer.text
    return device


async def record_types(world: World, stream: str) -> list[str]:
    """The types of the records in a stream, in order."""
    async with world.database("device-registry") as db:
        rows = await db.fetch("SELECT type FROM outbox WHERE stream = $1 ORDER BY seq", stream)
    return [row["type"] for row in rows]
