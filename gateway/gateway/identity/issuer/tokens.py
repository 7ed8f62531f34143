"""Makes the access tokens of the demo and test profiles: RFC 9068, for client credentials (RFC 6749, 4.4).

People sign in at its page (`demopeople`), as at a city's provider.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, Final

from common.calls.tokens import ACCESS_LIFETIME_S, TokenKey, mint
from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.demopeople import PAGE, DemoPeople
from gateway.identity.issuer.requests import OAuthError, TokenRequest, credentials_of, form_of
from gateway.identity.issuer.sessions import OFFLINE
from gateway.identity.store.people import People
from ledger.clock import real_time

AUDIENCE: Final = "mingzheng"
DEMO_LIFETIME_S: Final = 12 * 3600
"""An access token of the demo lasts as long as a newcomer reads the README. A city's own issuer gives five minutes."""

_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).digest()
"""The hash of a random secret, for a client that does not exist."""


class Issuer:
    """Signs access tokens for the clients of the directory. `url` is the issuer's identifier and address."""

    def __init__(self, key: TokenKey, url: str, people: People, *, mode: str) -> None:
        if mode not in ("demo", "test"):
            raise SystemExit("couldn't start the demo issuer: only the demo and test profiles have one")
        self._key = key
        self._people = people
        self.url = url.rstrip("/")
        self.people = DemoPeople(key, self.url)
        self.lifetime_s = DEMO_LIFETIME_S if mode == "demo" else ACCESS_LIFETIME_S

    def ring(self) -> list[dict[str, Any]]:
        """The ring with the issuer's one key, for the gateway's verifier."""
        now = int(real_time().timestamp())
        return [self._key.entry(self.url, nbf=now - 60, naf=now + 10 * 365 * 86_400)]

    def jwks(self) -> dict[str, Any]:
        """The public key as a set of RFC 7517."""
        key = {"kty": "EC", "crv": "P-256", "x": self._key.x, "y": self._key.y}
        return {"keys": [key | {"kid": self._key.kid, "use": "sig", "alg": "ES256"}]}

    def metadata(self) -> dict[str, Any]:
        """The metadata of OpenID Connect Discovery 1.0."""
        return {
            "issuer": self.url,
            "authorization_endpoint": self.url + PAGE,
            "token_endpoint": f"{self.url}/oauth2/token",
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "scopes_supported": ["openid", OFFLINE],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "dpop_signing_alg_values_supported": ["EdDSA", "ES256", "PS512"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    async def sign_in(self, request: TokenRequest) -> SignIn:
        """Whose client this is, by its secret. Raises OAuthError."""
        form = form_of(request)
        client_id, secret, basic = credentials_of(request, form)
        directory = await self._people.current()
        client = directory.clients.get(client_id)
        # An unknown client costs the same work: the time of an answer must not tell which clients exist.
        secret_hash = client.secret_hash if client else _NOBODY
        if not hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), secret_hash) or client is None:
            raise OAuthError("invalid_client", "The client is not known by this id and secret.", basic)
        if form.get("grant_type") != "client_credentials":
            is_missing = "grant_type" not in form
            error = "invalid_request" if is_missing else "unsupported_grant_type"
            raise OAuthError(error, "grant_type is client_credentials or refresh_token.")
        if form.get("scope") not in (None, "", OFFLINE):
            raise OAuthError(
                "invalid_scope", f"Rights follow from assigned roles; scope is {OFFLINE} or left out."
            )
        agency_id = directory.people[client.sub].agency_id
        return SignIn(client.sub, How.CLIENT_SECRET, agency_id, client.id, client.epoch)

    def token(self, who: SignIn) -> dict[str, Any]:
        """The answer of RFC 6749, 5.1, without a session: a token of its bearer."""
        return {"access_token": self._mint(who), "token_type": "Bearer", "expires_in": self.lifetime_s}

    def _mint(self, who: SignIn) -> str:
        now = int(real_time().timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": who.sub,
            "client_id": str(who.client_id),
            "epo": who.epoch,
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": secrets.token_urlsafe(16),
        }
        return mint(self._key, "at+jwt", claims)
