"""The inner pages of a process, on a port of their own: health and figures for probes and collectors, not for callers.

    GET /metrics   Prometheus' text format    GET /readyz, /livez   as on the port of the service

How busy a city's enforcement is, how old its queues are and what its last fsck found concern whoever runs it. So the
public port has no such page, and a network policy opens this one to the collector alone.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH: Final = frozenset({"/livez", "/readyz"})
METRICS: Final = "/metrics"


class Inner:
    """The ASGI app of the inner port beside `app`, which answers its own health."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self._app(scope, receive, send)
            return
        answer: Response = PlainTextResponse("not found\n", 404)
        if scope["path"] == METRICS and scope["method"] in ("GET", "HEAD"):
            answer = Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
        await answer(scope, receive, send)
