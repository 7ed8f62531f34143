"""Discovery, keys and the token endpoint. Errors have the shape of RFC 6749, 5.2, not of RFC 9457."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from common.policy import Action
from common.web.auth import Allow
from common.web.openapi import Answers, takes
from gateway.identity.issuer.requests import FORM, OAuthError, TokenRequest
from gateway.identity.issuer.tokens import Issuer


def _json(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}


_TEXT: Final = {"type": "string"}
_ERROR: Final = _json(error={"type": "string", "examples": ["invalid_client"]}, error_description=_TEXT)
_TOKEN: Final = _json(access_token=_TEXT, token_type={"const": "Bearer"}, expires_in={"type": "integer"})
_ANSWERS: Final[Answers] = {200: _TOKEN, 400: _ERROR, 401: _ERROR}


def issuer_router(issuer: Issuer) -> APIRouter:
    """The routes of `issuer`."""
    router = APIRouter(tags=["issuer"])
    anybody = Depends(Allow(Action.TOKEN_ISSUE, keyed=False))

    @router.get(
        "/.well-known/openid-configuration",
        summary="签发方元数据 · The issuer describes itself",
        dependencies=[anybody],
    )
    async def read_metadata() -> JSONResponse:
        """OpenID Connect Discovery: where tokens and keys are."""
        return JSONResponse(issuer.metadata())

    @router.get(
        "/.well-known/jwks.json", summary="签发方公钥 · The public keys of the issuer", dependencies=[anybody]
    )
    async def read_keys() -> JSONResponse:
        """The public key of access tokens (RFC 7517)."""
        return JSONResponse(issuer.jwks())

    @router.post(
        "/oauth2/token",
        summary="换取访问令牌 · Exchange a client secret for an access token",
        responses=_ANSWERS,
        openapi_extra=takes(FORM, example="grant_type=client_credentials"),
        dependencies=[anybody],
    )
    async def issue_token(request: Request) -> Response:
        """An access token for client credentials (RFC 6749, 4.4)."""
        headers = request.headers
        order = TokenRequest(
            headers.get("content-type", ""), headers.get("authorization", ""), await request.body()
        )
        return JSONResponse(await issuer.token(order), headers={"cache-control": "no-store"})

    return router


def oauth_refused(request: Request, error: Exception) -> Response:
    """RFC 6749, 5.2: 401 for a client that is not known, 400 for anything else."""
    assert isinstance(error, OAuthError)
    headers = {"cache-control": "no-store"}
    if error.basic and error.error == "invalid_client":
        headers["www-authenticate"] = 'Basic realm="mingzheng"'
    status = 401 if error.error == "invalid_client" else 400
    return JSONResponse({"error": error.error, "error_description": error.description}, status, headers)
