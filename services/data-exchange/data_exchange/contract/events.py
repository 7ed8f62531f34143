"""Events on the wire: CloudEvents 1.0 in structured mode, each with ids and a link and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from common.values.ids import AgencyId
from common.web.wire import Out


class EventData(Out):
    """What an event tells: the record, its index in the ledger, the agencies concerned, and where to read more."""

    record_id: UUID
    index: int
    agency_id: AgencyId | None
    other_agency_id: AgencyId | None
    href: str


class CloudEvent(Out):
    """One event. `id` is the record's id: equal ids are the same event. `sequence` orders the events of a reader.

    `type` is `cn.mingzheng.<record type>.v<version>`; `subject` is the object's stream.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: str
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    data: EventData


class EventsView(Out):
    """Events in the ledger's order. `next_cursor` is the next `after`, always there; `has_more`: ask again at once."""

    items: list[CloudEvent]
    next_cursor: str
    has_more: bool
