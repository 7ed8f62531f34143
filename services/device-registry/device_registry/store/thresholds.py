"""The versions of the thresholds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.abnormalityrules import Thresholds
from common.values.ids import AgencyId, ThresholdsId
from device_registry.domain.thresholds import SetThresholds, ThresholdsSet, begun
from device_registry.store import tables_abnormality as tables


@dataclass(frozen=True)
class ThresholdsText:
    """Why other thresholds were set."""

    reason: str


async def list_all(v: View) -> list[SetThresholds]:
    """Every version, the newest first."""
    table = tables.thresholds
    query = sa.select(table).order_by(table.c.id.desc())
    return [_version(row) for row in (await v.conn.execute(query)).mappings()]


async def find_of_month(v: View, month: date) -> SetThresholds | None:
    """The version that holds for the month that begins on `month`: of those that begin by then, the last one set."""
    table = tables.thresholds
    query = sa.select(table).where(table.c.from_on <= month).order_by(table.c.id.desc()).limit(1)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    return _version(row) if row is not None else None


async def add(tx: Tx, permit: Permit, fact: ThresholdsSet, *, texts: ThresholdsText) -> SetThresholds:
    """The version that `fact` sets."""
    tx.record(permit, fact)
    version = begun(fact, at=tx.now)
    row = {
        "id": version.id,
        "agency_id": version.agency_id,
        "figures": asdict(version.figures),
        "from_on": version.from_on,
        "reason": texts.reason,
        "set_by": version.set_by,
        "set_at": version.set_at,
    }
    await tx.add(fact, tables.thresholds, row)
    return version


def _version(row: sa.RowMapping) -> SetThresholds:
    return SetThresholds(
        ThresholdsId(row["id"]),
        AgencyId(row["agency_id"]),
        Thresholds(**row["figures"]),
        row["from_on"],
        row["set_by"],
        row["set_at"],
    )
