"""The proposals to retire a device."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import DeviceId
from device_registry.domain.retirement import (
    DeviceRetired,
    DeviceRetirementProposed,
    Retirement,
    RetirementCause,
)
from device_registry.store import tables_retirements as tables
from device_registry.store.texts import RetirementTexts


async def propose(
    tx: Tx, device_id: DeviceId, fact: DeviceRetirementProposed, texts: RetirementTexts
) -> None:
    """Add the proposal that `fact`, already recorded, makes."""
    row = {
        "device_id": device_id,
        "n": fact.number,
        "cause": fact.cause,
        "disposition": texts.disposition,
        "keeper": texts.keeper,
        "proposed_by": tx.mandate.actor.sub,
        "proposed_at": tx.now,
        "approved_by": None,
        "approved_at": None,
    }
    await tx.add(fact, tables.retirements, row)


async def approve(tx: Tx, device_id: DeviceId, fact: DeviceRetired) -> None:
    """Mark the proposal that `fact`, already recorded, approves."""
    values = {"approved_by": tx.mandate.actor.sub, "approved_at": tx.now}
    await tx.set(fact, tables.retirements, {"device_id": device_id, "n": fact.number}, values)


async def find_newest(tx: Tx, device_id: DeviceId) -> Retirement | None:
    """The last proposal about the device, which must be locked; None without one."""
    table = tables.retirements
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.n.desc()).limit(1)
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return Retirement(row["n"], RetirementCause(row["cause"]), row["proposed_by"])
