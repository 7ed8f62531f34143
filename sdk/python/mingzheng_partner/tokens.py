"""Access tokens: a signed assertion instead of a secret (RFC 7523), bound to the key by DPoP (RFC 9449).

A token lasts 300 s. It is asked for again 30 s before its end, so that none expires on its way.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import Final

import httpx

from mingzheng_partner.clock import Clock
from mingzheng_partner.keys import PrivateKey, b64url
from mingzheng_partner.problems import Problem
from mingzheng_partner.settings import Settings

__all__ = ["Tokens"]

_PATH: Final = "/oauth2/token"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY_S: Final = 30


class Tokens:
    """The token of one system, asked for when it is needed."""

    def __init__(self, settings: Settings, key: PrivateKey, clock: Clock, http: httpx.Client) -> None:
        self._settings = settings
        self._key = key
        self._clock = clock
        self._http = http
        self._token = ""
        self._until = 0.0

    def get(self) -> str:
        """A token that is still good for a while. Raises Problem, httpx.TransportError."""
        if time.monotonic() >= self._until:
            self._ask()
        return self._token

    def drop(self) -> None:
        """Ask for a new one next time."""
        self._until = 0.0

    def proof(self, method: str, url: str, token: str | None = None) -> str:
        """The DPoP proof of one call; `token` is the one that goes with it."""
        claims = {
            "jti": uuid.uuid4().hex,
            "htm": method,
            "htu": url.partition("?")[0],
            "iat": self._clock.seconds(),
        }
        if token is not None:
            claims["ath"] = b64url(hashlib.sha256(token.encode()).digest())
        return self._key.token({"typ": "dpop+jwt", "jwk": self._key.jwk}, claims)

    def _ask(self) -> None:
        settings = self._settings
        assertion = {
            "iss": settings.application_id,
            "sub": settings.application_id,
            "aud": settings.origin,
            "exp": self._clock.seconds() + 120,
            "jti": uuid.uuid4().hex,
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._key.token({"kid": self._key.kid}, assertion),
        }
        if settings.details:
            form["authorization_details"] = json.dumps(settings.details, ensure_ascii=False)
        proof = self.proof("POST", settings.origin + _PATH)
        began = time.monotonic()
        answer = self._http.post(_PATH, data=form, headers={"dpop": proof})
        if not answer.is_success:
            raise Problem.of(answer, verified=False)
        body = answer.json()
        self._token = body["access_token"]
        self._until = began + body["expires_in"] - _EARLY_S
