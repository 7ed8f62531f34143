"""The rows of a device that is watched: what was found out later, its upkeep, its faults, its clock."""

from __future__ import annotations

from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.facts import Fact
from common.values.ids import DeviceId
from device_registry.domain.corrections import DeviceCapabilityInvalidated, DevicePaperInvalidated
from device_registry.domain.faults import DeviceClockMeasured, DeviceFaultClosed, DeviceFaultOpened
from device_registry.domain.maintenance import (
    DeviceMaintenanceEnded,
    DeviceMaintenancePlanned,
    DeviceMaintenanceStarted,
)
from device_registry.domain.watched import WatchedFact
from device_registry.store import tables_watching as tables


async def write(tx: Tx, device_id: DeviceId, fact: WatchedFact, note: str) -> None:
    """Write the row that `fact`, already recorded, brings or changes; `note` are the words to which it commits."""
    match fact:
        case DevicePaperInvalidated():
            row = {"paper": fact.paper, "number": fact.number, "invalid_from": fact.invalid_from_on}
            await _add(tx, fact, tables.invalid_papers, device_id, row | {"reason": note})
        case DeviceCapabilityInvalidated():
            interval = {"invalid_from": fact.invalid_from, "invalid_until": fact.invalid_until}
            row = {"guard": fact.guard, "codes": list(fact.codes)}
            await _add(tx, fact, tables.invalid_intervals, device_id, row | interval)
        case DeviceMaintenancePlanned():
            row = {"by": fact.by, "interval_d": fact.interval_d, "duties": note}
            await _add(tx, fact, tables.maintenance_plans, device_id, row)
        case DeviceMaintenanceStarted():
            row = {"by": fact.by, "cause": fact.cause, "ended_at": None, "parts": [], "is_metrology": False}
            await _add(tx, fact, tables.maintenances, device_id, row | {"note": note, "work": ""})
        case DeviceMaintenanceEnded():
            row = {
                "ended_at": tx.now,
                "parts": list(fact.parts),
                "is_metrology": fact.is_metrology,
                "work": note,
            }
            await tx.set(fact, tables.maintenances, {"device_id": device_id, "n": fact.number}, row)
        case DeviceFaultOpened():
            row = {"cause": fact.cause, "began_at": fact.began_at, "closed_at": None}
            await _add(tx, fact, tables.faults, device_id, row | {"description": note, "remedy": ""})
        case DeviceFaultClosed():
            key = {"device_id": device_id, "n": fact.number}
            await tx.set(fact, tables.faults, key, {"closed_at": tx.now, "remedy": note})
        case DeviceClockMeasured():
            await _add(tx, fact, tables.clock_checks, device_id, {"drift_ms": fact.drift_ms})
        case _:
            assert_never(fact)


async def _add(tx: Tx, fact: Fact, table: sa.Table, device_id: DeviceId, values: dict[str, Any]) -> None:
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(table.c.device_id == device_id)
    n = int(await tx.conn.scalar(query) or 1)
    await tx.add(fact, table, {"device_id": device_id, "n": n, "recorded_at": tx.now, **values})
