"""The faults that last."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import DeviceId
from device_registry.domain.faults import WORKING
from device_registry.domain.upkeep import FaultCause
from device_registry.store.tables import devices
from device_registry.store.tables_watching import faults


async def list_silent(v: View) -> frozenset[DeviceId]:
    """The devices with a lasting fault because nothing is heard of them."""
    query = sa.select(faults.c.device_id).where(
        faults.c.closed_at.is_(None), faults.c.cause == FaultCause.HEARTBEAT_MISSED
    )
    return frozenset(DeviceId(id) for id in (await v.conn.execute(query)).scalars())


async def list_working(v: View, ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Those of `ids` that owe signs of life, by one query however many there are."""
    query = sa.select(devices.c.id).where(devices.c.id.in_(sorted(ids)), devices.c.state.in_(sorted(WORKING)))
    return frozenset(DeviceId(id) for id in (await v.conn.execute(query)).scalars())
