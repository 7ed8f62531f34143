"""Tokens of sessions: short access tokens bound to the key of the device (RFC 9449), and refresh tokens that rotate.

    sign-in + proof of the device's key ─▶ access token ≤ 300 s, refresh token ses_….<256 random bits>
    refresh token + proof of the same key ─▶ the next pair; the old refresh token is spent (domain.sessions)

The database has the SHA-256 of a refresh token alone. The answer that a spent one bought lies sealed under that token
itself, so that only who shows it again reads it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn, Protocol

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.calls.faults import Fault
from common.calls.tokens import ACCESS_LIFETIME_S, LEEWAY_S
from common.door.uow import Database, Tx, change
from common.policy import Action, authorize, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import SessionId
from gateway.identity.domain import sessions as rules
from gateway.identity.domain.sessions import Ending, Lifetimes, SignIn, Turn
from gateway.identity.issuer.partners import AUDIENCE, PartnerTokens
from gateway.identity.issuer.requests import OAuthError, TokenRequest
from gateway.identity.store import sessions, tickets
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People
from gateway.identity.store.sessions import Held
from ledger.clock import real_time

ENDPOINT: Final = "/oauth2/token"

OFFLINE: Final = "offline_access"
"""The scope with which a client asks for a session beside its first token (OpenID Connect Core 1.0 §11)."""

_REFRESH: Final = re.compile(r"(ses_[0-7][0-9a-hjkmnp-tv-z]{25})\.[A-Za-z0-9_-]{43}")


class Credential(Protocol):
    """A way in which somebody shows who they are. A city's OpenID provider becomes another class of this shape."""

    async def sign_in(self, request: TokenRequest) -> SignIn:
        """Who signed in, at which level. Raises OAuthError for anybody else."""
        ...


class SessionTokens:
    """Begins sessions and goes on with them. The address and the key of its tokens are those of `partners`."""

    def __init__(
        self,
        partners: PartnerTokens,
        db: Database,
        people: People,
        ended: EndedSessions,
        *,
        lifetimes: Mapping[rules.How, Lifetimes],
    ) -> None:
        self._partners = partners
        self._db = db
        self._people = people
        self._ended = ended
        self._lifetimes = lifetimes
        self._mandate = authorize(service_actor(db.service), Action.SESSION_KEEP)

    def lifetimes(self, who: SignIn) -> Lifetimes:
        return self._lifetimes[who.how]

    def key_of(self, proof: str | None, *, path: str) -> str:
        """The thumbprint of the key that made `proof` for a POST to `path`. Raises Fault."""
        return self._partners.proofs.key_of(proof, method="POST", url=self._partners.origin + path)

    async def begin(self, who: SignIn, key: str) -> dict[str, Any]:
        """The first tokens of a new session of the device whose key has the thumbprint `key`."""
        async with change(self._db, self._mandate) as tx:
            session_id, lifetimes = SessionId.new(tx.now), self.lifetimes(who)
            permit = tx.permit(sessions.resource(session_id, who))
            fact = rules.begin(session_id, who, key=key, lifetimes=lifetimes, at=tx.now)
            refresh, now = _refresh_token(session_id), real_time()
            session = await sessions.add(tx, permit, fact)
            await tickets.issue(tx, session, digest=_digest(refresh), access_until=_access_until(now))
            return self._answer(session, refresh, now=now, at=tx.now)

    async def sign_in(
        self, credential: Credential, request: TokenRequest, proof: str | None
    ) -> dict[str, Any]:
        """The first tokens of a new session of whoever `credential` knows by `request`. Raises OAuthError."""
        key = self._key_of(proof)
        return await self.begin(await credential.sign_in(request), key)

    async def refresh(self, form: Mapping[str, str], proof: str | None) -> dict[str, Any]:
        """The next tokens of a session (RFC 6749 §6). Raises OAuthError, the same for every token that buys nothing."""
        key = self._key_of(proof)
        token = form.get("refresh_token", "")
        shape = _REFRESH.fullmatch(token)
        if shape is None:
            _buys_nothing()
        if form.get("scope"):
            raise OAuthError("invalid_scope", "A session keeps its rights; leave scope out.")
        answer = await self._turned(SessionId(shape[1]), token, key)
        # The session that ended is on record first: an error inside the change would have taken the record back.
        if answer is None:
            self._ended.stale()
            _buys_nothing()
        return answer

    def _key_of(self, proof: str | None) -> str:
        try:
            return self.key_of(proof, path=ENDPOINT)
        except Fault as fault:
            raise _oauth_error(fault) from None

    async def _turned(self, session_id: SessionId, token: str, key: str) -> dict[str, Any] | None:
        clients = (await self._people.current()).clients
        async with change(self._db, self._mandate) as tx:
            held = await _lock(tx, session_id)
            if held is None:
                return None
            session, lifetimes = held.session, self.lifetimes(held.session.who)
            permit = tx.permit(sessions.resource(session.id, session.who))
            client = clients.get(session.who.client_id) if session.who.client_id else None
            if session.who.client_id and (client is None or client.epoch != session.who.epoch):
                fact = rules.end(session, Ending.REVOKED, at=tx.now)
                await sessions.save(tx, permit, session, *([fact] if fact else []))
                return None
            bought = rules.turn(
                session, held.ticket, digest=_digest(token), key=key, lifetimes=lifetimes, at=tx.now
            )
            match bought:
                case Turn.NEXT:
                    return await self._next(tx, held, token)
                case Turn.AGAIN:
                    return _opened(token, held.answer)
                case Turn.REUSED:
                    await sessions.save(tx, permit, session, *rules.reused(session, key=key, at=tx.now))
        return None

    async def _next(self, tx: Tx, held: Held, spent: str) -> dict[str, Any]:
        refresh, now = _refresh_token(held.session.id), real_time()
        answer = self._answer(held.session, refresh, now=now, at=tx.now)
        await tickets.spend(
            tx,
            held.session.id,
            held.ticket,
            digest=_digest(refresh),
            answer=_sealed(spent, answer),
            access_until=_access_until(now),
        )
        return answer

    def _answer(self, session: rules.Session, refresh: str, *, now: datetime, at: datetime) -> dict[str, Any]:
        who, lifetimes = session.who, self.lifetimes(session.who)
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._partners.origin,
            "aud": AUDIENCE,
            "sub": who.sub,
            "client_id": str(who.client_id or session.id),
            "epo": who.epoch,
            "sid": str(session.id),
            "acr": who.how.value,
            "cnf": {"jkt": session.key},
            "iat": issued,
            "exp": issued + ACCESS_LIFETIME_S,
            "jti": secrets.token_urlsafe(16),
        } | ({"cas": str(who.case_id)} if who.case_id else {})
        lasts = min(session.lasts_until - at, lifetimes.idle)
        return {
            "access_token": self._partners.mint(claims),
            "token_type": "DPoP",
            "expires_in": ACCESS_LIFETIME_S,
            "refresh_token": refresh,
            "refresh_expires_in": int(lasts.total_seconds()),
            "session_id": str(session.id),
        }


def _oauth_error(fault: Fault) -> OAuthError:
    """The fault of a proof in the words of RFC 9449 §5."""
    expected, received = fault.facts["expected"], fault.facts["received"]
    return OAuthError(
        "invalid_dpop_proof",
        f"{fault.code}: expected {expected}, received {received}.",
        code=fault.code,
        expected=expected,
        received=received,
    )


def _buys_nothing() -> NoReturn:
    raise OAuthError("invalid_grant", "The session is over, or this is not its refresh token. Sign in again.")


async def _lock(tx: Tx, session_id: SessionId) -> Held | None:
    try:
        return await sessions.lock(tx, session_id)
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            return None
        raise


def _refresh_token(session_id: SessionId) -> str:
    return f"{session_id}.{secrets.token_urlsafe(32)}"


def _access_until(now: datetime) -> datetime:
    # A token is taken for some seconds after its end: for so long an ended session is remembered.
    return now + timedelta(seconds=ACCESS_LIFETIME_S + LEEWAY_S + 1)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _key(token: str) -> AESGCM:
    # Not the digest that the database has, so the database opens nothing. The token has 256 random bits.
    return AESGCM(hashlib.sha256(b"answer\n" + token.encode()).digest())


def _sealed(token: str, answer: Mapping[str, Any]) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + _key(token).encrypt(nonce, orjson.dumps(answer), None)


def _opened(token: str, sealed: bytes | None) -> dict[str, Any] | None:
    if sealed is None:
        return None
    answer: dict[str, Any] = orjson.loads(_key(token).decrypt(sealed[:12], sealed[12:], None))
    return answer
