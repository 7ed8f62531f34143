"""The line of deliveries: which of them is looked at next, and by which process.

A process takes a delivery by moving its `next_at` to the end of the lease, in a statement that skips what another
process holds. There is nothing to give back: if the process dies, the delivery is due again when the lease ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeliveryId
from notification.domain.channels import Role
from notification.domain.delivery import Delivery

LEASE: Final = timedelta(seconds=60)
"""No call of a provider takes longer, so a lease that ended belongs to a process that is gone."""

MOST_FAULTS: Final = 5

_STATUTORY, _HINT, _ORDINARY = range(3)


async def put(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Give each delivery its place in the line: from `due_at` on, or no place where nothing is to be done."""
    waiting = [each for each in deliveries if each.due_at is not None]
    done = [each.id for each in deliveries if each.due_at is None]
    if waiting:
        query = sa.text(
            "INSERT INTO delivery_work (delivery_id, lane, next_at)"
            " SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:lanes AS smallint[]), CAST(:at AS timestamptz[]))"
            " ON CONFLICT (delivery_id) DO UPDATE SET next_at = EXCLUDED.next_at"
        )
        values = {
            "ids": [each.id for each in waiting],
            "lanes": [_lane(each) for each in waiting],
            "at": [each.due_at for each in waiting],
        }
        await tx.conn.execute(query, values)
    if done:
        gone = sa.text("DELETE FROM delivery_work WHERE delivery_id = ANY(CAST(:ids AS text[]))")
        await tx.conn.execute(gone, {"ids": done})


async def take_due(tx: Tx, *, limit: int, until: datetime) -> list[DeliveryId]:
    """Up to `limit` deliveries that are due, taken for this process until `until`; the statutory ones first."""
    query = sa.text(
        "UPDATE delivery_work w SET next_at = :until FROM ("
        # Lane by lane, so that each is read from its own end of the index and no future row is passed over.
        " SELECT due.delivery_id FROM (VALUES (0), (1), (2)) AS lanes (lane), LATERAL ("
        "  SELECT delivery_id FROM delivery_work d WHERE d.lane = lanes.lane AND d.next_at <= :now"
        "  ORDER BY d.next_at LIMIT :limit FOR UPDATE SKIP LOCKED) due LIMIT :limit) taken"
        " WHERE w.delivery_id = taken.delivery_id RETURNING w.delivery_id"
    )
    values = {"now": tx.now, "until": until, "limit": limit}
    return [DeliveryId(id) for id in (await tx.conn.execute(query, values)).scalars()]


async def note_fault(tx: Tx, delivery_id: DeliveryId) -> None:
    """A fault of ours stopped this delivery. It is tried again a minute later, five times; then only once its
    time is over, to be recorded as expired. If the fault stops that too, it is tried again every hour."""
    query = sa.text(
        "UPDATE delivery_work SET faults = faults + 1, next_at ="
        " CASE WHEN faults + 1 < :most THEN CAST(:again AS timestamptz)"
        " ELSE greatest(CAST(:hour AS timestamptz), (SELECT expires_at FROM deliveries WHERE id = :id)) END"
        " WHERE delivery_id = :id"
    )
    again = tx.now + timedelta(minutes=1)
    values = {"id": delivery_id, "most": MOST_FAULTS, "again": again, "hour": tx.now + timedelta(hours=1)}
    await tx.conn.execute(query, values)


async def is_stopped(tx: Tx, delivery_id: DeliveryId) -> bool:
    """Whether faults of ours stopped this delivery."""
    query = sa.text("SELECT EXISTS (SELECT FROM delivery_work WHERE delivery_id = :id AND faults >= :most)")
    return bool((await tx.conn.execute(query, {"id": delivery_id, "most": MOST_FAULTS})).scalar_one())


async def resume(tx: Tx, delivery_id: DeliveryId) -> None:
    """The fault is mended: the delivery is looked at now, and its faults are forgotten."""
    query = sa.text("UPDATE delivery_work SET faults = 0, next_at = :now WHERE delivery_id = :id")
    await tx.conn.execute(query, {"id": delivery_id, "now": tx.now})


async def list_stopped(
    v: View, *, after_id: str, limit: int
) -> list[tuple[DeliveryId, Literal["REJECTED", "FAULT"]]]:
    """Up to `limit` deliveries after `after_id` that the caller sees and that stand still, with what stopped each.

    Not those whose time is over, nor those whose message failed or was told otherwise: to put these in line
    would tell nobody, or tell twice.
    """
    query = sa.text(
        "SELECT s.id, s.by FROM ("
        " SELECT d.id, 'REJECTED' AS by, d.expires_at, d.message_id FROM deliveries d WHERE d.state = 'REJECTED'"
        " UNION ALL SELECT d.id, 'FAULT', d.expires_at, d.message_id FROM delivery_work w"
        " JOIN deliveries d ON d.id = w.delivery_id WHERE w.faults >= :most) s"
        " WHERE s.id > :after AND s.expires_at > :now AND EXISTS (SELECT FROM messages m WHERE m.id = s.message_id"
        " AND m.erased_at IS NULL AND (m.state = 'CREATED' OR m.state = 'DELIVERED' AND m.told_by = 'INBOX'))"
        " ORDER BY s.id LIMIT :limit"
    )
    values = {"most": MOST_FAULTS, "after": after_id, "now": v.now, "limit": limit}
    return [(DeliveryId(row.id), row.by) for row in await v.conn.execute(query, values)]


def _lane(delivery: Delivery) -> int:
    if delivery.is_statutory:
        return _STATUTORY
    return _HINT if delivery.role is Role.HINTS else _ORDINARY
