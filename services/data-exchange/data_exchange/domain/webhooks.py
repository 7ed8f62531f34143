"""An address to which an agency wants hints about its events.

    PENDING ─answers the challenge─▶ ACTIVE ─answers 410, or the agency ends it─▶ DISABLED
       └── does not answer the challenge ────────────────────────────────────────▶ DISABLED

Nothing is sent to an address that has not shown that it wants to hear us. A hint holds ids and a link and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias
from urllib.parse import urlsplit

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, WebhookId
from common.values.law import AES_37

OVERLAP: Final = timedelta(hours=24)
"""How long both secrets sign after a rotation."""


class State(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class End(StrEnum):
    GONE = "GONE"
    CHALLENGE = "CHALLENGE"
    BY_AGENCY = "BY_AGENCY"


@dataclass(frozen=True)
class Endpoint:
    """One address. Until `old_secret_until` hints carry a signature by the secret before the last rotation too."""

    id: WebhookId
    agency_id: AgencyId
    url: str
    state: State
    created_at: datetime
    old_secret_until: datetime | None = None
    verified_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_for: End | None = None


@dataclass(frozen=True)
class WebhookCreated(Fact):
    """An agency named an address. `url` commits to it."""

    owner: WebhookId
    type: ClassVar[str] = "webhook.created"
    agency_id: AgencyId
    url: Commitment


@dataclass(frozen=True)
class WebhookVerified(Fact):
    """The address answered the challenge: hints begin."""

    owner: WebhookId
    type: ClassVar[str] = "webhook.verified"


@dataclass(frozen=True)
class WebhookSecretRotated(Fact):
    """A new secret signs from now on; the old one beside it until `old_until`."""

    owner: WebhookId
    type: ClassVar[str] = "webhook.secret_rotated"
    old_until: datetime


@dataclass(frozen=True)
class WebhookDisabled(Fact):
    """No hint goes to the address any more."""

    owner: WebhookId
    type: ClassVar[str] = "webhook.disabled"
    reason: End


WebhookFact: TypeAlias = WebhookVerified | WebhookSecretRotated | WebhookDisabled


def create(webhook_id: WebhookId, agency_id: AgencyId, url: str, commitment: Commitment) -> WebhookCreated:
    """Name an address. A query or a name with a password would be a secret in our logs, so it has neither."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refusal(RefusalKind.INVALID, "DX_WEBHOOK_URL", article=AES_37) from None
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        raise Refusal(RefusalKind.INVALID, "DX_WEBHOOK_URL", article=AES_37)
    return WebhookCreated(webhook_id, agency_id, commitment)


def verify(endpoint: Endpoint) -> WebhookVerified:
    """The challenge was answered."""
    _require(endpoint, State.PENDING)
    return WebhookVerified(endpoint.id)


def rotate(endpoint: Endpoint, *, at: datetime) -> WebhookSecretRotated:
    """A new secret. Both sign for a day, so that the partner loses no hint while it changes over."""
    _require(endpoint, State.PENDING, State.ACTIVE)
    return WebhookSecretRotated(endpoint.id, at + OVERLAP)


def disable(endpoint: Endpoint, reason: End) -> WebhookDisabled:
    """End the hints for good: a new address is a new endpoint with a new challenge."""
    _require(endpoint, State.PENDING, State.ACTIVE)
    return WebhookDisabled(endpoint.id, reason)


def require_active(endpoint: Endpoint) -> None:
    """Raises Refusal DX_WEBHOOK_STATE unless hints go to the address."""
    _require(endpoint, State.ACTIVE)


def after(endpoint: Endpoint, fact: WebhookFact, *, at: datetime) -> Endpoint:
    """The endpoint as `fact`, recorded at `at`, leaves it."""
    if isinstance(fact, WebhookVerified):
        return replace(endpoint, state=State.ACTIVE, verified_at=at)
    if isinstance(fact, WebhookSecretRotated):
        return replace(endpoint, old_secret_until=fact.old_until)
    return replace(endpoint, state=State.DISABLED, disabled_at=at, disabled_for=fact.reason)


def _require(endpoint: Endpoint, *states: State) -> None:
    if endpoint.state not in states:
        facts = {"webhook": endpoint.id, "state": endpoint.state, "wanted": list(states)}
        raise Refusal(RefusalKind.CONFLICT, "DX_WEBHOOK_STATE", facts, article=AES_37)
