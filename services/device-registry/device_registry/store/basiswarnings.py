"""Warnings that the legal basis of a function ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.basisending import Announced, DeviceBasisEnding
from device_registry.store.tables_law import basis_warnings


@dataclass(frozen=True)
class Warned:
    """The functions of a device of which somebody was warned, and the first of their last days."""

    device_id: DeviceId
    functions: tuple[str, ...]
    last_on: date
    warned_at: datetime


async def list_announced(at: Tx | View, ids: Sequence[DeviceId]) -> frozenset[Announced]:
    """The warnings that were given for these devices."""
    table = basis_warnings
    rows = await at.conn.execute(sa.select(table).where(table.c.device_id.in_(ids)))
    return frozenset(Announced(DeviceId(row.device_id), row.function_code, row.last_on) for row in rows)


async def list_from(v: View, day: date, *, after: str, limit: int) -> list[Warned]:
    """Up to `limit` devices after `after` of which a basis ends on `day` or later, by id."""
    table = basis_warnings
    query = (
        sa.select(
            table.c.device_id,
            sa.func.array_agg(sa.distinct(table.c.function_code)).label("functions"),
            sa.func.min(table.c.last_on).label("last_on"),
            sa.func.max(table.c.warned_at).label("warned_at"),
        )
        .where(table.c.last_on >= day, table.c.device_id > after)
        .group_by(table.c.device_id)
        .order_by(table.c.device_id)
        .limit(limit)
    )
    return [
        Warned(DeviceId(row.device_id), tuple(row.functions), row.last_on, row.warned_at)
        for row in await v.conn.execute(query)
    ]


async def add_warnings(tx: Tx, permit: Permit, facts: Sequence[DeviceBasisEnding]) -> None:
    """Record these warnings of one device."""
    tx.record(permit, *facts)
    for fact in facts:
        row = {
            "device_id": fact.owner,
            "function_code": fact.function,
            "last_on": fact.last_on,
            "warned_at": tx.now,
        }
        await tx.add(fact, basis_warnings, row)
