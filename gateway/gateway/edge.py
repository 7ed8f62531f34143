"""Puts the gateway together: identity's app, the route table, the upstreams, and the ASGI callable in front of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from case.contract import Case
from common.calls.tokens import ACCESS_LIFETIME_S, AccessVerifier, KeyRing, TokenKey
from common.web.app import OPEN_PATHS
from common.web.openapi import Document, api_routes, policy_of
from common.web.telemetry import Telemetry
from gateway import web
from gateway.addresses import Proxies
from gateway.app import Gateway
from gateway.identity import app as identity
from gateway.identity.domain.sessions import How
from gateway.identity.issuer.browserkeys import BrowserKeys
from gateway.identity.issuer.browsers import Browsers
from gateway.identity.issuer.demopeople import DemoPeople
from gateway.identity.issuer.logouts import Logouts
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.issuer.provider import Provider
from gateway.identity.issuer.querycodes import QueryCodes
from gateway.identity.issuer.sessions import SessionTokens
from gateway.identity.issuer.signingin import CALLBACK, SignIns
from gateway.identity.issuer.systems import PartnerSystems
from gateway.identity.issuer.tokens import Issuer
from gateway.identity.runtime import EDGE_KEY, ISSUER_KEY, GatewayRuntime, GatewaySettings
from gateway.limits import Limits, sharing
from gateway.openapi import merged
from gateway.paths import Route, Routes
from gateway.upstream import InProcess, Upstream
from gateway.web.home import Home, home_router
from gateway.web.reference import reference_router
from gateway.web.site import Site, notice_of

OWN = "gateway"


@dataclass(frozen=True)
class Edge:
    """The gateway before its services are known. `app` is identity's own service."""

    runtime: GatewayRuntime
    app: FastAPI
    verifier: AccessVerifier
    partners: PartnerTokens
    limits: Limits
    browsers: Browsers
    sign_ins: SignIns | None
    codes: QueryCodes
    demo_people: DemoPeople | None

    def front(
        self,
        routes: Iterable[Route],
        upstreams: Mapping[str, Upstream],
        documents: Callable[[], Mapping[str, dict[str, Any]]] = dict,
    ) -> ASGIApp:
        """The ASGI callable for the outside world. Identity answers the gateway's own routes and its health.

        `documents` is called for the services' OpenAPI documents each time a reader asks for the whole document.
        """
        table = [*routes, *routes_of(self.app, OWN)]
        self.app.state.document = Document(lambda: merged({**documents(), OWN: self.app.openapi()}, table))
        settings = self.runtime.settings
        home = Home(
            self.runtime.peers,
            list(upstreams),
            is_demo=settings.mode != "production",
            is_sandbox=settings.sandbox,
        )
        for router in (home_router(home), reference_router()):
            self.app.include_router(router)
        proxies = Proxies.parse(settings.proxy_hops, settings.proxies, certify=settings.client_certificates)
        open_ = [Route("GET", path, OWN, "-") for path in sorted(OPEN_PATHS | web.PATHS)]
        gateway = Gateway(
            Routes([*table, *open_]),
            {**upstreams, OWN: InProcess(self.app)},
            key=TokenKey.load(self.runtime.settings.keys / EDGE_KEY),
            verifier=self.verifier,
            partners=self.partners,
            people=self.runtime.people,
            ended=self.runtime.ended,
            browsers=self.browsers,
            limits=self.limits,
            proxies=proxies,
            clock=self.runtime.clock,
            is_sandbox=settings.sandbox,
        )
        if self.sign_ins is not None and self.demo_people is not None:
            # The demo's provider is this process: asked over HTTP like any other, it would wait for itself to open.
            wire = httpx.ASGITransport(gateway, raise_app_exceptions=False)
            self.sign_ins.provider.connect(wire)
        site = Site(
            gateway,
            self.browsers,
            sign_ins=self.sign_ins,
            codes=self.codes,
            keys=BrowserKeys(self.runtime.db),
            demo_people=self.demo_people,
            limits=self.limits,
            proxies=proxies,
            notice=notice_of(settings),
        )
        return Telemetry(site, "edge")


def edge(runtime: GatewayRuntime, *, issuer: str, issuer_ring: Path | None, per_minute: int) -> Edge:
    """The gateway trusts the access tokens of `issuer`, whose public keys are in the file `issuer_ring`.

    Without a ring the gateway is the issuer itself. Only the demo and test profiles permit that. In production it stops
    the process. The systems of partners get their tokens from the gateway in every mode.
    """
    own = None
    key = TokenKey.load(runtime.settings.keys / ISSUER_KEY)
    origin = (runtime.settings.origin or issuer).rstrip("/")
    partners = PartnerTokens(key, origin, PartnerSystems(runtime.peers, runtime.clock), runtime.db)
    if issuer_ring is None:
        own = Issuer(key, issuer, runtime.people, mode=runtime.settings.mode)
    ring = KeyRing(issuer_ring) if issuer_ring is not None else KeyRing(own.ring() if own else [])
    lifetime_s = own.lifetime_s if own else ACCESS_LIFETIME_S
    verifier = AccessVerifier(ring, issuer.rstrip("/"), lifetime_s=lifetime_s)
    lifetimes = {how: runtime.settings.lifetimes(how) for how in How}
    tokens = SessionTokens(partners, runtime.db, runtime.people, runtime.ended, lifetimes=lifetimes)
    codes = QueryCodes(tokens, Case(runtime.peers), runtime.db)
    limits = Limits(per_minute)
    browsers = Browsers(runtime.db, runtime.people, runtime.ended, lifetimes=lifetimes, origin=origin)
    demo = own.people if own else None
    provider = demo.relying_party(origin + CALLBACK) if demo else provider_of(runtime.settings)
    sign_ins = SignIns(provider, runtime.db, origin=origin) if provider else None
    logouts = Logouts(provider, runtime.db, runtime.ended) if provider else None
    app = identity.create(runtime, own, partners, tokens, codes, logouts, jobs=sharing(limits))
    return Edge(runtime, app, verifier, partners, limits, browsers, sign_ins, codes, demo)


def provider_of(settings: GatewaySettings) -> Provider | None:
    """The city's OpenID provider; None where none is configured. Raises ValueError for one without TLS."""
    if not settings.openid_client:
        return None
    if settings.mode == "production" and not settings.issuer.startswith("https://"):
        raise ValueError("couldn't use ISSUER: people sign in over TLS alone (https://…)")
    secret = settings.openid_secret.read_text().strip() if settings.openid_secret else ""
    return Provider(settings.issuer, settings.openid_client, secret)


def routes_of(app: FastAPI, service: str) -> list[Route]:
    """The routes of `app` that state an act. A route that states none does not exist at the gateway (Inv. 4)."""
    return [
        Route(method, route.path, service, str(policy.action))
        for route in api_routes(app)
        if (policy := policy_of(route)) is not None
        for method in sorted(route.methods or ())
    ]


def routes_in(document: Mapping[str, Any], service: str) -> list[Route]:
    """The routes of a service by its OpenAPI document, where each operation names its act."""
    return [
        Route(method.upper(), operation.get("x-template", template), service, operation["x-policy"])
        for template, operations in document["paths"].items()
        for method, operation in operations.items()
        if "x-policy" in operation
    ]
