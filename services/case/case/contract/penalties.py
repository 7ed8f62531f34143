"""Whether another agency has imposed a penalty for an act: the question on the wire, and how another service asks it.

No plate and no number travels: the question carries HMAC-SHA256 of each under a salt of its own, and the answering side
computes the same over what it decided.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from pydantic import Field, StringConstraints

from common.calls.http import Peers
from common.values.ids import AgencyId
from common.web.wire import Code, Digest, In, Instant, Out

Salt = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Field(examples=["5f" * 16])]
"""16 random bytes in lowercase hex, fresh for each question."""


class ActOrder(In):
    """An act: who or what did it (plates and parties, digested), when it lasted, and which codes it may fall under."""

    salt: Salt
    digests: list[Digest] = Field(min_length=1, max_length=20)
    began_at: Instant
    ended_at: Instant
    codes: list[Code] = Field(min_length=1, max_length=200)

    def is_about(self, value: str) -> bool:
        """Whether the plate or identity number `value` is one of those that are asked about."""
        return digest_of(self.salt, value) in self.digests


class PenaltySearchOrder(ActOrder):
    """Which of `agencies` have decided a penalty for this act."""

    agencies: list[AgencyId] = Field(min_length=1, max_length=500)


class PenaltyView(Out):
    """A penalty that was imposed: by whom, and the case's number. Nothing else of that case is told."""

    agency_id: AgencyId
    number: str


class PenaltySearchView(Out):
    """The penalties for the act, and the agencies that may decide one at this moment. None of both is a plain no."""

    penalties: list[PenaltyView]
    deciding: list[AgencyId]


class DecidedCases:
    """The decided cases of other agencies, as the exchange asks about them."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def search(self, order: PenaltySearchOrder) -> PenaltySearchView:
        """Which of the agencies have decided a penalty for the act. Refusal PEER_UNAVAILABLE without an answer."""
        content = order.model_dump_json().encode()
        answer = await self._peers.post(
            "case", "/v1/penalty-searches", content=content, media_type="application/json"
        )
        return PenaltySearchView.model_validate(answer)


def digest_of(salt: str, value: str) -> str:
    """`value`, a plate or an identity number, as a question of this salt carries it."""
    return hmac.digest(bytes.fromhex(salt), value.replace("·", "").encode(), "sha256").hex()
