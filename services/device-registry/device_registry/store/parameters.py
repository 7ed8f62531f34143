"""The versions of a device's parameters, and the counts of its traffic. The device must be locked to add to either."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.parameters import DeviceFlowCounted, DeviceParametersSet, Version
from device_registry.store import tables_abnormality as tables


@dataclass(frozen=True)
class ParametersText:
    """Why the parameters changed."""

    reason: str


async def list_versions(at: Tx | View, device_id: DeviceId) -> list[Version]:
    """Every version of the device's parameters, the oldest first."""
    table = tables.parameters
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.n)
    return [
        Version(row.n, tuple((code, value) for code, value in row.parameters), row.set_by, row.set_at)
        for row in await at.conn.execute(query)
    ]


async def add(tx: Tx, permit: Permit, fact: DeviceParametersSet, *, texts: ParametersText) -> Version:
    """The version that `fact` sets."""
    tx.record(permit, fact)
    row = {
        "device_id": fact.owner,
        "n": fact.n,
        "parameters": [list(pair) for pair in fact.parameters],
        "reason": texts.reason,
        "set_by": fact.by,
        "set_at": tx.now,
    }
    await tx.add(fact, tables.parameters, row)
    return Version(fact.n, fact.parameters, fact.by, tx.now)


async def add_flow(tx: Tx, permit: Permit, fact: DeviceFlowCounted) -> None:
    """The count that `fact` brings."""
    tx.record(permit, fact)
    table = tables.flow_counts
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(table.c.device_id == fact.owner)
    row = {
        "device_id": fact.owner,
        "n": await tx.conn.scalar(query),
        "month": fact.month,
        "passes": fact.passes,
        "recorded_at": tx.now,
    }
    await tx.add(fact, table, row)
