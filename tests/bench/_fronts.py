"""Processes of the bench of the gateway: `tests.bench._fronts KIND HOME PG_HOST PG_PORT LISTEN [SERVICE [TOKEN]]`.

direct   the registry's app with three routes more, alone: 1 kB, 5 MB down, 5 MB up
inside   the same app behind the gateway, in one process
front    the gateway alone, the service at the address SERVICE
bare     an aiohttp client behind an ASGI app, to SERVICE: a proxy that judges nothing, counts nothing, signs nothing
slow     no server: LISTEN connections to SERVICE that send a body, one byte a second each
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import aiohttp
import uvicorn
import uvloop
from fastapi import APIRouter, Depends, FastAPI, Request, Response

from common.policy import Action, Mandate
from common.web.auth import Allow
from common.web.serve import SERVER, run, settle
from device_registry.app import create
from gateway.allinone import AllInOne
from gateway.edge import OWN, edge, routes_of
from gateway.guard import GuardedProtocol
from gateway.upstream import Http, InProcess
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.postgres import Server

SERVICE: Final = "device-registry"
ISSUER: Final = "http://127.0.0.1:8080"
SMALL: Final = "/v1/bench/kilobyte"
LARGE: Final = "/v1/bench/bodies/1"
UPLOAD: Final = "/v1/bench/bodies/parts/1"
BODY: Final = bytes(range(256)) * (5_000_000 // 256)
_DRIPS: Final = 18
_NO_LIMIT: Final = 100_000_000
_HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade host".split()
)

_ROUTER: Final = APIRouter()
Reader = Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
Writer = Annotated[Mandate, Depends(Allow(Action.DEVICE_READ, keyed=False))]


@_ROUTER.get(SMALL)
async def small(mandate: Reader) -> Response:
    return Response(BODY[:1_000], media_type="application/octet-stream")


@_ROUTER.get("/v1/bench/bodies/{n}")
async def large(mandate: Reader, n: int) -> Response:
    return Response(BODY, media_type="application/octet-stream")


@_ROUTER.post("/v1/bench/bodies/parts/{n}")
async def upload(mandate: Writer, n: int, request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


def installed(home: Path, server: Server) -> Installation:
    """The installation under `home`. Nothing runs in the background: the rounds measure requests alone."""
    return Installation(DataDir(home), server, background=False)


def service(installation: Installation) -> FastAPI:
    app = create(installation.runtimes([SERVICE])[SERVICE])
    app.router.routes.extend(_ROUTER.routes)
    return app


def gateway(installation: Installation, app: FastAPI, *, url: str | None) -> AllInOne:
    """The gateway before `app` in this process, or before the process at `url` that has the same routes."""
    own = edge(installation.runtimes([OWN])[OWN], issuer=ISSUER, issuer_ring=None, per_minute=_NO_LIMIT)
    upstream = InProcess(app) if url is None else Http(url)
    front = own.front(routes_of(app, SERVICE), {SERVICE: upstream})
    return AllInOne(front, {OWN: own.app} | ({SERVICE: app} if url is None else {}))


class Bare:
    """A proxy that passes on every request as it comes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=30),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=["user-agent", "accept", "accept-encoding"],
            )
        headers = [
            (name.decode("latin1"), value.decode("latin1"))
            for name, value in scope["headers"]
            if name not in _HOP
        ]
        has_body = any(name == b"content-length" for name, _ in scope["headers"])
        async with self._session.request(
            scope["method"],
            self._url + scope["path"],
            headers=headers,
            data=_body(receive) if has_body else None,
            allow_redirects=False,
        ) as answer:
            fields = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _HOP]
            await send({"type": "http.response.start", "status": answer.status, "headers": fields})
            async for chunk in answer.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _body(receive: Any) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message.get("body"):
            yield message["body"]
        more = message.get("more_body", False)


class _Drip(asyncio.Protocol):
    """A connection that sends the head of a request that may be made, then its body, one byte a second."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._sent = 0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._head)
        self._later()

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()

    def _later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1.0, self._drip)

    def _drip(self) -> None:
        self._transport.write(b"x")
        self._sent += 1
        if self._sent % _DRIPS == 0:
            self._transport.write(self._head)
        self._later()


async def slow(url: str, count: int, token: str) -> None:
    """`count` connections that send bodies, one byte a second, until the process is ended."""
    parts = urlsplit(url)
    head = f"POST {UPLOAD} HTTP/1.1\r\nhost: slow\r\nauthorization: Bearer {token}\r\ncontent-length: {_DRIPS}\r\n\r\n"
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_connection(lambda: _Drip(head.encode()), parts.hostname, parts.port)
        await asyncio.sleep(1 / count)
    await loop.create_future()


def main(kind: str, home: str, host: str, port: str, listen: str, url: str = "", token: str = "") -> None:
    if kind == "slow":
        uvloop.run(slow(url, int(listen), token))
    elif kind == "bare":
        settle()
        uvicorn.run(Bare(url), port=int(listen), **SERVER | {"lifespan": "off"})
    else:
        installation = installed(Path(home), Server(host, int(port)))
        app = service(installation)
        settings = installation.settings(SERVICE if kind == "direct" else OWN)
        settings = settings.model_copy(update={"log": Path(home) / f"{kind}.log"})
        made: Any = app if kind == "direct" else gateway(installation, app, url=url or None)
        http: Any = "httptools" if kind == "direct" else GuardedProtocol
        run(made, kind, settings, port=int(listen), http=http, inner=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
