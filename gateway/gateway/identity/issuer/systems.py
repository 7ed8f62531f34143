"""The systems of partners, as the exchange knows them: their usable keys, and what is granted to them now.

The gateway asks for each system and keeps the answer for ten seconds. So a revoked key or a suspended system has
no new token after ten seconds; the exchange itself refuses its calls at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common.calls.http import Peers
from common.calls.jwk import PublicJwk, stored_jwk
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, ApplicationId
from ledger.clock import Clock

KEPT: Final = timedelta(seconds=10)
_MOST: Final = 10_000
_SERVICE: Final = "data-exchange"


@dataclass(frozen=True)
class Grant:
    """One purpose under one agreement, both in force, with the level of the agreement."""

    agreement_id: str
    purpose_id: str
    level: int


@dataclass(frozen=True)
class PartnerSystem:
    """One application. `level` is the most that its partner may see."""

    id: ApplicationId
    agency_id: AgencyId
    level: int
    is_live: bool
    keys: tuple[PublicJwk, ...]
    grants: tuple[Grant, ...]

    def key(self, kid: object) -> PublicJwk | None:
        return next((key for key in self.keys if key.kid == kid), None)

    def grant(self, agreement_id: object, purpose_id: object) -> Grant | None:
        wanted = (agreement_id, purpose_id)
        return next((each for each in self.grants if (each.agreement_id, each.purpose_id) == wanted), None)


class PartnerSystems:
    """Asks the exchange through `peers`."""

    def __init__(self, peers: Peers, clock: Clock) -> None:
        self._peers = peers
        self._clock = clock
        self._kept: dict[str, tuple[datetime, PartnerSystem | None]] = {}
        self._asking: dict[str, asyncio.Task[PartnerSystem | None]] = {}

    async def get(self, application_id: ApplicationId) -> PartnerSystem | None:
        """The system, at most ten seconds old; None if there is none. Refusal PEER_UNAVAILABLE."""
        entry = self._kept.get(application_id)
        # An answer from the future is none: the clock stepped back, and it would be kept for as long as the step.
        if entry is not None and timedelta() <= self._clock() - entry[0] < KEPT:
            return entry[1]
        # All calls that find the answer too old wait for one question. A caller that hangs up must not end it.
        asking = self._asking.get(application_id)
        if asking is None:
            asking = self._asking[application_id] = asyncio.create_task(self._renew(application_id))
        return await asyncio.shield(asking)

    async def _renew(self, application_id: ApplicationId) -> PartnerSystem | None:
        try:
            system = await self._ask(application_id)
        finally:
            del self._asking[application_id]
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[application_id] = (self._clock(), system)
        return system

    async def _ask(self, application_id: ApplicationId) -> PartnerSystem | None:
        try:
            answer = await self._peers.get(_SERVICE, f"/v1/applications/{application_id}/credentials")
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                return None
            raise
        return _system(application_id, answer)


def _system(application_id: ApplicationId, answer: Any) -> PartnerSystem:
    return PartnerSystem(
        application_id,
        AgencyId(answer["agency_id"]),
        answer["level"],
        answer["is_live"],
        tuple(stored_jwk(key["jwk"], kid=key["kid"]) for key in answer["keys"]),
        tuple(
            Grant(grant["agreement_id"], grant["purpose_id"], grant["level"]) for grant in answer["grants"]
        ),
    )
