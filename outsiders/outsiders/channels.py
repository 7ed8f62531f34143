"""Providers of channels for trials: SMS, fax, WeChat, the push of a phone's vendor, and a push service of RFC 8030.

    POST /sms  /fax  /wechat  /vendor/{token}    an order as the provider's own form has it
    GET  /sms/{out_id}                           what became of the order that the caller names so
    POST /push/{id}                              RFC 8030; the id ends in the status to answer: 201, 404, 410, 413, 429

Nothing leaves this program: it sends no message to anybody. Reports go to the address that `--reports` names, signed
with the content of the file that `--secret` names. The last four digits of a number say what becomes of an order
(`MAGIC`).
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outsiders.standalone import Options, body_of, serve, start

NOTICE: Final = "试验用通道,不向任何人发送 (channels for trials; nothing reaches anybody)"

MAGIC: Final[dict[str, str]] = {
    "0001": "not reached: the report says UNDELIV",
    "0002": "reached, and later denied: DELIVRD, then UNDELIV",
    "0003": "reached, and every report comes twice",
    "0004": "reached, and the report comes late",
    "0005": "429 with Retry-After once, then taken",
    "0006": "500 once, then taken",
    "0007": "refused: no such number",
    "0008": "refused: the signature is not registered",
    "0009": "taken, and no answer: the line goes dead",
    "0010": "taken, and no report ever comes",
    "0011": "502 of something in between, and the order was taken",
}
"""Endings of a number. With every other number the order is taken and the report says DELIVRD."""

_MOST: Final = 1 << 20
_REPORTS: Final[dict[str, tuple[str, ...]]] = {
    "0001": ("UNDELIV",),
    "0002": ("DELIVRD", "UNDELIV"),
    "0003": ("DELIVRD", "DELIVRD"),
    "0010": (),
}


@dataclass
class Channels:
    """`orders` are the orders that were taken, in turn; `reports` those that are still to be posted.

    `asked` counts every call by its order, also those that were refused. `late` holds back the reports of 0004.
    With `one_name` every order gets this same name, as some providers do to the mails of one call.
    """

    orders: list[dict[str, Any]] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    reports: list[dict[str, Any]] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    one_name: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def app(self, reports_to: str | None = None, secret: bytes = b"") -> Starlette:
        """The ASGI app. While it runs it posts every report to `reports_to`, where one is named."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            posting = asyncio.create_task(_keep_posting(self, reports_to, secret)) if reports_to else None
            yield
            if posting is not None:
                posting.cancel()

        return Starlette(
            lifespan=lifespan,
            routes=[
                Route("/sms", self.sms, methods=["POST"]),
                Route("/sms/{out_id}", self.status, methods=["GET"]),
                Route("/fax", self.fax, methods=["POST"]),
                Route("/wechat", self.wechat, methods=["POST"]),
                Route("/vendor/{token}", self.vendor, methods=["POST"]),
                Route("/push/{id}", self.push, methods=["POST"]),
            ],
        )

    async def sms(self, request: Request) -> Response:
        order = await _order(request)
        ending, out_id = order["mobile"][-4:], order["out_id"]
        self.asked[out_id] += 1
        if ending == "0007":
            return _json({"code": "MOBILE_NUMBER_ILLEGAL"})
        if ending == "0008":
            return _json({"code": "SIGNATURE_ILLEGAL"})
        if ending in ("0005", "0006") and self.asked[out_id] == 1:
            status, headers = (429, {"retry-after": "90"}) if ending == "0005" else (500, {})
            return Response(b"{}", status, headers)
        biz_id = self._take(order)
        for code in _REPORTS.get(ending, ("DELIVRD",)):
            report = {
                "biz_id": biz_id,
                "out_id": out_id,
                "err_code": code,
                "report_time": "2025-03-10 12:00:00",
            }
            (self.late if ending == "0004" else self.reports).append(report)
            self.codes[out_id] = code
        if ending == "0009":
            while not await request.is_disconnected():
                await asyncio.sleep(0.05)
        if ending == "0011":
            return Response(b"bad gateway", 502)
        return _json({"code": "OK", "biz_id": biz_id})

    async def status(self, request: Request) -> Response:
        """What the provider says of an order afterwards: its last report, WAITING before it, or that it has none."""
        out_id = request.path_params["out_id"]
        if all(order.get("out_id") != out_id for order in self.orders):
            return _json({"code": "NOT_FOUND"})
        return _json({"code": self.codes.get(out_id, "WAITING")})

    async def fax(self, request: Request) -> Response:
        """Takes a fax; the report carries the code of T.30: MCF, or why the pages did not get through."""
        order = await _order(request)
        job = self._take(order)
        code = {"0001": "NO_CARRIER", "0012": "BUSY", "0013": "VOICE"}.get(order["number"][-4:], "MCF")
        self.reports.append({"job": job, "reference": order["reference"], "result": code, "pages": 1})
        return _json({"status": "ACCEPTED", "job": job})

    async def wechat(self, request: Request) -> Response:
        """A subscription message: 43101, the user refused; 47003, a value that the template does not take."""
        order = await _order(request)
        for code in (43101, 47003, -1):
            if order["touser"].endswith(f"_{code}"):
                return _json({"errcode": code, "errmsg": "-"})
        return _json({"errcode": 0, "errmsg": "ok", "msgid": self._take(order)})

    async def vendor(self, request: Request) -> Response:
        """The push of a vendor: 80000000, taken; 80300007, no such token."""
        if request.path_params["token"].endswith("0007"):
            return _json({"code": "80300007", "msg": "Illegal token"})
        return _json({"code": "80000000", "msg": "Success", "requestId": self._take(await _order(request))})

    async def push(self, request: Request) -> Response:
        body = await body_of(request, most=_MOST)
        self.pushes.append({"id": request.path_params["id"], "headers": dict(request.headers), "body": body})
        status = int(request.path_params["id"][-3:])
        headers = {"retry-after": "120"} if status == 429 else {"location": "/messages/1"}
        return Response(b"", status, headers)

    async def post_reports(self, url: str, secret: bytes, *, late: bool = False) -> list[int]:
        """Post every report that waits, all of one provider in one body; the statuses of the answers."""
        waiting, self.reports = self.reports + (self.late if late else []), []
        self.late = [] if late else self.late
        async with httpx.AsyncClient(trust_env=False) as client:
            return [await _posted(client, url, secret, [report]) for report in waiting]

    def _take(self, order: dict[str, Any]) -> str:
        self.orders.append(order)
        return self.one_name or f"{next(self._numbers):08}"


async def _posted(client: httpx.AsyncClient, url: str, secret: bytes, reports: list[Any]) -> int:
    body = orjson.dumps({"reports": reports})
    signature = hmac.new(secret, body, "sha256").hexdigest()
    answer = await client.post(url, content=body, headers={"x-signature": signature})
    return answer.status_code


async def _order(request: Request) -> dict[str, Any]:
    body = await body_of(request, most=_MOST)
    order: dict[str, Any] = orjson.loads(body or b"{}")
    return order


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


async def _keep_posting(channels: Channels, url: str, secret: bytes) -> None:
    while True:
        try:
            await channels.post_reports(url, secret)
        except httpx.HTTPError:
            pass  # the platform is away; what was not taken is posted no more, as real providers do in the end
        await asyncio.sleep(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.channels`."""
    parser = Options("channels", port=3180, description=NOTICE)
    parser.option("reports", "报告发往的地址 (address that gets the reports)")
    parser.option("secret", "签名密钥文件 (file of the secret that signs the reports)")
    options = parser.parse_args(arguments)
    channels = Channels()
    secret = b""
    if options.reports:
        parser.need(options, "secret")
        secret = Path(options.secret).read_bytes().strip()
    print(NOTICE, flush=True)
    serve(channels.app(options.reports, secret), options)


if __name__ == "__main__":
    start(main)
