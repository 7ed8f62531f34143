"""The service behind the gateway's own routes."""

from __future__ import annotations

from fastapi import FastAPI

from common.web.app import create_app
from gateway.identity.api import issuer_router, me_router, oauth_refused
from gateway.identity.issuer import Issuer, OAuthError
from gateway.identity.runtime import GatewayRuntime
from gateway.identity.store import People


def create(runtime: GatewayRuntime, people: People, issuer: Issuer | None) -> FastAPI:
    """Without an issuer the platform relies on the city's own identity provider."""
    routers = [me_router(people)] if issuer is None else [me_router(people), issuer_router(issuer)]
    app = create_app(runtime, routers=routers)
    app.add_exception_handler(OAuthError, oauth_refused)
    return app
