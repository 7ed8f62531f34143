"""The keys of an application: several at once, so that a new one takes over without a pause.

    added --prove--> proven --revoke--> revoked (final)         added --revoke--> revoked

A key signs nothing for us before its holder has proven that the private half is there. A revocation is effective
with its record; a signature that the ledger had before stays good.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId, ApplicationId
from common.values.law import GDS_35_2
from data_exchange.domain.applications import Application, ApplicationFact, State, require_state
from data_exchange.domain.partners import require_side

MOST_KEYS: Final = 8


class Revocation(StrEnum):
    """Why a key ended."""

    WITHDRAWN = "WITHDRAWN"  # it stands no longer in the partner's own key set
    REPLACED = "REPLACED"
    COMPROMISED = "COMPROMISED"


@dataclass(frozen=True)
class Key:
    """One public key. `jwk` holds its public members alone; `thumbprint` is that of RFC 7638."""

    application_id: ApplicationId
    kid: str
    algorithm: str
    jwk: str
    thumbprint: str
    added_at: datetime
    proven_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_usable(self) -> bool:
        return self.proven_at is not None and self.revoked_at is None


@dataclass(frozen=True)
class NewKey:
    """A key as the partner publishes it."""

    kid: str
    algorithm: str
    jwk: str
    thumbprint: str


@dataclass(frozen=True)
class KeyFact(ApplicationFact, ABC):
    """A fact about one key. It leaves the application as it is, but for its revision."""

    kid: str

    def applied(self, application: Application, *, at: datetime) -> Application:
        return application

    @abstractmethod
    def key_after(self, key: Key | None, *, at: datetime) -> Key:
        """The key as this fact leaves it; `key` is None for one that it adds."""


@dataclass(frozen=True)
class KeyAdded(KeyFact):
    type: ClassVar[str] = "application.key_added"
    algorithm: str
    thumbprint: str
    jwk: str

    def key_after(self, key: Key | None, *, at: datetime) -> Key:
        return Key(self.owner, self.kid, self.algorithm, self.jwk, self.thumbprint, added_at=at)


@dataclass(frozen=True)
class KeyProven(KeyFact):
    type: ClassVar[str] = "application.key_proven"

    def key_after(self, key: Key | None, *, at: datetime) -> Key:
        assert key is not None
        return replace(key, proven_at=at)


@dataclass(frozen=True)
class KeyRevoked(KeyFact):
    type: ClassVar[str] = "application.key_revoked"
    reason: Revocation

    def key_after(self, key: Key | None, *, at: datetime) -> Key:
        assert key is not None
        return replace(key, revoked_at=at)


@dataclass(frozen=True)
class KeySetRead(ApplicationFact):
    """The key set of the application was read: from the order, or from `jwks_uri`."""

    type: ClassVar[str] = "application.key_set_read"
    jwks_uri: str | None
    keys: int

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, jwks_uri=self.jwks_uri, keys_at=at)


def read_key_set(
    application: Application,
    present: Iterable[Key],
    offered: Iterable[NewKey],
    *,
    agency_id: AgencyId | None,
    jwks_uri: str | None,
) -> tuple[KeySetRead | KeyFact, ...]:
    """Follow the partner's key set: new keys are added unproven, keys that left it are revoked.

    A key id is never given again, because an old signature must keep naming one key.
    """
    if agency_id is not None:
        require_side(application.id, agency_id, application.agency_id)
    require_state(
        application, State.SANDBOX, State.CONFORMANCE_PASSED, State.PRODUCTION, act="a new set of keys"
    )
    wanted = {key.kid: key for key in offered}
    known = {key.kid: key for key in present}
    if not 0 < len(wanted) <= MOST_KEYS:
        raise Refusal(RefusalKind.INVALID, "DX_KEYS_COUNT", {"most": MOST_KEYS}, article=GDS_35_2)
    for kid in wanted.keys() & known.keys():
        if known[kid].revoked_at is not None or known[kid].thumbprint != wanted[kid].thumbprint:
            raise Refusal(RefusalKind.CONFLICT, "DX_KEY_ID_USED", {"kid": kid}, article=GDS_35_2)
    added = [
        KeyAdded(application.id, kid, key.algorithm, key.thumbprint, key.jwk)
        for kid, key in wanted.items()
        if kid not in known
    ]
    gone = [
        KeyRevoked(application.id, kid, Revocation.WITHDRAWN)
        for kid, key in known.items()
        if kid not in wanted and key.revoked_at is None
    ]
    return (KeySetRead(application.id, jwks_uri, len(wanted)), *added, *gone)


def prove(application: Application, key: Key, *, agency_id: AgencyId | None) -> KeyProven:
    """The holder of the private key signed our nonce. The caller has verified the signature."""
    require_side(application.id, agency_id, application.agency_id)
    if key.proven_at is not None or key.revoked_at is not None:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_KEY_STATE",
            {"kid": key.kid, "act": "its proof", "application": application.id},
            article=GDS_35_2,
        )
    return KeyProven(application.id, key.kid)


def revoke(
    application: Application, key: Key, *, agency_id: AgencyId | None, reason: Revocation
) -> KeyRevoked:
    """End a key at once. Either side may: the partner that lost it, the host that saw it misused."""
    if agency_id != application.host_agency_id:
        require_side(application.id, agency_id, application.agency_id)
    if key.revoked_at is not None:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_KEY_STATE",
            {"kid": key.kid, "act": "its revocation", "application": application.id},
            article=GDS_35_2,
        )
    return KeyRevoked(application.id, key.kid, reason)
