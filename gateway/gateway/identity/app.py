"""The service behind the gateway's own routes."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from common.web.app import Job, create_app
from gateway.identity.api import ROUTERS as ROUTERS
from gateway.identity.api import routers
from gateway.identity.api.issuer import oauth_refused
from gateway.identity.issuer.logouts import Logouts
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.issuer.querycodes import QueryCodes
from gateway.identity.issuer.requests import OAuthError
from gateway.identity.issuer.sessions import SessionTokens
from gateway.identity.issuer.tokens import Issuer
from gateway.identity.runtime import GatewayRuntime


def create(
    runtime: GatewayRuntime,
    issuer: Issuer | None,
    partners: PartnerTokens,
    tokens: SessionTokens,
    codes: QueryCodes,
    logouts: Logouts | None,
    jobs: Sequence[Job[GatewayRuntime]] = (),
) -> FastAPI:
    """Without an issuer the people of the platform come with tokens of the city's own identity provider."""
    app = create_app(runtime, routers=routers(issuer, partners, tokens, codes, logouts), jobs=jobs)
    app.add_exception_handler(OAuthError, oauth_refused)
    return app
