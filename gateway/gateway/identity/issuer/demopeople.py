"""The OpenID provider of the demo and of tests: everybody may be anybody, with a click and without a password.

    GET PAGE?…challenge ─▶ the named people ─▶ a click ─▶ code, 60 s ─▶ POST /oauth2/token with the verifier ─▶ ID token

It speaks OpenID Connect Core 1.0 with PKCE (RFC 7636), so that the relying party cannot tell it from a city's own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.calls.jwk import b64url
from common.calls.tokens import TokenKey, mint
from gateway.identity.issuer.idtokens import left_half
from gateway.identity.issuer.provider import Provider, address
from gateway.identity.issuer.requests import OAuthError, TokenRequest, credentials_of
from ledger.clock import real_time

PAGE: Final = "/sign-in/people"
CODE_LASTS_S: Final = 60
ID_TOKEN_LASTS_S: Final = 120
_CLIENT: Final = "mingzheng"
_MOST: Final = 10_000


@dataclass(frozen=True)
class Asked:
    """A sound authorization request (RFC 6749 §4.1.1)."""

    redirect: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True)
class _Granted:
    asked: Asked
    sub: str
    at: int


class DemoPeople:
    """Grants codes, and changes each for an ID token once. `key` signs; `issuer` is the identifier."""

    def __init__(self, key: TokenKey, issuer: str) -> None:
        self._key = key
        self._issuer = issuer
        self._secret = secrets.token_urlsafe(32)
        self._granted: dict[str, _Granted] = {}
        self.redirects: frozenset[str] = frozenset()

    def relying_party(self, redirect: str) -> Provider:
        """This provider as the platform itself knows it, which comes back to `redirect`."""
        self.redirects |= {redirect}
        return Provider(self._issuer, _CLIENT, self._secret)

    def asked(self, parameters: Mapping[str, str]) -> Asked | None:
        """What the request asks; None for one that must not be answered by a redirect."""
        is_sound = (
            parameters.get("client_id") == _CLIENT
            and parameters.get("redirect_uri") in self.redirects
            and parameters.get("response_type") == "code"
            and "openid" in parameters.get("scope", "").split()
            and parameters.get("code_challenge_method") == "S256"
            and len(parameters.get("code_challenge", "")) == 43
        )
        if not is_sound:
            return None
        names = ("redirect_uri", "state", "nonce", "code_challenge")
        return Asked(*(parameters.get(name, "") for name in names))

    def grant(self, asked: Asked, sub: str) -> str:
        """Where the browser of `sub` goes on, with a code (RFC 9207: and with our name)."""
        now = int(real_time().timestamp())
        while self._granted and (
            next(iter(self._granted.values())).at + CODE_LASTS_S < now or len(self._granted) > _MOST
        ):
            del self._granted[next(iter(self._granted))]
        code = secrets.token_urlsafe(32)
        self._granted[code] = _Granted(asked, sub, now)
        return address(asked.redirect, {"code": code, "state": asked.state, "iss": self._issuer})

    def tokens(self, request: TokenRequest, form: dict[str, str]) -> dict[str, Any]:
        """The answer of OpenID Connect Core 1.0 §3.1.3.3. Raises OAuthError."""
        client_id, secret, basic = credentials_of(request, form)
        if client_id != _CLIENT or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise OAuthError("invalid_client", "The client is not known by this id and secret.", basic)
        # Gone whatever follows: a code that came with a wrong verifier is in wrong hands.
        granted = self._granted.pop(form.get("code", ""), None)
        now = int(real_time().timestamp())
        verifier = form.get("code_verifier", "")
        challenge = b64url(hashlib.sha256(verifier.encode()).digest())
        if (
            granted is None
            or granted.at + CODE_LASTS_S < now
            or granted.asked.redirect != form.get("redirect_uri")
            or not hmac.compare_digest(granted.asked.challenge, challenge)
        ):
            raise OAuthError("invalid_grant", "The code buys nothing: it is spent, over, or another's.")
        # Good for nothing but its hash: the demo has no API of its own that takes it.
        access_token = secrets.token_urlsafe(32)
        claims = {
            "iss": self._issuer,
            "aud": _CLIENT,
            "sub": granted.sub,
            "nonce": granted.asked.nonce,
            "at_hash": left_half("ES256", access_token),
            "auth_time": granted.at,
            "iat": now,
            "exp": now + ID_TOKEN_LASTS_S,
        }
        id_token = mint(self._key, "JWT", claims)
        lasts = {"token_type": "Bearer", "expires_in": ID_TOKEN_LASTS_S}
        return {"access_token": access_token, "id_token": id_token} | lasts
