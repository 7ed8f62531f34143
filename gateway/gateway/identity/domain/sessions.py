"""Sessions: one sign-in of one person on one device, and the tokens that it goes on with.

    begin ─▶ OPEN ──refresh token of the device──▶ OPEN, with the next refresh token
               ├── end ─▶ ended: SIGNED_OUT
               ├── a refresh token that was spent before, or came from a strange key ─▶ ended: REUSED
               ├── the client was revoked ─▶ ended: REVOKED; the person was disabled ─▶ DISABLED
               ├── the same browser signed in anew ─▶ ended: REPLACED; the provider ended its own ─▶ PROVIDER
               └── time ─▶ over; nothing is recorded

A refresh token buys once (RFC 9700 §4.14). A phone that lost the answer may ask again within seconds and gets the same
answer; later, two holders of one token cannot be told apart, and the whole session ends.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, PartyId, SessionId
from gateway.identity.domain.clients import ClientId


class How(StrEnum):
    """How the person showed who they are, as tokens name it too (`acr`): a query code is less than an account."""

    CLIENT_SECRET = "CLIENT_SECRET"
    QUERY_CODE = "QUERY_CODE"
    OPENID = "OPENID"  # the city's identity provider said who it is (OpenID Connect Core 1.0)


class Ending(StrEnum):
    SIGNED_OUT = "SIGNED_OUT"
    REUSED = "REUSED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"
    DISABLED = "DISABLED"
    PROVIDER = "PROVIDER"


class Turn(StrEnum):
    """What a refresh token buys."""

    NEXT = "NEXT"  # the next tokens
    AGAIN = "AGAIN"  # the same answer again: the device lost it
    NOTHING = "NOTHING"  # the session is over, or the token is none of ours
    REUSED = "REUSED"  # nothing, and the session ends


@dataclass(frozen=True)
class SignIn:
    """Who signed in, and how. An officer has an agency; `case_id` is the one case that a query code opens."""

    sub: str
    how: How
    agency_id: AgencyId | None = None
    client_id: ClientId | None = None
    epoch: int = 0
    case_id: CaseId | None = None

    @property
    def party_id(self) -> PartyId | None:
        kind, _, id = self.sub.partition(":")
        return PartyId(id) if kind == "party" else None


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lasts at most, without use, and for how long a lost answer is given again."""

    absolute: timedelta
    idle: timedelta
    grace: timedelta


@dataclass(frozen=True)
class Session:
    """`key` is the RFC 7638 thumbprint of the device's public key, or the digest of what a browser's cookie holds."""

    id: SessionId
    who: SignIn
    key: str
    begun_at: datetime
    lasts_until: datetime
    ended_at: datetime | None = None
    ending: Ending | None = None


@dataclass(frozen=True)
class Ticket:
    """The digest of the refresh token that buys next, and of the one spent last, with its hour.

    Of a browser also when its person last showed who they are, where that is known, and the key that it is bound to.
    """

    digest: bytes
    used_at: datetime
    spent_digest: bytes | None = None
    spent_at: datetime | None = None
    authenticated_at: datetime | None = None
    browser_key: str | None = None


@dataclass(frozen=True)
class SessionBegun(Fact):
    type: ClassVar[str] = "session.begun"
    owner: SessionId
    sub: str
    how: How
    agency_id: AgencyId | None
    client_id: ClientId | None
    epoch: int
    case_id: CaseId | None
    key: str
    begun_at: datetime
    lasts_until: datetime


@dataclass(frozen=True)
class SessionEnded(Fact):
    """The session ended. Its record says nothing of the tokens."""

    type: ClassVar[str] = "session.ended"
    owner: SessionId
    ending: Ending
    ended_at: datetime


@dataclass(frozen=True)
class RefreshReused(Fact):
    """A refresh token came a second time, or from the key of another device: somebody has a copy."""

    type: ClassVar[str] = "session.refresh_reused"
    owner: SessionId
    same_key: bool


def begin(
    session_id: SessionId, who: SignIn, *, key: str, lifetimes: Lifetimes, at: datetime
) -> SessionBegun:
    """Begin a session of the device whose key has the thumbprint `key`."""
    return SessionBegun(
        session_id,
        who.sub,
        who.how,
        who.agency_id,
        who.client_id,
        who.epoch,
        who.case_id,
        key,
        at,
        at + lifetimes.absolute,
    )


def is_open(session: Session, ticket: Ticket, lifetimes: Lifetimes, at: datetime) -> bool:
    """Whether the session goes on at `at`. An hour of its end is no hour of it."""
    return session.ended_at is None and at < session.lasts_until and at < ticket.used_at + lifetimes.idle


def turn(
    session: Session, ticket: Ticket, *, digest: bytes, key: str, lifetimes: Lifetimes, at: datetime
) -> Turn:
    """What the refresh token with this digest buys the device with this key (RFC 9700 §4.14.2).

    Any other token that the device itself shows was spent long ago: nobody else can prove its key. A stranger's guess
    ends nothing, so that nobody can sign a person out.
    """
    is_next = hmac.compare_digest(digest, ticket.digest)
    is_spent = ticket.spent_digest is not None and hmac.compare_digest(digest, ticket.spent_digest)
    is_device = hmac.compare_digest(key.encode(), session.key.encode())
    if not is_open(session, ticket, lifetimes, at) or not (is_device or is_next or is_spent):
        return Turn.NOTHING
    if is_device and is_next:
        return Turn.NEXT
    if is_device and is_spent and ticket.spent_at is not None and at - ticket.spent_at <= lifetimes.grace:
        return Turn.AGAIN
    return Turn.REUSED


def end(session: Session, ending: Ending, *, at: datetime) -> SessionEnded | None:
    """End the session; None if it has ended before."""
    return None if session.ended_at is not None else SessionEnded(session.id, ending, at)


def reused(session: Session, *, key: str, at: datetime) -> tuple[RefreshReused, SessionEnded]:
    """Somebody has a copy of a refresh token: the session ends."""
    return RefreshReused(session.id, key == session.key), SessionEnded(session.id, Ending.REUSED, at)


def begun(fact: SessionBegun) -> Session:
    """The session that `fact` begins."""
    who = SignIn(fact.sub, fact.how, fact.agency_id, fact.client_id, fact.epoch, fact.case_id)
    return Session(fact.owner, who, fact.key, fact.begun_at, fact.lasts_until)


def after(session: Session, fact: SessionEnded | RefreshReused) -> Session:
    """The session as `fact` leaves it."""
    if isinstance(fact, RefreshReused):
        return session
    return replace(session, ended_at=fact.ended_at, ending=fact.ending)
