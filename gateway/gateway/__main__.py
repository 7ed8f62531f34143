"""The gateway in a process of its own, with its services at the addresses of `peers`.

    callers ──PORT──▶ front ──▶ services          services ──PEER_PORT──▶ identity: who is an officer, what is an agency

python -m gateway serve | relay | migrate | check | revoke CLIENT
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any, Final

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from common.door.uow import Database
from common.web.serve import Beside, main
from gateway.edge import Edge, edge, routes_in
from gateway.guard import GuardedProtocol
from gateway.identity.domain.clients import ClientId
from gateway.identity.jobs import revoke_client
from gateway.identity.runtime import GatewayRuntime, GatewaySettings, runtime_of
from gateway.upstream import Http

log = logging.getLogger(__name__)

ASK_FOR_S: Final = 60
"""How long the gateway waits at its start for the routes of a service. Then the process ends, to be restarted."""


class Standalone:
    """The gateway over HTTP. It asks every service for its routes once, and opens when all have answered."""

    def __init__(self, own: Edge, urls: dict[str, str]) -> None:
        self._own = own
        # What the other services ask of identity, with their own tokens. The front takes none of these from anybody.
        self.for_peers: ASGIApp = own.app
        self._urls = urls
        self._upstreams = {name: Http(url) for name, url in urls.items()}
        self._front: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._front is not None:
            await self._front(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        app = self._own.app
        async with app.router.lifespan_context(app):
            documents = {name: await _document(name, url) for name, url in self._urls.items()}
            routes = [route for name, document in documents.items() for route in routes_in(document, name)]
            self._front = self._own.front(routes, self._upstreams, lambda: documents)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            for upstream in self._upstreams.values():
                await upstream.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _document(service: str, url: str) -> dict[str, Any]:
    """The OpenAPI document of `service`. Raises TimeoutError after a minute."""
    try:
        async with asyncio.timeout(ASK_FOR_S), httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                try:
                    answer = await client.get(f"{url}/openapi.json")
                    answer.raise_for_status()
                except httpx.HTTPError:
                    log.info("waiting for the routes of %s", service)
                    await asyncio.sleep(0.5)
                else:
                    document: dict[str, Any] = answer.json()
                    return document
    except TimeoutError:
        raise TimeoutError(f"{service} did not tell its routes within {ASK_FOR_S} s") from None


def create(runtime: GatewayRuntime) -> Standalone:
    """The gateway over `runtime`."""
    settings = runtime.settings
    own = edge(
        runtime,
        issuer=settings.issuer,
        issuer_ring=settings.issuer_ring,
        per_minute=settings.requests_per_minute,
    )
    return Standalone(own, settings.peer_urls("gateway"))


def _made(settings: GatewaySettings) -> ASGIApp:
    return create(runtime_of(settings))


def _for_peers(settings: GatewaySettings, app: ASGIApp) -> list[Beside]:
    assert isinstance(app, Standalone)
    return [Beside(app.for_peers, settings.peer_port, settings.peer_socket)]


async def act(db: Database, words: list[str]) -> None:
    """`revoke CLIENT`. Raises SystemExit for anything else."""
    match words:
        case ["revoke", client]:
            await revoke_client(db, ClientId(client))
        case _:
            raise SystemExit("python -m gateway serve | relay | migrate | check | revoke CLIENT")
    await db.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [] | ["serve" | "relay" | "migrate" | "check", *_]:
            main("gateway", GatewaySettings, _made, http=GuardedProtocol, beside=_for_peers)
        case words:
            chosen = GatewaySettings.read(os.environ, "gateway")
            asyncio.run(act(runtime_of(chosen).db, words))
