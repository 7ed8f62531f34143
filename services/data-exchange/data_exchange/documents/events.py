"""An event as it leaves: a CloudEvent of ids and a link, the same in the feed and in a hint."""

from __future__ import annotations

from typing import Final

from data_exchange.contract.events import CloudEvent, EventData
from data_exchange.domain.events import Event

SCHEMA_AT: Final = "/v1/public/event-schema"


def cloud_event(event: Event, *, city_domain: str) -> CloudEvent:
    """`event` of the platform of a city."""
    owners = event.owners
    return CloudEvent(
        id=str(event.record_id),
        source=f"//{city_domain}/{event.stream.partition('/')[0]}",
        type=f"cn.mingzheng.{event.type}",
        subject=event.stream,
        time=event.recorded_at,
        sequence=f"{event.place:016}",
        dataschema=f"{SCHEMA_AT}#/components/schemas/EventData",
        data=EventData(
            record_id=event.record_id,
            index=event.place,
            agency_id=owners.agency_id if owners else None,
            other_agency_id=owners.other_agency_id if owners else None,
            href=event.href,
        ),
    )
