"""The warnings before a certificate runs out, and the devices that were warned of."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.expiry import DeviceVerificationExpiring, Warned
from device_registry.store.tables_watching import expiry_warnings


async def list_warned(at: Tx | View, ids: Sequence[DeviceId]) -> frozenset[Warned]:
    """The warnings that were given for these devices."""
    table = expiry_warnings
    rows = await at.conn.execute(sa.select(table).where(table.c.device_id.in_(ids)))
    return frozenset(
        Warned(DeviceId(row.device_id), row.certificate_no, row.valid_until, row.days) for row in rows
    )


async def list_devices(v: View, *, after: str, limit: int) -> list[DeviceId]:
    """The devices that were ever warned of and that the caller sees, after the id `after`, oldest first."""
    table = expiry_warnings
    query = sa.select(table.c.device_id).where(table.c.device_id > after).distinct()
    ids = (await v.conn.execute(query.order_by(table.c.device_id).limit(limit))).scalars()
    return [DeviceId(id) for id in ids]


async def add_warnings(tx: Tx, permit: Permit, facts: Sequence[DeviceVerificationExpiring]) -> None:
    """Record these warnings of one device."""
    tx.record(permit, *facts)
    rows = [
        (
            fact,
            {
                "device_id": fact.owner,
                "certificate_no": fact.certificate_no,
                "valid_until": fact.valid_until,
                "days": fact.days,
                "warned_at": tx.now,
            },
        )
        for fact in facts
    ]
    await tx.add_all(expiry_warnings, rows)
