"""The events of deliveries: their records in the ledger's order, which is the order of the feed.

A record counts once the ledger has it: the relay brings the records of a service there one after another, so nothing
appears later below a place that a reader has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import CaseId, DeliveryId, MessageId
from ledger.canonical import parse_instant
from ledger.entry import data_of

_STRETCH: Final = 20_000
"""How many records of all kinds one call looks through: a reader who comes for the first time waits for no more."""

_PAGE: Final = sa.text(
    "WITH stretch AS (SELECT record_id, index FROM receipts WHERE index > :after ORDER BY index LIMIT :stretch)"
    " SELECT s.index AS place, o.record_id, o.type, o.recorded_at, o.note, d.id, d.message_id, d.case_id, d.channel"
    " FROM stretch s JOIN outbox o USING (record_id)"
    " JOIN deliveries d ON d.id = split_part(o.stream, '/', 2)"
    " WHERE o.stream LIKE 'delivery/%' ORDER BY s.index LIMIT :limit"
)
_REACH: Final = sa.text(
    "SELECT count(*) AS seen, max(index) AS last FROM"
    " (SELECT index FROM receipts WHERE index > :after ORDER BY index LIMIT :stretch) stretch"
)


@dataclass(frozen=True)
class DeliveryEvent:
    """One record of a delivery: codes, reasons and times, no address and no words. None where the record has none."""

    place: int
    record_id: UUID
    type: str
    recorded_at: datetime
    delivery_id: DeliveryId
    message_id: MessageId
    case_id: CaseId
    channel: str
    provider: str | None
    code: str | None
    why: str | None
    basis: str | None
    arrived_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True)
class Feed:
    """A stretch of the feed. `reached` is the place after which the next call begins."""

    events: list[DeliveryEvent]
    reached: int
    more: bool


async def list_page(v: View, *, after: int, limit: int) -> Feed:
    """Up to `limit` events after the place `after`, of the deliveries that row-level security shows."""
    # Read first: every record up to this place is there when the page is read.
    reach = (await v.conn.execute(_REACH, {"after": after, "stretch": _STRETCH})).one()
    values = {"after": after, "stretch": _STRETCH, "limit": limit + 1}
    rows = (await v.conn.execute(_PAGE, values)).all()
    last = after if reach.last is None else int(reach.last)
    listed = [_event(row) for row in rows if row.place <= last]
    if len(listed) > limit:
        return Feed(listed[:limit], listed[limit - 1].place, more=True)
    return Feed(listed, last, more=reach.seen == _STRETCH)


def _event(row: sa.Row[Any]) -> DeliveryEvent:
    data = data_of(bytes(row.note))
    return DeliveryEvent(
        place=row.place,
        record_id=row.record_id,
        type=row.type,
        recorded_at=row.recorded_at,
        delivery_id=DeliveryId(row.id),
        message_id=MessageId(row.message_id),
        case_id=CaseId(row.case_id),
        channel=row.channel,
        provider=data.get("provider"),
        code=data.get("code"),
        why=data.get("why"),
        basis=data.get("basis"),
        arrived_at=_instant(data.get("arrived_at")),
        retry_at=_instant(data.get("retry_at")),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
