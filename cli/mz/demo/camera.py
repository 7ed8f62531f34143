"""A camera's way into service through the public API: the order of each step, and the role that sends it.

    (none) ─register─▶ DRAFT ─submit─▶ UNDER_REVIEW ─two reviews, approval─▶ APPROVED ─install─▶ INSTALLED
           ─trial─▶ TRIAL ─test, reports, sign, publication─▶ PUBLISHED ─lead time─▶ activation ─▶ ACTIVE

`prepare` looks at the device's state before each step, so a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from mz.demo.stage import Refused

VIOLATION: Final = "CM-0107"
VIOLATION_NAME: Final = "机动车违法停放人行道"

STEPS: Final = {
    "submission": "DEVICE_ADMIN",
    "legal-review": "DEVICE_LEGAL_REVIEWER",
    "technical-review": "DEVICE_TECH_REVIEWER",
    "approval": "AGENCY_HEAD",
    "installation": "DEVICE_ADMIN",
    "trial": "DEVICE_ADMIN",
    "acceptance-test": "DEVICE_TECH_REVIEWER",
    "standard-conformities": "DEVICE_ADMIN",
    "verifications": "DEVICE_ADMIN",
    "signage": "DEVICE_ADMIN",
    "publication": "DEVICE_ADMIN",
    "activation": "AGENCY_HEAD",
}
"""Each step from DRAFT to ACTIVE, and the role that may take it. The lead time runs before the last step."""

_NEXT: Final = {
    "DRAFT": ("submission",),
    "UNDER_REVIEW": ("legal-review", "technical-review", "approval"),
    "APPROVED": ("installation",),
    "INSTALLED": ("trial",),
    "TRIAL": ("acceptance-test", "standard-conformities", "signage", "publication"),
}
"""The steps that lead out of each state. A function without metrology needs no verification."""

Call = Callable[[str, str, str, dict[str, Any] | None], Awaitable[httpx.Response]]
"""(role, method, path, JSON body or None) as a person of one agency."""


@dataclass(frozen=True)
class Camera:
    """A camera against parking on pavements, somewhere in the demo's city."""

    code: str
    place: str
    longitude: str
    latitude: str
    division: str = "黄浦区"

    def registration(self, *, metrology: str = "NONE") -> dict[str, Any]:
        basis = {
            "level": "LAW",
            "title": "中华人民共和国道路交通安全法",
            "article": "第一百一十四条",
            "from_on": "2021-04-29",
        }
        function = {"code": VIOLATION, "name": VIOLATION_NAME, "metrology": metrology, "bases": [basis]}
        return {
            "device_code": self.code,
            "kind": "FIXED_CAMERA",
            "place": self.place,
            "place_type": "ROAD",
            "division": self.division,
            "longitude": self.longitude,
            "latitude": self.latitude,
            "direction": "由东向西",
            "functions": [function],
        }

    def order(self, step: str, today: date) -> dict[str, Any]:
        """A sound order for one of STEPS, dated `today`."""
        orders: dict[str, dict[str, Any]] = {
            "submission": {
                "necessity": "该路段人行道违法停车投诉集中,影响行人通行。",
                "alternatives": "已增设隔离桩并加强巡查,效果不足。",
                "siting": "路口视野开阔,一台设备即可覆盖。",
                "view": {"sketch_sha256": sha256(f"sketch of {self.code}".encode()).hexdigest()},
            },
            "legal-review": _review("L", 8),
            "technical-review": _review("T", 9),
            "installation": {
                "longitude": self.longitude,
                "latitude": self.latitude,
                "view_sha256": sha256(f"view of {self.code}".encode()).hexdigest(),
                "sign_sha256": sha256(f"sign of {self.code}".encode()).hexdigest(),
                "installer": "示范市智能设备安装队",
            },
            "trial": {"clock_drift_ms": 120},
            "acceptance-test": {"captures": 200, "correct": 197, "tested_on": str(today)},
            "standard-conformities": {
                "standard": "GA/T 497-2016",
                "report_no": f"示检{self.code[-6:]}",
                "issuer": "示范市安防产品检测中心",
                "result": "PASS",
                "from_on": str(today - timedelta(days=30)),
            },
            "verifications": {
                "certificate_no": f"JL-{self.code[-4:]}-01",
                "issuer": "示范市计量测试院",
                "result": "PASS",
                "functions": [VIOLATION],
                "verified_on": str(today),
                "valid_until": str(today + timedelta(days=364)),
            },
            "signage": {
                "photo_sha256": sha256(f"sign of {self.code}".encode()).hexdigest(),
                "position": "设备前方30米右侧立柱",
                "text": "违法停车抓拍",
                "from_on": str(today),
            },
            "publication": {
                "url": "https://demo.mingzheng.example/devices",
                "channel": "示范市政府网站",
                "complaint_phone": "12345",
            },
        }
        return orders.get(step, {})


def spread(n: int) -> tuple[str, str]:
    """Longitude and latitude of the `n`-th of many cameras: so far apart that none is shared instead of another."""
    row, column = divmod(n, 300)
    return f"{120.9 + column * 0.004:.6f}", f"{30.7 + row % 290 * 0.004:.6f}"


def work_plan(today: date) -> dict[str, Any]:
    """A plan for the year of `today` with the four sections of NJ 7, and two cameras against parking on pavements."""
    return {
        "name": f"{today.year}年智慧监管建设方案",
        "from_on": f"{today.year}-01-01",
        "until_on": f"{today.year}-12-31",
        "devices": "投诉集中的人行道路口设置固定抓拍设备。",
        "enforcement_equipment": "执法记录仪每人一台。",
        "network_security": "视频专网与互联网隔离,设备双向认证。",
        "technical_indicators": "抓拍准确率不低于95%,时钟偏差不超过1秒。",
        "planned": [{"violation_code": VIOLATION, "division": "310101", "count": 2}],
    }


def _review(letter: str, count: int) -> dict[str, Any]:
    return {"checklist": {f"{letter}{n}": "PASS" for n in range(1, count + 1)}, "opinion": "同意设置。"}


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
    path = f"/v1/devices/{device['id']}"
    while device["state"] in _NEXT:
        for step in _NEXT[device["state"]]:
            response = await call(STEPS[step], "POST", f"{path}/{step}", camera.order(step, legal_day(now)))
            # 409: this review was already on record when the last run was cut short.
            if not (step.endswith("-review") and response.status_code == httpx.codes.CONFLICT):
                _answer(response, step)
        device = await read(call, path)
    return device


async def activate(call: Call, device: dict[str, Any]) -> dict[str, Any]:
    """The device in service. Raises Refused before the publication's lead time has run."""
    path = f"/v1/devices/{device['id']}"
    if (await read(call, path))["state"] == "PUBLISHED":
        await ask(call, STEPS["activation"], f"{path}/activation", {})
    return await read(call, path)


async def read(call: Call, path: str) -> dict[str, Any]:
    """The answer to GET `path` by a device administrator. Raises Refused."""
    return _answer(await call("DEVICE_ADMIN", "GET", path, None), path)


async def ask(call: Call, role: str, path: str, order: dict[str, Any]) -> dict[str, Any]:
    """The answer to POST `path` by `role`. Raises Refused."""
    return _answer(await call(role, "POST", path, order), path)


def _answer(response: httpx.Response, path: str) -> dict[str, Any]:
    if not response.is_success:
        raise Refused(f"{path} answers {response.status_code}: {response.text[:600]}")
    answer: dict[str, Any] = response.json()
    return answer


async def _find(call: Call, code: str) -> dict[str, Any] | None:
    cursor = ""
    while True:
        page = await read(call, f"/v1/devices?limit=200{cursor}")
        for device in page["items"]:
            if device["device_code"] == code:
                match: dict[str, Any] = device
                return match
        if not page.get("next_cursor"):
            return None
        cursor = f"&cursor={page['next_cursor']}"
