"""Every service in one process: apps, contracts, tokens and databases as in five processes, but no network.

This is the one module that imports the apps of the services, and it does so when it builds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from common.web.openapi import DescribedApp
from gateway.edge import OWN, edge, routes_of
from gateway.identity import app as identity
from gateway.openapi import merged
from gateway.upstream import InProcess

PER_MINUTE: Final = 60_000
"""In a demo all callers share one address and one machine, so a limit for people would stop the story."""


class AllInOne:
    """The ASGI app. `apps` are the services by name, the gateway's own included."""

    def __init__(self, front: ASGIApp, apps: dict[str, FastAPI]) -> None:
        self.front = front
        self.apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.front(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Open every service, evidence first: the others carry their records to it."""
        await receive()
        async with AsyncExitStack() as stack:
            try:
                for name in sorted(self.apps, key=lambda name: name != "evidence"):
                    app = self.apps[name]
                    await stack.enter_async_context(app.router.lifespan_context(app))
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": f"couldn't start {name}: {error}"})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def build(runtimes: Mapping[str, Any], *, base_url: str, per_minute: int = PER_MINUTE) -> AllInOne:
    """`runtimes` by service name, each of the class that its service declares.

    `base_url` is the address of this process for the outside world.
    """
    runtimes = {name: _at(runtime, base_url) for name, runtime in runtimes.items()}
    own = edge(runtimes[OWN], issuer=base_url, issuer_ring=None, per_minute=per_minute)
    apps: dict[str, FastAPI] = {}
    for name, runtime in runtimes.items():
        if name != OWN:
            apps[name] = import_module(f"{package_of(name)}.app").create(runtime)
    routes = [route for name, app in apps.items() for route in routes_of(app, name)]
    services = dict(apps)
    upstreams = {name: InProcess(app) for name, app in services.items()}
    front = own.front(routes, upstreams, lambda: {name: app.openapi() for name, app in services.items()})
    apps[OWN] = own.app
    # One process has one /readyz for the outside: the gateway's tells of the ledger too.
    own.app.state.standing = lambda: apps["evidence"].state.standing() if "evidence" in apps else {}
    for runtime in runtimes.values():
        for name, app in apps.items():
            runtime.peers.connect(name, httpx.ASGITransport(app, raise_app_exceptions=False))
    return AllInOne(front, apps)


def described(names: Iterable[str]) -> dict[str, FastAPI]:
    """The routes of the services `names` with no runtime behind them: they describe themselves and answer nothing."""
    apps: dict[str, FastAPI] = {}
    for name in names:
        module = identity if name == OWN else import_module(f"{package_of(name)}.app")
        apps[name] = DescribedApp(name, title=name, version="1", openapi_url=None)
        for router in module.ROUTERS:
            apps[name].router.routes.extend(router.routes)
    return apps


def contract_of(apps: Mapping[str, FastAPI]) -> dict[str, Any]:
    """The public document of `apps`, as the gateway in front of them answers it."""
    routes = [route for name, app in apps.items() for route in routes_of(app, name)]
    return merged({name: app.openapi() for name, app in apps.items()}, routes)


def _at(runtime: Any, base_url: str) -> Any:
    """The runtime with the public address of this process, where its service signs or checks one."""
    origin = getattr(runtime.settings, "origin", base_url)
    if origin == base_url:
        return runtime
    return replace(runtime, settings=runtime.settings.model_copy(update={"origin": base_url}))


def package_of(service: str) -> str:
    """The package of a service that is not the gateway: a test compares it with services.toml."""
    return service.replace("-", "_")
