"""Sessions of browsers: a cookie and no token. What the cookie holds is known to nobody else; the database has digests.

    sign-in ─▶ begin ─▶ cookie ses_….<256 random bits> ─▶ person_of, each call ─▶ end

A page of ours and what it loads call the API with the cookie. A call with effect must come from a page of this origin
and bring the page's own word (`proof_of`), which another site can neither read nor guess. The word stays the same when
the same person signs in anew in the same browser, so that a form which waited meanwhile can still be sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from common.calls import SAFE_METHODS
from common.calls.tokens import SignInTooOld
from common.door.uow import Database, Tx, change, view
from common.policy import SIGNING, Action, authorize, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import SessionId
from gateway.identity.domain import sessions as rules
from gateway.identity.domain.people import Directory, Person, party_by_code
from gateway.identity.domain.sessions import Ending, How, Lifetimes, Session, SignIn
from gateway.identity.issuer import browserkeys
from gateway.identity.store import sessions, tickets
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People
from gateway.identity.store.sessions import Held
from ledger.clock import real_time

COOKIE: Final = "__Host-mingzheng"
PROOF_HEADER: Final = "mingzheng-page"
"""The page's own word, with each call that has an effect; a form sends it as the field `page`."""

_COOKIE: Final = re.compile(r"(ses_[0-7][0-9a-hjkmnp-tv-z]{25})\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}")
_NOTED_EVERY: Final = timedelta(minutes=1)
"""A session's last use is written at most so often: reading a page should not be a write."""


@dataclass(frozen=True)
class Signed:
    """Who is signed in with this cookie, in which session, and when they last showed who they are, if that is known."""

    person: Person
    session: Session
    authenticated_at: datetime | None
    key: str | None
    is_proven: bool
    """Whether this browser has shown within five minutes that it has the session's `key`, where it needs one."""

    def is_fresh(self, at: datetime, *, within: timedelta) -> bool:
        """Whether the person has shown who they are recently enough to sign."""
        return self.authenticated_at is not None and at - self.authenticated_at <= within


@dataclass(frozen=True)
class Asserted:
    """What the provider said of a sign-in: how long ago the person showed who they are, and its own session."""

    age: timedelta | None
    sid: str | None


class Browsers:
    """Begins, finds and ends the sessions of browsers. `origin` is the platform's public address."""

    def __init__(
        self,
        db: Database,
        people: People,
        ended: EndedSessions,
        *,
        lifetimes: Mapping[How, Lifetimes],
        origin: str,
    ) -> None:
        self._db = db
        self._people = people
        self._ended = ended
        self._lifetimes = lifetimes
        self._origin = origin
        self._mandate = authorize(service_actor(db.service), Action.SESSION_KEEP)

    async def begin(
        self, who: SignIn, said: Asserted = Asserted(timedelta(), None), *, after: str | None = None
    ) -> str:
        """The cookie of a new session. Whoever signs in anew gets a new one: a cookie that was planted is worthless.

        The session of `after`, the cookie that this browser had, ends.
        """
        before = await self._held(after)
        word = secrets.token_urlsafe(32)
        if before is not None and after is not None and before.session.who.sub == who.sub:
            word = after.rpartition(".")[2]
        async with change(self._db, self._mandate) as tx:
            if before is not None and self._goes_on(before, tx.now):
                await self._end(tx, before.session.id, Ending.REPLACED)
            session_id = SessionId.new(tx.now)
            cookie = f"{session_id}.{secrets.token_urlsafe(32)}.{word}"
            permit = tx.permit(sessions.resource(session_id, who))
            lifetimes = self._lifetimes[who.how]
            fact = rules.begin(session_id, who, key=_key(cookie), lifetimes=lifetimes, at=tx.now)
            session = await sessions.add(tx, permit, fact)
            until = real_time() + lifetimes.absolute
            await tickets.issue(
                tx,
                session,
                digest=_digest(cookie),
                access_until=until,
                authenticated_at=None if said.age is None else tx.now - said.age,
                provider_sid=said.sid,
            )
        if before is not None:
            self._ended.stale()
        return cookie

    async def find(
        self, cookie: str | None, proof: str | None = None, *, is_use: bool = True
    ) -> Signed | None:
        """Who is signed in with `cookie`; None for a session that is over, and for a cookie that is none of ours.

        `proof` is the cookie of the browser's key (`browserkeys`). Without `is_use`, and without the key, the session
        goes on for no longer: an open page that only proves its key is a desk that was left.
        """
        held = await self._held(cookie)
        if held is None:
            return None
        session, now = held.session, self._db.clock()
        if not self._goes_on(held, now) or await self._ended.has(session.id):
            return None
        person = await self._person(session)
        if person is None:
            return None
        key, at = held.ticket.browser_key, int(now.timestamp())
        is_proven = not browserkeys.needs_key(session) or browserkeys.is_proven(
            self._db.secrets, session.id, key, proof, now=at
        )
        if is_use and is_proven and now - held.ticket.used_at >= _NOTED_EVERY:
            async with change(self._db, self._mandate) as tx:
                await tickets.note_use(tx, session.id)
        return Signed(person, session, held.ticket.authenticated_at, key, is_proven)

    async def caller(
        self, cookie: str, method: str, headers: Mapping[bytes, bytes], *, act: str, is_open: bool
    ) -> Person | None:
        """Who calls the API for `act` with `cookie`; None as `find` says it, and on an open route without its key.

        Refusal UNAUTHENTICATED BROWSER_NOT_PROVEN for a session without its key, FORBIDDEN PAGE_NOT_PROVEN for a call
        with effect that no page of ours made; SignInTooOld for an act that signs, if its person did not show who they
        are within the last five minutes.
        """
        signed = await self.find(cookie, cookie_of(headers, browserkeys.COOKIE))
        if signed is None:
            return None
        if not signed.is_proven:
            if is_open and method in SAFE_METHODS:
                return None
            raise browserkeys.not_proven()
        if method not in SAFE_METHODS:
            proof = headers.get(PROOF_HEADER.encode(), b"").decode("latin1")
            self.require_own_page(cookie, proof, headers)
            if act in SIGNING and not signed.is_fresh(self._db.clock(), within=SIGNING[Action(act)]):
                raise SignInTooOld(int(SIGNING[Action(act)].total_seconds()))
        return signed.person

    def require_own_page(self, cookie: str | None, proof: str, headers: Mapping[bytes, bytes]) -> None:
        """Refusal PAGE_NOT_PROVEN unless a page of this origin sends this, and knows the proof of `cookie` if given."""
        site = headers.get(b"sec-fetch-site")
        is_own = (
            site == b"same-origin" if site else headers.get(b"origin", b"").decode("latin1") == self._origin
        )
        known = proof.encode("utf-8", "surrogatepass")
        if not is_own or (cookie is not None and not hmac.compare_digest(proof_of(cookie).encode(), known)):
            raise Refusal(Kind.FORBIDDEN, "PAGE_NOT_PROVEN")

    async def end(self, cookie: str | None) -> None:
        """Sign out. Nothing happens for a session that is over."""
        held = await self._held(cookie)
        if held is None:
            return
        async with change(self._db, self._mandate) as tx:
            await self._end(tx, held.session.id, Ending.SIGNED_OUT)
        self._ended.stale()

    async def directory(self) -> Directory:
        """Everybody who is somebody here."""
        return await self._people.current()

    async def _held(self, cookie: str | None) -> Held | None:
        """The session that `cookie` is of, also one that is over."""
        shape = _COOKIE.fullmatch(cookie or "")
        if shape is None or cookie is None:
            return None
        async with view(self._db, self._mandate) as v:
            held = await sessions.find(v, SessionId(shape[1]))
        return held if held is not None and hmac.compare_digest(held.session.key, _key(cookie)) else None

    def _goes_on(self, held: Held, at: datetime) -> bool:
        return rules.is_open(held.session, held.ticket, self._lifetimes[held.session.who.how], at)

    async def _end(self, tx: Tx, session_id: SessionId, ending: Ending) -> None:
        held = await sessions.lock(tx, session_id)
        permit = tx.permit(sessions.resource(session_id, held.session.who))
        fact = rules.end(held.session, ending, at=tx.now)
        await sessions.save(tx, permit, held.session, *([fact] if fact else []))

    async def _person(self, session: Session) -> Person | None:
        who = session.who
        bound: dict[str, Any] = {"sid": str(session.id), "acr": who.how.value}
        if who.case_id is not None:
            return replace(party_by_code(who.sub), bound=bound | {"cas": str(who.case_id)})
        person = (await self._people.current()).people.get(who.sub)
        return replace(person, bound=bound) if person is not None else None


def cookie_of(headers: Mapping[bytes, bytes], wanted: str = COOKIE) -> str | None:
    """The session's cookie among those of the header, or another one of ours; None without it."""
    for pair in headers.get(b"cookie", b"").decode("latin1").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted:
            return value
    return None


def proof_of(cookie: str) -> str:
    """The word that a page of this session brings with each act."""
    return _text(hashlib.sha256(b"page\n" + cookie.rpartition(".")[2].encode()).digest())


def _key(cookie: str) -> str:
    return _text(hashlib.sha256(b"browser\n" + cookie.encode()).digest())


def _digest(cookie: str) -> bytes:
    # Another digest than that of a refresh token, though both are written alike: a cookie buys no token.
    return hashlib.sha256(b"cookie\n" + cookie.encode()).digest()


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
