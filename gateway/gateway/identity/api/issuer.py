"""Discovery, keys and the token endpoint. Errors have the shape of RFC 6749, 5.2, not of RFC 9457."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from common.policy import Action
from common.web.auth import Allow
from common.web.openapi import Answers, takes
from gateway.identity.issuer.logouts import PATH, Logouts
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.issuer.requests import FORM, OAuthError, TokenRequest, form_of
from gateway.identity.issuer.sessions import OFFLINE, SessionTokens
from gateway.identity.issuer.tokens import Issuer
from ledger.clock import real_time


def _json(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}


_TEXT: Final = {"type": "string"}
_ERROR: Final = _json(
    error={"type": "string", "examples": ["invalid_client"]},
    error_description=_TEXT,
    code=_TEXT,
    expected=_TEXT,
    received=_TEXT,
    server_time=_TEXT,
)
_TOKEN: Final = _json(
    access_token=_TEXT,
    token_type={"enum": ["Bearer", "DPoP"]},
    expires_in={"type": "integer"},
    refresh_token=_TEXT,
    refresh_expires_in={"type": "integer"},
    session_id=_TEXT,
)
_ANSWERS: Final[Answers] = {200: _TOKEN, 400: _ERROR, 401: _ERROR}


def issuer_router(
    issuer: Issuer | None, partners: PartnerTokens, sessions: SessionTokens, logouts: Logouts | None
) -> APIRouter:
    """The token endpoint for the systems of partners and for sessions, and in the demo that of `issuer` for people.

    `logouts` takes what the city's provider says of its own sessions.
    """
    router = APIRouter(tags=["issuer"])
    anybody = Depends(Allow(Action.TOKEN_ISSUE, keyed=False))

    @router.get(
        "/.well-known/oauth-authorization-server",
        summary="合作系统令牌签发元数据 · The issuer for partners' systems",
        dependencies=[anybody],
    )
    async def read_partner_metadata() -> JSONResponse:
        """RFC 8414: where a partner's system gets its token, and how it authenticates."""
        return JSONResponse(partners.metadata())

    @router.get(
        "/.well-known/jwks.json", summary="签发方公钥 · The public keys of the issuer", dependencies=[anybody]
    )
    async def read_keys() -> JSONResponse:
        """The public key of access tokens (RFC 7517)."""
        return JSONResponse(partners.jwks())

    @router.post(
        "/oauth2/token",
        summary="换取访问令牌 · Exchange a client's credentials for an access token",
        responses=_ANSWERS,
        openapi_extra=takes(FORM, example="grant_type=client_credentials"),
        dependencies=[anybody],
    )
    async def issue_token(request: Request) -> Response:
        """An access token for client credentials (RFC 6749, 4.4); a partner's system signs an assertion (RFC 7523).

        With `scope=offline_access` and a DPoP proof a phone begins a session, and goes on with it by its refresh token.
        """
        headers = request.headers
        order = TokenRequest(
            headers.get("content-type", ""), headers.get("authorization", ""), await request.body()
        )
        form = form_of(order)
        proof = headers.get("dpop")
        if form.get("grant_type") == "refresh_token":
            answer = await sessions.refresh(form, proof)
        elif issuer is None or "client_assertion" in form or "client_assertion_type" in form:
            answer = await partners.token(form, proof)
        elif form.get("grant_type") == "authorization_code":
            answer = issuer.people.tokens(order, form)
        elif form.get("scope") == OFFLINE:
            answer = await sessions.sign_in(issuer, order, proof)
        else:
            answer = issuer.token(await issuer.sign_in(order))
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    @router.post(
        PATH,
        summary="统一身份认证通知退出 · The identity provider ends a session",
        responses={400: _ERROR},
        response_class=Response,
        openapi_extra=takes(FORM, example="logout_token=…"),
        dependencies=[anybody],
    )
    async def log_out(request: Request) -> Response:
        """OpenID Connect Back-Channel Logout 1.0: the sessions that began in the provider's session end here too."""
        headers = request.headers
        form = form_of(TokenRequest(headers.get("content-type", ""), "", await request.body()))
        if logouts is None:
            raise OAuthError("invalid_request", "No identity provider is connected here.")
        await logouts.end(form)
        return Response(headers={"cache-control": "no-store"})

    if issuer is not None:
        _add_metadata(router, issuer, anybody)
    return router


def _add_metadata(router: APIRouter, issuer: Issuer, anybody: Any) -> None:
    @router.get(
        "/.well-known/openid-configuration",
        summary="签发方元数据 · The issuer describes itself",
        dependencies=[anybody],
    )
    async def read_metadata() -> JSONResponse:
        """OpenID Connect Discovery: where tokens and keys are."""
        return JSONResponse(issuer.metadata())


def oauth_refused(request: Request, error: Exception) -> Response:
    """RFC 6749, 5.2: 401 for a client that is not known, 400 for anything else."""
    assert isinstance(error, OAuthError)
    headers = {"cache-control": "no-store"}
    if error.basic and error.error == "invalid_client":
        headers["www-authenticate"] = 'Basic realm="mingzheng"'
    status = 401 if error.error == "invalid_client" else 400
    body = {"error": error.error, "error_description": error.description}
    if error.code is not None:
        more = {"code": error.code, "expected": error.expected, "received": error.received}
        body |= more | {"server_time": real_time().isoformat(timespec="seconds")}
    return JSONResponse(body, status, headers)
