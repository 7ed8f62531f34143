"""A word between the two sides: it asks or tells something and changes no period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import NJ_18_1
from data_exchange.domain.exchange import Changing, Exchange, State, require_state

OPEN = tuple(state for state in State if state not in (State.DRAFT, State.WITHDRAWN, State.CLOSED))
"""The states in which the two sides still have something to say to each other."""


@dataclass(frozen=True)
class MessageSent(Changing):
    """One side wrote to the other. `text` commits to the words."""

    type: ClassVar[str] = "exchange.message_sent"
    agency_id: AgencyId
    text: Commitment

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange


def write(exchange: Exchange, *, agency_id: AgencyId | None, text: Commitment) -> MessageSent:
    """Write to the other side, until the request is closed or taken back."""
    if agency_id is None or exchange.side_of(agency_id) is None:
        raise Refusal(
            RefusalKind.FORBIDDEN,
            "DX_OTHER_SIDE",
            {"exchange": exchange.id},
            wording="neither",
            article=NJ_18_1,
        )
    require_state(exchange, *OPEN, act="a message")
    return MessageSent(exchange.id, agency_id, text)
