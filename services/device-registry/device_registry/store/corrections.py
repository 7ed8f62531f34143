"""What was found out later about a device, as it is read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.ids import DeviceId
from device_registry.store.tables_watching import invalid_intervals, invalid_papers


@dataclass(frozen=True)
class InvalidPaper:
    """A paper that says nothing since `invalid_from`, its first such day."""

    paper: str
    number: str
    invalid_from: date
    reason: str
    recorded_at: datetime


@dataclass(frozen=True)
class InvalidInterval:
    """The device was not lawful from `invalid_from` until before `invalid_until`."""

    guard: str
    codes: tuple[str, ...]
    invalid_from: datetime
    invalid_until: datetime
    recorded_at: datetime


async def list_papers(at: Tx | View, device_id: DeviceId) -> list[InvalidPaper]:
    """The papers of the device that were found invalid, in the order of recording."""
    rows = await _rows(at, invalid_papers, device_id)
    return [InvalidPaper(*(row[name] for name in InvalidPaper.__dataclass_fields__)) for row in rows]


async def list_intervals(at: Tx | View, device_id: DeviceId) -> list[InvalidInterval]:
    """The intervals of the device that were found invalid, in the order of recording."""
    return [
        InvalidInterval(
            row["guard"],
            tuple(row["codes"]),
            row["invalid_from"],
            row["invalid_until"],
            row["recorded_at"],
        )
        for row in await _rows(at, invalid_intervals, device_id)
    ]


async def _rows(at: Tx | View, table: sa.Table, device_id: DeviceId) -> Sequence[sa.RowMapping]:
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.n)
    return (await at.conn.execute(query)).mappings().all()
