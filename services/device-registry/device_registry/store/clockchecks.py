"""The clock of a device, as it was measured last."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeviceId
from device_registry.store.tables_watching import clock_checks


async def find_last_drift_ms(at: Tx | View, device_id: DeviceId) -> int | None:
    """By how many milliseconds the clock was ahead when it was measured last; None if nobody measured it."""
    table = clock_checks
    query = sa.select(table.c.drift_ms).where(table.c.device_id == device_id).order_by(table.c.n.desc())
    drift_ms: int | None = await at.conn.scalar(query.limit(1))
    return drift_ms
