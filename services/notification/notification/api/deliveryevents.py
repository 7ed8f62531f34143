"""What became of the messages of an agency, as one feed: for the systems of the agency that keep their own books."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db
from common.web.pages import Cursor
from common.web.pages import after as place_in
from notification.contract.telling import DeliveryEventList, DeliveryEventView
from notification.store import deliveryevents
from notification.store.deliveryevents import DeliveryEvent

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_OVERSEE))]
Most = Annotated[int, Query(ge=1, le=500)]


@router.get("/v1/delivery-events", summary="投递事件 · Read what became of the agency's messages")
async def list_delivery_events(
    db: Db, mandate: Reading, after: Cursor = "", limit: Most = 100
) -> DeliveryEventList:
    """Each event of each delivery of the caller's agency, without a gap, in the ledger's order.

    Keep `next_cursor` and give it as `after`; with `has_more` call again at once, otherwise after a while. Nothing is
    forgotten, so a reader that was away goes on where it was. No address and no words are shown.
    """
    start = place_in(after, int)
    async with view(db, mandate) as v:
        feed = await deliveryevents.list_page(v, after=-1 if start is None else start, limit=limit)
    return DeliveryEventList(
        items=[_event_view(event) for event in feed.events],
        next_cursor=base64.urlsafe_b64encode(str(feed.reached).encode()).decode(),
        has_more=feed.more,
    )


def _event_view(event: DeliveryEvent) -> DeliveryEventView:
    return DeliveryEventView(
        record_id=event.record_id,
        type=event.type,
        recorded_at=event.recorded_at,
        delivery_id=event.delivery_id,
        message_id=event.message_id,
        case_id=event.case_id,
        channel=event.channel,
        provider=event.provider,
        code=event.code,
        why=event.why,
        basis=event.basis,
        arrived_at=event.arrived_at,
        retry_at=event.retry_at,
    )
