"""The issuer of the demo and test profiles: RFC 9068 access tokens for client credentials (RFC 6749 §4.4).

A city runs its own identity provider; this one exists so that a newcomer, a test and a demo have somebody to be.
It therefore refuses to exist in production.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from common.calls.tokens import ACCESS_LIFETIME_S, TokenKey, mint
from gateway.identity.domain import Client
from gateway.identity.store import People
from ledger.clock import real_time

AUDIENCE: Final = "mingzheng"
DEMO_LIFETIME_S: Final = 12 * 3600
"""Access tokens of the demo outlive a day of reading the README; a city's own issuer keeps to five minutes."""

FORM: Final = "application/x-www-form-urlencoded"
_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).digest()


class OAuthError(Exception):
    """A refusal in the words of RFC 6749 §5.2. `basic` tells that the client used the Authorization header."""

    def __init__(self, error: str, description: str, basic: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.basic = basic


@dataclass(frozen=True)
class TokenRequest:
    """A token request as it came: media type, Authorization header or "", body."""

    media_type: str
    authorization: str
    body: bytes


class Issuer:
    """Signs access tokens for the clients of the directory. `url` is the issuer's identifier and address."""

    def __init__(self, key: TokenKey, url: str, people: People, *, mode: str) -> None:
        if mode not in ("demo", "test"):
            raise SystemExit("couldn't start the demo issuer: only the demo and test profiles have one")
        self._key = key
        self._people = people
        self.url = url.rstrip("/")
        self.lifetime_s = DEMO_LIFETIME_S if mode == "demo" else ACCESS_LIFETIME_S

    def ring(self) -> list[dict[str, Any]]:
        """The ring with the issuer's one key, for the gateway's verifier."""
        now = int(real_time().timestamp())
        return [self._key.entry(self.url, nbf=now - 60, naf=now + 10 * 365 * 86_400)]

    def jwks(self) -> dict[str, Any]:
        """RFC 7517."""
        key = {"kty": "EC", "crv": "P-256", "x": self._key.x, "y": self._key.y}
        return {"keys": [key | {"kid": self._key.kid, "use": "sig", "alg": "ES256"}]}

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 §3, as far as an issuer without a login page has something to say."""
        return {
            "issuer": self.url,
            "token_endpoint": f"{self.url}/oauth2/token",
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    async def token(self, request: TokenRequest) -> dict[str, Any]:
        """The answer of RFC 6749 §5.1. Raises OAuthError."""
        form = _form(request)
        client_id, secret, basic = _credentials(request, form)
        client = (await self._people.current()).clients.get(client_id)
        # The same work for an unknown client: how long the answer takes must not tell who exists.
        known = client.secret_hash if client else _NOBODY
        if not hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), known) or client is None:
            raise OAuthError("invalid_client", "The client is not known by this id and secret.", basic)
        if form.get("grant_type") != "client_credentials":
            missing = "grant_type" not in form
            error = "invalid_request" if missing else "unsupported_grant_type"
            raise OAuthError(error, "grant_type is client_credentials.")
        if form.get("scope"):
            raise OAuthError("invalid_scope", "Rights follow from assigned roles; leave scope out.")
        return {"access_token": self._mint(client), "token_type": "Bearer", "expires_in": self.lifetime_s}

    def _mint(self, client: Client) -> str:
        now = int(real_time().timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": client.sub,
            "client_id": str(client.id),
            "epo": client.epoch,
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": secrets.token_urlsafe(16),
        }
        return mint(self._key, "at+jwt", claims)


def _form(request: TokenRequest) -> dict[str, str]:
    if request.media_type.partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", f"The body is {FORM}.")
    try:
        pairs = parse_qsl(
            request.body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=16,
        )
    except ValueError:
        raise OAuthError("invalid_request", f"The body is {FORM}.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "Each parameter is given once.")
    return form


def _credentials(request: TokenRequest, form: dict[str, str]) -> tuple[str, str, bool]:
    """Client id, secret, and whether they came in the header (RFC 6749 §2.3.1). One method, never two."""
    if not request.authorization:
        if not form.get("client_id") or not form.get("client_secret"):
            raise OAuthError("invalid_client", "Send the client's id and secret.")
        return form["client_id"], form["client_secret"], False
    if "client_secret" in form:
        raise OAuthError("invalid_request", "Send the secret in one place only.", True)
    scheme, _, encoded = request.authorization.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        plain = ""
    client_id, colon, secret = plain.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "Send the client's id and secret.", True)
    return unquote_plus(client_id), unquote_plus(secret), True
