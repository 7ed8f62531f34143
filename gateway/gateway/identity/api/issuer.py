"""Discovery, keys and the token endpoint. Errors have the shape of RFC 6749, 5.2, not of RFC 9457."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from common.policy import Action
from common.web.auth import Allow
from gateway.identity.issuer.requests import OAuthError, TokenRequest
from gateway.identity.issuer.tokens import Issuer


def issuer_router(issuer: Issuer) -> APIRouter:
    """The routes of `issuer`."""
    router = APIRouter(tags=["issuer"])
    anybody = Depends(Allow(Action.TOKEN_ISSUE, keyed=False))

    @router.get("/.well-known/openid-configuration", dependencies=[anybody])
    async def read_metadata() -> JSONResponse:
        """OpenID Connect Discovery: where tokens and keys are."""
        return JSONResponse(issuer.metadata())

    @router.get("/.well-known/jwks.json", dependencies=[anybody])
    async def read_keys() -> JSONResponse:
        """The public key of access tokens (RFC 7517)."""
        return JSONResponse(issuer.jwks())

    @router.post("/oauth2/token", dependencies=[anybody])
    async def issue_token(request: Request) -> Response:
        """An access token for client credentials (RFC 6749, 4.4)."""
        headers = request.headers
        asked = TokenRequest(
            headers.get("content-type", ""), headers.get("authorization", ""), await request.body()
        )
        return JSONResponse(await issuer.token(asked), headers={"cache-control": "no-store"})

    return router


def oauth_refused(request: Request, error: Exception) -> Response:
    """RFC 6749, 5.2: 401 for a client that is not known, 400 for anything else."""
    assert isinstance(error, OAuthError)
    headers = {"cache-control": "no-store"}
    if error.basic and error.error == "invalid_client":
        headers["www-authenticate"] = 'Basic realm="mingzheng"'
    status = 401 if error.error == "invalid_client" else 400
    return JSONResponse({"error": error.error, "error_description": error.description}, status, headers)
