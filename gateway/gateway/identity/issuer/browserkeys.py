"""Binds an officer's session to a key of the officer's browser: a cookie that was copied is worth nothing.

    page ─▶ challenge ─▶ signed by the key, which no script can read ─▶ proof cookie, 5 min ─▶ … ─▶ the next challenge

The first key that answers is the session's for good. A proof names session, key and its end under a secret of ours, so
that a request costs no query. What this protects against, and what not: ADR-0053.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from common.calls.jwk import PublicJwk, Unusable, b64url, public_jwk, stored_jwk, unb64url
from common.door.secrets import Secrets
from common.door.uow import Database, change
from common.policy import Action, authorize, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import SessionId
from gateway.identity.domain.sessions import How, Session
from gateway.identity.store import tickets

COOKIE: Final = "__Host-mingzheng-key"
LASTS: Final = timedelta(minutes=5)
_ANSWERED_WITHIN: Final = timedelta(seconds=60)
_SECRET: Final = "browser-keys/key"
_STAMPED: Final = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def needs_key(session: Session) -> bool:
    """Whether the session is worth nothing without its key: an officer's. A party's works without scripts."""
    return session.who.how is How.OPENID and session.who.agency_id is not None


def is_proven(
    secrets: Secrets, session_id: SessionId, key: str | None, proof: str | None, *, now: int
) -> bool:
    """Whether `proof` is a cookie that `BrowserKeys.prove` gave for this session and key, and is not over."""
    if key is None or proof is None or not secrets.has(_SECRET):
        return False
    return _stamped(secrets, f"proof\n{session_id}\n{key}", proof, after=now) is not None


class BrowserKeys:
    """Gives challenges, and proofs for the signatures of them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._mandate = authorize(service_actor(db.service), Action.SESSION_KEEP)

    async def challenge(self, session_id: SessionId) -> str:
        """What the browser of the session signs now. It may be answered for a minute."""
        if not self._db.secrets.has(_SECRET):
            await asyncio.to_thread(self._db.secrets.make, _SECRET)
        return self._stamp(f"challenge\n{session_id}", _ANSWERED_WITHIN)

    async def prove(self, session_id: SessionId, key: str | None, answer: Mapping[str, Any]) -> str:
        """The proof cookie for `answer`: {challenge, signature, jwk}. The first key binds the session.

        Refusal BROWSER_NOT_PROVEN for any other key than `key`, for a signature that does not hold, and for a challenge
        that is over or another session's.
        """
        challenge, signature, jwk = (answer.get(name) for name in ("challenge", "signature", "jwk"))
        if not isinstance(challenge, str) or not isinstance(signature, str) or not isinstance(jwk, dict):
            raise not_proven()
        now = int(self._db.clock().timestamp())
        secrets = self._db.secrets
        is_ours = secrets.has(_SECRET) and _stamped(secrets, f"challenge\n{session_id}", challenge, after=now)
        held = _read(jwk) if key is None else stored_jwk(key, kid="browser")
        if not is_ours or not held.verifies(_bytes(signature), message_of(session_id, challenge)):
            raise not_proven()
        if key is None:
            async with change(self._db, self._mandate) as tx:
                if not await tickets.bind(tx, session_id, held.jwk):
                    raise not_proven()
        return self._stamp(f"proof\n{session_id}\n{held.jwk}", LASTS)

    def _stamp(self, what: str, lasts: timedelta) -> str:
        until = int((self._db.clock() + lasts).timestamp())
        return f"{until}.{_mac(self._db.secrets, what, until)}"


def message_of(session_id: SessionId, challenge: str) -> bytes:
    """The bytes that the key of the browser signs."""
    return f"mingzheng-browser\n{session_id}\n{challenge}".encode()


def not_proven() -> Refusal:
    """The session is sound, and this browser does not show that it is its own."""
    return Refusal(Kind.UNAUTHENTICATED, "BROWSER_NOT_PROVEN")


def _read(jwk: Mapping[str, Any]) -> PublicJwk:
    try:
        key = public_jwk(jwk, kid="browser")
    except Unusable:
        raise not_proven() from None
    if key.algorithm != "ecdsa-p256-sha256":
        raise not_proven()
    return key


def _bytes(signature: str) -> bytes:
    try:
        return unb64url(signature)
    except Unusable:
        return b""


def _stamped(secrets: Secrets, what: str, given: str, *, after: int) -> int | None:
    """Until when `given` is good; None for one that is over, or that we did not make for `what`."""
    shape = _STAMPED.fullmatch(given)
    if shape is None or int(shape[1]) <= after:
        return None
    is_ours = hmac.compare_digest(_mac(secrets, what, int(shape[1])), shape[2])
    return int(shape[1]) if is_ours else None


def _mac(secrets: Secrets, what: str, until: int) -> str:
    return b64url(secrets.keyed_digest(_SECRET, "stamp", f"{what}\n{until}".encode()))
