"""Signs a person in by the OpenID provider: authorization code with PKCE (RFC 7636), as RFC 9700 advises.

    begin ─▶ cookie of this attempt, address at the provider (state, nonce, S256 challenge)
    finish ◀─ code, state, iss ─▶ the attempt of this browser, once ─▶ tokens ─▶ ID token checked ─▶ who it is

An attempt lasts ten minutes. What it remembers lies sealed under its own cookie, so the database opens nothing. The
provider's tokens are checked, and thrown away: nothing here calls the provider in a person's name later.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.calls.jwk import b64url
from common.door.uow import Database
from common.policy import FRESH
from gateway.identity.issuer.idtokens import Asserted, Unsound, check_id_token
from gateway.identity.issuer.provider import Metadata, Provider, Unavailable, address
from gateway.identity.store import attempts
from ledger.clock import real_time

log = logging.getLogger(__name__)

COOKIE: Final = "__Host-mingzheng-attempt"
LASTS: Final = timedelta(minutes=10)
CALLBACK: Final = "/sign-in/callback"
Why = Literal["STALE", "DENIED", "PROVIDER", "TOKEN"]


class NotSignedIn(Exception):
    """Nobody is signed in. `why`: the attempt is over or another browser's, the provider or the person refused, the
    provider is away, or what it signed is not sound.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Attempt:
    """What the browser is sent to the provider with. `cookie` binds the attempt to this browser."""

    cookie: str
    address: str


@dataclass(frozen=True)
class Came:
    """Who came back from the provider, how long ago they showed who they are, and where they want to go on."""

    asserted: Asserted
    age: timedelta | None
    next: str


class SignIns:
    """Attempts to sign in at `provider`, for the platform at `origin`."""

    def __init__(self, provider: Provider, db: Database, *, origin: str) -> None:
        self.provider = provider
        self._db = db
        self._redirect = origin + CALLBACK

    async def begin(self, next_: str, *, is_fresh: bool) -> Attempt:
        """Send somebody to the provider who then goes on to `next_`; `is_fresh` asks who they are in any case.

        Raises NotSignedIn PROVIDER.
        """
        metadata = await self._metadata()
        cookie, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": next_, "fresh": is_fresh}
        await attempts.keep(self._db, _digest(cookie), _sealed(cookie, kept), until=real_time() + LASTS)
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._redirect,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": b64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if is_fresh:
            asked |= {"prompt": "login", "max_age": str(int(FRESH.total_seconds()))}
        return Attempt(cookie, address(metadata.authorization, asked))

    async def finish(self, cookie: str | None, came: Mapping[str, str]) -> Came:
        """Who came back with `came`, the parameters of the redirect. Raises NotSignedIn. An attempt is good once."""
        kept = await self._kept(cookie)
        if kept is None or not hmac.compare_digest(kept["state"].encode(), came.get("state", "").encode()):
            raise NotSignedIn("STALE")
        metadata = await self._metadata()
        # Whose answer this is comes before what it says (RFC 9207 §2.4): also an error may be another provider's.
        if came.get("iss", None if metadata.states_issuer else self.provider.issuer) != self.provider.issuer:
            raise _unsound("RESPONSE_ISS")
        if "error" in came or not came.get("code"):
            raise NotSignedIn("DENIED")
        now = real_time()
        try:
            id_token, access_token = await self.provider.tokens(
                came["code"], verifier=kept["verifier"], redirect=self._redirect
            )
            asserted = await self.provider.checked(
                lambda keys: check_id_token(
                    id_token,
                    keys,
                    issuer=self.provider.issuer,
                    client_id=self.provider.client_id,
                    nonce=kept["nonce"],
                    access_token=access_token,
                    now=now,
                    max_age=FRESH if kept["fresh"] else None,
                ),
            )
        except Unavailable as error:
            raise _away(error) from None
        except Unsound as error:
            raise _unsound(error.why) from None
        age = None if asserted.at is None else max(timedelta(), now - asserted.at)
        return Came(asserted, age, kept["next"])

    async def farewell(self) -> str:
        """Where the provider ends its own session (RP-Initiated Logout 1.0); empty where it cannot, or is away.

        It gets no ID token: that would stand in its logs. So it asks the person first.
        """
        try:
            metadata = await self.provider.metadata()
        except Unavailable:
            return ""
        parameters = {
            "client_id": self.provider.client_id,
            "post_logout_redirect_uri": self._redirect.removesuffix(CALLBACK) + "/",
        }
        return address(metadata.end_session, parameters) if metadata.end_session else ""

    async def _metadata(self) -> Metadata:
        try:
            return await self.provider.metadata()
        except Unavailable as error:
            raise _away(error) from None

    async def _kept(self, cookie: str | None) -> dict[str, Any] | None:
        if not cookie or len(cookie) != 43:
            return None
        sealed = await attempts.take(self._db, _digest(cookie), now=real_time())
        return None if sealed is None else _opened(cookie, sealed)


def _away(error: Unavailable) -> NotSignedIn:
    log.warning("couldn't sign anybody in: %s", error)
    return NotSignedIn("PROVIDER")


def _unsound(why: str) -> NotSignedIn:
    log.warning("couldn't sign somebody in: what the provider sent is not sound: %s", why)
    return NotSignedIn("TOKEN")


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(b"attempt\n" + cookie.encode()).digest()


def _key(cookie: str) -> AESGCM:
    # Not the digest that the database has. The cookie has 256 random bits.
    return AESGCM(hashlib.sha256(b"attempt-opens\n" + cookie.encode()).digest())


def _sealed(cookie: str, kept: Mapping[str, Any]) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + _key(cookie).encrypt(nonce, orjson.dumps(kept), None)


def _opened(cookie: str, sealed: bytes) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = orjson.loads(_key(cookie).decrypt(sealed[:12], sealed[12:], None))
    except InvalidTag:
        return None
    return kept
