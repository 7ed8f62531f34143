"""The attempts to make a stopped device lawful again."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeviceId
from device_registry.domain.cleanup import Category
from device_registry.domain.stopping import DeviceRectificationBegun, DeviceRectified, Rectification
from device_registry.store import tables_cleanup as tables


async def begin(tx: Tx, device_id: DeviceId, fact: DeviceRectificationBegun, *, n: int, plan: str) -> None:
    """The attempt number `n`, which `fact`, already recorded, begins."""
    row = {
        "device_id": device_id,
        "n": n,
        "categories": list(fact.categories),
        "plan": plan,
        "recorded_at": tx.now,
        "evidence": None,
        "files": [],
        "handed_in_at": None,
    }
    await tx.add(fact, tables.rectifications, row)


async def close(tx: Tx, device_id: DeviceId, fact: DeviceRectified, *, n: int, evidence: str) -> None:
    """The attempt number `n` as `fact` ends it."""
    values = {"evidence": evidence, "files": list(fact.files), "handed_in_at": tx.now}
    await tx.set(fact, tables.rectifications, {"device_id": device_id, "n": n}, values)


async def list_by_device(at: Tx | View, device_id: DeviceId) -> list[Rectification]:
    """The attempts of one device, the first one first."""
    table = tables.rectifications
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.n)
    return [rectification_of(row) for row in (await at.conn.execute(query)).mappings()]


def rectification_of(row: sa.RowMapping) -> Rectification:
    """The attempt of a row."""
    return Rectification(
        tuple(Category(category) for category in row["categories"]),
        row["plan"],
        row["recorded_at"],
        row["evidence"],
        row["handed_in_at"],
    )
