"""Takes one camera from nothing into service through the public API, every act by the person whose act it is.

    (none) ─register─▶ DRAFT ─submit─▶ UNDER_REVIEW ─two reviews, approval─▶ APPROVED ─install─▶ INSTALLED
           ─trial─▶ TRIAL ─report, test, sign, publication─▶ PUBLISHED ─lead time─▶ activation ─▶ ACTIVE

It looks at the device's state before each step, so a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx

from common.clock import BEIJING

Call = Callable[[str, str, str, dict[str, Any] | None], Awaitable[httpx.Response]]
"""(role, method, path, JSON body or None) as somebody of one agency."""


class StepRefused(Exception):
    """The API refused a step of the story; the message is its problem."""


@dataclass(frozen=True)
class Camera:
    """What is asked for: a camera against parking on pavements, somewhere in the demo's city."""

    code: str
    place: str
    longitude: str
    latitude: str
    division: str = "黄浦区"

    def registration(self) -> dict[str, Any]:
        basis = {
            "level": "LAW",
            "title": "中华人民共和国道路交通安全法",
            "article": "第一百一十四条",
            "from_on": "2021-04-29",
        }
        return {
            "device_code": self.code,
            "kind": "FIXED_CAMERA",
            "place": self.place,
            "place_type": "ROAD",
            "division": self.division,
            "longitude": self.longitude,
            "latitude": self.latitude,
            "direction": "由东向西",
            "functions": [{"code": "CM-0107", "name": "机动车违法停放人行道", "bases": [basis]}],
        }


CAMERAS = (
    Camera("31010100001190000001", "人民路与中华路路口西侧人行道", "121.492300", "31.227500"),
    Camera("31010400001190000002", "漕溪北路裕德路路口东侧人行道", "121.437200", "31.191800", "徐汇区"),
)
"""The two cameras of the demo, one for each agency."""


async def prepare(call: Call, camera: Camera, now: datetime) -> dict[str, Any]:
    """The device, published or already further. `now` dates its papers."""
    device = await _find(call, camera.code) or await ask(
        call, "DEVICE_ADMIN", "/v1/devices", camera.registration()
    )
    steps = {
        "DRAFT": _submit,
        "UNDER_REVIEW": _review,
        "APPROVED": _install,
        "INSTALLED": _try_out,
        "TRIAL": _document,
    }
    while device["state"] in steps:
        await steps[device["state"]](call, f"/v1/devices/{device['id']}", camera, now)
        device = await read(call, f"/v1/devices/{device['id']}")
    return device


async def activate(call: Call, device: dict[str, Any]) -> dict[str, Any]:
    """The device in service. Raises StepRefused before the publication's lead time has run."""
    path = f"/v1/devices/{device['id']}"
    if (await read(call, path))["state"] == "PUBLISHED":
        await ask(call, "AGENCY_HEAD", f"{path}/activation", {})
    return await read(call, path)


async def read(call: Call, path: str) -> dict[str, Any]:
    """What GET `path` says to a device administrator. Raises StepRefused."""
    return _answer(await call("DEVICE_ADMIN", "GET", path, None), path)


async def ask(call: Call, role: str, path: str, order: dict[str, Any]) -> dict[str, Any]:
    """The answer to POST `path` by `role`. Raises StepRefused."""
    return _answer(await call(role, "POST", path, order), path)


def _answer(response: httpx.Response, path: str) -> dict[str, Any]:
    if not response.is_success:
        raise StepRefused(f"{path} answers {response.status_code}: {response.text[:600]}")
    answer: dict[str, Any] = response.json()
    return answer


async def _find(call: Call, code: str) -> dict[str, Any] | None:
    cursor = ""
    while True:
        page = await read(call, f"/v1/devices?limit=200{cursor}")
        for device in page["items"]:
            if device["device_code"] == code:
                found: dict[str, Any] = device
                return found
        if not page.get("next_cursor"):
            return None
        cursor = f"&cursor={page['next_cursor']}"


async def _submit(call: Call, device: str, camera: Camera, now: datetime) -> None:
    order = {
        "necessity": "该路段人行道违法停车投诉集中,影响行人通行。",
        "alternatives": "已采取增设隔离桩、加强巡查等措施,效果不足。",
        "siting": "路口视野开阔,一台设备可覆盖全部人行道。",
        "plan": "PLAN-2025-01",
    }
    await ask(call, "DEVICE_ADMIN", f"{device}/submission", order)


async def _review(call: Call, device: str, camera: Camera, now: datetime) -> None:
    reviews = (
        ("DEVICE_LEGAL_REVIEWER", "legal-review", [f"L{n}" for n in range(1, 9)]),
        ("DEVICE_TECH_REVIEWER", "technical-review", [f"T{n}" for n in range(1, 10)]),
    )
    for role, name, items in reviews:
        order = {"checklist": dict.fromkeys(items, "PASS"), "opinion": "同意设置。"}
        response = await call(role, "POST", f"{device}/{name}", order)
        # 409: this review was already on record when the last run was cut short.
        if response.status_code != httpx.codes.CONFLICT:
            _answer(response, name)
    await ask(call, "AGENCY_HEAD", f"{device}/approval", {})


async def _install(call: Call, device: str, camera: Camera, now: datetime) -> None:
    order = {
        "longitude": camera.longitude,
        "latitude": camera.latitude,
        "view_sha256": sha256(f"view of {camera.code}".encode()).hexdigest(),
        "installer": "示范市智能设备安装队",
    }
    await ask(call, "DEVICE_ADMIN", f"{device}/installation", order)


async def _try_out(call: Call, device: str, camera: Camera, now: datetime) -> None:
    await ask(call, "DEVICE_ADMIN", f"{device}/trial", {"clock_drift_ms": 120})


async def _document(call: Call, device: str, camera: Camera, now: datetime) -> None:
    today = now.astimezone(BEIJING).date()
    papers: dict[str, dict[str, Any]] = {
        "standard-conformities": {
            "standard": "GA/T 497-2016",
            "report_no": f"示检{camera.code[-6:]}",
            "issuer": "示范市安防产品检测中心",
            "result": "PASS",
            "from_on": str(today - timedelta(days=30)),
        },
        "acceptance-test": {"captures": 200, "correct": 197, "tested_on": str(today)},
        "signage": {
            "photo_sha256": sha256(f"sign of {camera.code}".encode()).hexdigest(),
            "text": "违法停车抓拍",
            "from_on": str(today),
        },
        "publication": {
            "url": "https://demo.mingzheng.example/devices",
            "channel": "示范市政府网站",
            "complaint_phone": "12345",
        },
    }
    for name, order in papers.items():
        await ask(call, "DEVICE_ADMIN", f"{device}/{name}", order)
