"""The OpenID provider that knows the people of this installation, as a relying party reads it (OpenID Discovery 1.0).

What it says of itself is read once in ten minutes, and its keys again when a token names one that we do not know, at
most twice a minute. The demo has a provider of its own, which is asked in the same way; only the wire is another one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx

from gateway.identity.issuer.idtokens import ProviderKey, UnknownKey, Unsound, keys_of

log = logging.getLogger(__name__)

READ_AGAIN_S: Final = 600.0
_KEYS_AGAIN_S: Final = 30.0
_PATIENCE_S: Final = 10.0
_MOST: Final = 256 << 10
_Found = TypeVar("_Found")
_CONFIGURATION: Final = "/.well-known/openid-configuration"


class Unavailable(Exception):
    """The provider did not answer, or answered what no provider answers. The text is for the operator."""


@dataclass(frozen=True)
class Metadata:
    """What the provider says of itself. `end_session` is empty where it has no logout (RP-Initiated Logout 1.0)."""

    authorization: str
    token: str
    jwks: str
    end_session: str
    states_issuer: bool
    takes_basic: bool


class Provider:
    """One provider: `issuer` is its identifier, `client_id` and `secret` are what it knows this platform by."""

    def __init__(self, issuer: str, client_id: str, secret: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = secret
        self._wire: httpx.AsyncBaseTransport | None = None
        self._metadata: Metadata | None = None
        self._read_again = 0.0
        self._keys: list[ProviderKey] = []
        self._keys_again = 0.0
        self._turn = asyncio.Lock()

    def connect(self, wire: httpx.AsyncBaseTransport) -> None:
        """Reach the provider over `wire`, because it is in this process."""
        self._wire = wire

    async def metadata(self) -> Metadata:
        """Its addresses. Raises Unavailable."""
        async with self._turn:
            if self._metadata is None or monotonic() >= self._read_again:
                document = await self._json("GET", self.issuer.rstrip("/") + _CONFIGURATION)
                self._metadata = _metadata(document, self.issuer)
                self._read_again = monotonic() + READ_AGAIN_S
            return self._metadata

    async def keys(self, *, again: bool = False) -> list[ProviderKey]:
        """Its public keys; with `again` they are read anew, unless that was done a moment ago. Raises Unavailable."""
        metadata = await self.metadata()
        async with self._turn:
            if not self._keys or (again and monotonic() >= self._keys_again):
                self._keys_again = monotonic() + _KEYS_AGAIN_S
                # A set that became empty is a mistake of somebody: the keys in use go on.
                self._keys = keys_of(await self._json("GET", metadata.jwks)) or self._keys
            return self._keys

    async def tokens(self, code: str, *, verifier: str, redirect: str) -> tuple[str, str]:
        """ID token and access token for `code` (RFC 6749 §4.1.3, RFC 7636 §4.5). Raises Unavailable, Unsound CODE."""
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if not self._secret:
            form["client_id"] = self.client_id
        elif metadata.takes_basic:
            pair = f"{quote(self.client_id, safe='')}:{quote(self._secret, safe='')}"
            headers["authorization"] = "Basic " + b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self.client_id, "client_secret": self._secret}
        answer = await self._json("POST", metadata.token, form=form, headers=headers)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise Unsound("NO_TOKEN")
        return id_token, access_token

    async def checked(self, check: Callable[[Sequence[ProviderKey]], _Found]) -> _Found:
        """`check` of its keys, and once more of its keys read anew where the token names one that is not among them."""
        try:
            return check(await self.keys())
        except UnknownKey:
            return check(await self.keys(again=True))

    async def _json(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        client = httpx.AsyncClient(
            transport=self._wire,
            verify=ssl.create_default_context(),
            trust_env=False,
            timeout=_PATIENCE_S,
            follow_redirects=False,
        )
        try:
            async with client:
                answer = await client.request(method, url, data=form, headers=headers)
            body = answer.json() if len(answer.content) <= _MOST else None
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"couldn't read {urlsplit(url).path} of the provider: {error!r}") from None
        if form is not None and answer.status_code in (400, 401):
            reason = body.get("error") if isinstance(body, dict) else None
            log.warning(
                "the provider gave no token for a code: %s", reason if isinstance(reason, str) else "?"
            )
            raise Unsound("CODE")
        if not answer.is_success or not isinstance(body, dict):
            raise Unavailable(f"the provider answered {answer.status_code} at {urlsplit(url).path}")
        return body


def address(endpoint: str, parameters: Mapping[str, str]) -> str:
    """`endpoint` with `parameters` after those that it has."""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


def _metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Raises Unavailable for a document of another issuer, or without what a sign-in needs."""
    if document.get("issuer") != issuer:
        raise Unavailable("the provider names itself otherwise than ISSUER")
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise Unavailable("the provider does not know PKCE with S256")
    is_secure = issuer.startswith("https:")
    found = {name: _endpoint(document.get(name), is_secure=is_secure) for name in _ENDPOINTS}
    if not all(found[name] for name in _ENDPOINTS[:3]):
        raise Unavailable("the provider names no authorization, token or key address, or one without TLS")
    ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        found["authorization_endpoint"],
        found["token_endpoint"],
        found["jwks_uri"],
        found["end_session_endpoint"],
        document.get("authorization_response_iss_parameter_supported") is True,
        "client_secret_basic" in ways,
    )


_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")


def _endpoint(value: Any, *, is_secure: bool) -> str:
    if not isinstance(value, str) or len(value) > 1024:
        return ""
    schemes = ("https",) if is_secure else ("https", "http")
    return value if urlsplit(value).scheme in schemes else ""
