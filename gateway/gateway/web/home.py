"""The page at /: the services, the public devices, the newest checkpoint, and a link to the API reference.

It works without scripts. It asks the services at most once in five seconds, however many readers it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from time import monotonic
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from common.calls.http import Peers
from common.values.errors import Refusal
from gateway.web.files import PLAIN, File, page

KEPT_S: Final = 5.0
PATIENCE_S: Final = 2.0
"""A service that takes longer is shown as not ready; the page must not wait for it."""
_SHOWN: Final = 20
_NAMES: Final = {
    "gateway": "网关与身份 · gateway and identity",
    "device-registry": "设备登记 · device registry",
    "evidence": "证据与账本 · evidence and ledger",
    "case": "案件 · cases",
    "notification": "送达 · service of documents",
}
_STATES: Final = {
    "PUBLISHED": "已公布 · published",
    "ACTIVE": "使用中 · in service",
    "SUSPENDED": "已停用 · suspended",
    "RETIRED": "已退役 · retired",
}
_DEMO: Final = """\
<p class="notice">演示系统:人员、车辆与地点均为虚构。<span class="en">A demonstration: all people, vehicles and
places are invented.</span></p>"""
_SANDBOX: Final = """\
<p class="notice">沙箱:供协作机关的系统试接,这里的一切均无法律效力。<span class="en">A sandbox where the systems of
partners are tried: nothing here has legal effect.</span></p>"""
_STYLE: Final = '<link rel="stylesheet" href="/home.css">'
_BODY: Final = """\
<h1>明证 <small>Mingzheng</small></h1>
<p>经得起法庭检验的非现场执法。<span class="en">Off-site enforcement that can be shown to a court.</span></p>
{notice}
<p><a href="/portal">公众服务:案件、陈述申辩、文书、设备、机关 <span class="en">For the public: cases, statements,
documents, devices, agencies</span></a></p>
<h2>正在运行 <small>What runs here</small></h2>
<table>{services}</table>
<h2>公开设备 <small>Public devices</small></h2>
{devices}
<h2>最新检查点 <small>Latest checkpoint</small></h2>
<p>账本全部条目的签名摘要,任何人可据此核验。<span class="en">The signed digest of every entry of the ledger; anyone
can check against it.</span></p>
{checkpoint}
<h2>接口 <small>API</small></h2>
<ul>
<li><a href="/docs">接口文档 <span class="en">API reference</span></a></li>
<li><a href="/openapi.json">OpenAPI 3.1</a></li>
</ul>"""


@dataclass(frozen=True)
class _Answers:
    """The answers of the services; None for a service that did not answer."""

    ready: dict[str, bool]
    devices: Any
    checkpoint: str | None


class Home:
    """The page. `services` are the names of the services behind this gateway."""

    def __init__(self, peers: Peers, services: Sequence[str], *, is_demo: bool, is_sandbox: bool) -> None:
        self._peers = peers
        self._services = services
        self._notice = (_DEMO if is_demo else "") + (_SANDBOX if is_sandbox else "")
        self._lock = asyncio.Lock()
        self._page: File | None = None
        self._until = 0.0

    async def answer(self, request: Request) -> Response:
        """The page, at most five seconds old."""
        async with self._lock:
            if self._page is None or monotonic() >= self._until:
                self._page = File(self._render(await self._look()), "text/html", PLAIN)
                self._until = monotonic() + KEPT_S
        return self._page.answer(request)

    async def _look(self) -> _Answers:
        ready = await asyncio.gather(*(self._ask(name, "/readyz") for name in self._services))
        devices = await self._ask("device-registry", "/v1/public/devices", {"limit": str(_SHOWN)})
        note = await self._ask("evidence", "/ledger/checkpoint")
        return _Answers(
            {name: answer is not None for name, answer in zip(self._services, ready, strict=True)},
            None if devices is None else devices.json(),
            None if note is None else note.text,
        )

    async def _ask(self, service: str, path: str, params: dict[str, str] | None = None) -> Any:
        if service not in self._services:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._peers.read(service, path, params)
        except (Refusal, TimeoutError):
            return None

    def _render(self, answers: _Answers) -> bytes:
        ready = {"gateway": True, **answers.ready}
        services = "".join(
            f"<tr><td>{escape(_NAMES.get(name, name))}</td><td>{_readiness(is_ready)}</td></tr>"
            for name, is_ready in ready.items()
        )
        body = _BODY.format(
            notice=self._notice,
            services=services,
            devices=_devices(answers.devices),
            checkpoint=_checkpoint(answers.checkpoint),
        )
        return page("明证 Mingzheng", head=_STYLE, body=body)


def _readiness(is_ready: bool) -> str:
    return "就绪 · ready" if is_ready else "未就绪 · not ready"


def _devices(page_of_devices: Any) -> str:
    if page_of_devices is None:
        return '<p>暂时无法读取。<span class="en">The list cannot be read now.</span></p>'
    if not page_of_devices["items"]:
        return '<p>尚无公布的设备。<span class="en">No device has been published yet.</span></p>'
    rows = "".join(
        "<tr>"
        f"<td>{escape(device['device_code'] or '—')}</td>"
        f"<td>{escape(device['place'])} {escape(device['direction'])}</td>"
        f"<td>{escape(_STATES.get(device['state'], device['state']))}</td>"
        f"<td>{escape(device['complaint_phone'])}</td>"
        "</tr>"
        for device in page_of_devices["items"]
    )
    head = "<tr><th>编号</th><th>设置地点</th><th>状态</th><th>投诉电话</th></tr>"
    more = '<p><a href="/v1/public/devices">全部公开设备 <span class="en">All public devices (JSON)</span></a></p>'
    return f"<table>{head}{rows}</table>{more}"


def _checkpoint(note: str | None) -> str:
    if note is None:
        return '<p>尚无检查点。<span class="en">There is no checkpoint yet.</span></p>'
    link = '<p><a href="/ledger/checkpoint">/ledger/checkpoint</a></p>'
    return f"<pre>{escape(note)}</pre>{link}"


def home_router(home: Home) -> APIRouter:
    """The page and its style sheet."""
    router = APIRouter(include_in_schema=False)
    style = File(files(__package__).joinpath("home.css").read_bytes(), "text/css")

    @router.get("/")
    async def read_home(request: Request) -> Response:
        return await home.answer(request)

    @router.get("/home.css")
    async def read_style(request: Request) -> Response:
        return style.answer(request)

    return router


PATHS: Final = frozenset({"/", "/home.css"})
