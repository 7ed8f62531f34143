"""Data that is wrong or incomplete is corrected by the agency that gave it (GDS 26).

    asked (names what was received) ─▶ corrected: the whole result is given ─▶ FULFILLED
                                    └▶ REFUSED with a code and reasons

To promise a correction is no answer: within the period the provider checks, corrects and gives the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId, ExchangeId
from common.values.law import GDS_26
from data_exchange.domain.exchange import Exchange, Kind, OfExchange, Side, State


@dataclass(frozen=True)
class CorrectionAsked(OfExchange):
    """A request for correction says which exchange brought the data."""

    type: ClassVar[str] = "exchange.correction_asked"
    received_in: ExchangeId


def ask_correction(
    exchange_id: ExchangeId, received: Exchange, *, agency_id: AgencyId | None
) -> CorrectionAsked:
    """Ask the provider to correct what it gave. Only the agency that received the data asks, and only its provider."""
    gave_data = received.state in (State.FULFILLED, State.PARTIAL, State.CLOSED) and not received.refusal_code
    if received.side_of(agency_id) is not Side.SENDER or not gave_data:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_NOTHING_TO_CORRECT", {"exchange": received.id}, article=GDS_26
        )
    return CorrectionAsked(exchange_id, received.id)


def require_result(exchange: Exchange, *, is_whole: bool) -> None:
    """Raises Refusal DX_CORRECTION_RESULT for a promise or a part: the period ends with the result (GDS 26)."""
    if exchange.kind is Kind.CORRECTION and not is_whole:
        raise Refusal(RefusalKind.CONFLICT, "DX_CORRECTION_RESULT", {"exchange": exchange.id}, article=GDS_26)
