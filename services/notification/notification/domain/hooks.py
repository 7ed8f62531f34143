"""An address of the agency that wants a word when the feed of its delivery events goes on.

    PENDING ─answers the challenge─▶ ACTIVE ─answers 410, or the agency ends it─▶ ENDED
       └── does not answer the challenge ─────────────────────────────────────▶ ENDED

Nothing is sent to an address that has not shown that it wants to hear us. A hint says after which place of the feed
there is something new; ten thousand events in an hour are as few hints as the address takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from urllib.parse import urlsplit

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, HookId
from common.values.law import NJ_15


class State(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class HookEnd(StrEnum):
    """Why no hint goes there any more: it answered 410, it did not answer the challenge, the agency says so."""

    GONE = "GONE"
    CHALLENGE = "CHALLENGE"
    BY_AGENCY = "BY_AGENCY"


@dataclass(frozen=True)
class Hook:
    """One address as it stands."""

    id: HookId
    agency_id: AgencyId
    url: str
    state: State
    named_at: datetime
    verified_at: datetime | None = None
    ended_at: datetime | None = None
    ended_for: HookEnd | None = None


@dataclass(frozen=True)
class HookNamed(Fact):
    """An agency named an address. `url` commits to it."""

    type: ClassVar[str] = "hook.named"

    agency_id: AgencyId
    url: Commitment


@dataclass(frozen=True)
class HookVerified(Fact):
    """The address answered the challenge: hints begin."""

    type: ClassVar[str] = "hook.verified"


@dataclass(frozen=True)
class HookEnded(Fact):
    """No hint goes to the address any more."""

    type: ClassVar[str] = "hook.ended"

    reason: HookEnd


HookFact = HookVerified | HookEnded


def name(hook_id: HookId, agency_id: AgencyId, url: str, commitment: Commitment) -> HookNamed:
    """Name an address. A query or a name with a password would be a secret in our logs, so it has neither."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refusal(Kind.INVALID, "NOTI_HOOK_URL", article=NJ_15) from None
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        raise Refusal(Kind.INVALID, "NOTI_HOOK_URL", article=NJ_15)
    return HookNamed(hook_id, agency_id, commitment)


def verify(hook: Hook) -> HookVerified:
    """The challenge was answered."""
    _require(hook, State.PENDING)
    return HookVerified(hook.id)


def end(hook: Hook, reason: HookEnd) -> HookEnded:
    """End the hints for good: a new address, or a new secret, is a new name with a new challenge."""
    _require(hook, State.PENDING, State.ACTIVE)
    return HookEnded(hook.id, reason)


def begun(fact: HookNamed, url: str, *, at: datetime) -> Hook:
    """The address that `fact`, recorded at `at`, names."""
    return Hook(HookId(fact.owner), fact.agency_id, url, State.PENDING, at)


def after(hook: Hook, fact: HookFact, *, at: datetime) -> Hook:
    """The address as `fact`, recorded at `at`, leaves it."""
    if isinstance(fact, HookVerified):
        return replace(hook, state=State.ACTIVE, verified_at=at)
    return replace(hook, state=State.ENDED, ended_at=at, ended_for=fact.reason)


def _require(hook: Hook, *states: State) -> None:
    if hook.state not in states:
        facts = {"hook": hook.id, "state": hook.state}
        raise Refusal(Kind.CONFLICT, "NOTI_HOOK_STATE", facts, article=NJ_15)
