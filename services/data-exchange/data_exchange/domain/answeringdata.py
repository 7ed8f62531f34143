"""What the provider may answer to a request for data, and what the data authority decides about its period.

The answer needs the consent of the provider's data-sharing officer (GDS 20(3)). A consent starts the period of
delivery. A longer period for the answer is the authority's to grant (GDS 21(1)), not the asker's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_14_3, GDS_20_3, GDS_21_1, GDS_22_2
from data_exchange.domain import extending
from data_exchange.domain.answering import ExchangeAccepted, ExchangeRefused, RefusalCode
from data_exchange.domain.catalogue import Manner, Share
from data_exchange.domain.clocks import Terms
from data_exchange.domain.dataclocks import deliver_by
from data_exchange.domain.datarequests import Answer, DataDelivered, DataRequest, require_consented
from data_exchange.domain.exchange import Exchange, State
from data_exchange.domain.extending import ExtensionDeclined, ExtensionGranted


def agree(
    request: DataRequest | None, fact: ExchangeAccepted, *, terms: Terms, at: datetime
) -> ExchangeAccepted:
    """`fact` with the period of delivery: data is due within twenty working days of this answer (GDS 22(1)).

    Data that the catalogue lists as not shared stays so until the catalogue says otherwise. An exchange of another
    kind, whose `request` is None, is accepted as it is.
    """
    if request is None:
        return fact
    if request.share is Share.NOT_SHARED:
        raise Refusal(RefusalKind.CONFLICT, "DX_NOT_SHARED", {"item": request.item_id}, article=GDS_14_3)
    require_consented(request, Answer.SHARE)
    return replace(fact, deliver_by=deliver_by(at, terms))


def reject(request: DataRequest | None, fact: ExchangeRefused) -> ExchangeRefused:
    """`fact`, if this request may be refused so: R7 belongs to data that is listed as not shared, and to no other."""
    if request is None:
        return fact
    is_not_shared = request.share is Share.NOT_SHARED
    if is_not_shared is not (fact.code is RefusalCode.R7):
        wording = "only" if is_not_shared else ""
        raise Refusal(
            RefusalKind.INVALID,
            "DX_ITEM_IS_SHARED",
            {"item": request.item_id},
            wording=wording,
            article=GDS_14_3,
        )
    require_consented(request, Answer.REFUSE)
    return fact


def deliver(exchange: Exchange, request: DataRequest | None, *, manner: str | None) -> DataDelivered | None:
    """Share the data, after the consent to share it, by interface, in a batch or as a file (GDS 22(2)).

    None for an exchange of another kind, which is fulfilled without this fact.
    """
    if request is None:
        return None
    if exchange.state not in (State.ACCEPTED, State.PARTIAL):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_TRANSITION_NOT_ALLOWED",
            {
                "exchange": exchange.id,
                "state": exchange.state,
                "act": "the delivery",
                "wanted": [State.ACCEPTED, State.PARTIAL],
            },
            article=GDS_20_3,
        )
    if manner not in list(Manner):
        raise Refusal(RefusalKind.INVALID, "DX_MANNER_MISSING", {"manners": list(Manner)}, article=GDS_22_2)
    return DataDelivered(request.id, Manner(manner))


def grant_extension(
    exchange: Exchange, request: DataRequest, *, agency_id: AgencyId | None, terms: Terms
) -> ExtensionGranted:
    """The authority consents to the days that the provider asked for. The asker sees them in its exchange at once."""
    _require_authority(request, agency_id)
    return extending.granted(exchange, terms=terms)


def decline_extension(
    exchange: Exchange, request: DataRequest, *, agency_id: AgencyId | None, reason: Commitment
) -> ExtensionDeclined:
    """The authority declines: the period runs on as it was."""
    _require_authority(request, agency_id)
    return extending.declined(exchange, reason=reason)


def _require_authority(request: DataRequest, agency_id: AgencyId | None) -> None:
    if request.authority_id is None or agency_id != request.authority_id:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_AUTHORITY_CONSENTS", {"exchange": request.id}, article=GDS_21_1
        )
