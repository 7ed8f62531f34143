"""The line between a browser and the platform, as a test needs it: slow, broken, or as it is.

It also hands a browser the cookie of a session. DevTools cannot set one that begins with `__Host-` on this address.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.identity.issuer.browsers import COOKIE
from tests.world import BASE_URL

SIGN_IN = "/e2e-cookie/"


@dataclass
class Line:
    """An ASGI callable before `app`. Each answer comes `delay_s` later. `acts` are the POSTs with their statuses.

    What signs in is no act.
    """

    app: ASGIApp
    delay_s: float = 0.0
    acts: list[tuple[str, int]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(SIGN_IN):
            cookie = f"{COOKIE}={unquote(scope['path'].removeprefix(SIGN_IN))}; Path=/; Secure; HttpOnly; SameSite=Lax"
            page = '<!doctype html><title>-</title><link rel="icon" href="data:,">'
            await Response(page, media_type="text/html", headers={"set-cookie": cookie})(scope, receive, send)
            return

        async def later(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_at_home(name, value) for name, value in message.get("headers", ())]
                await asyncio.sleep(self.delay_s)
                if scope["method"] == "POST" and not scope["path"].startswith("/sign-in/"):
                    self.acts.append((scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, later)


def _at_home(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A redirect to the public address of the world leads to this port: the demo's provider is under that address."""
    return name, value.removeprefix(BASE_URL.encode()) if name.lower() == b"location" else value
