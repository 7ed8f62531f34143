"""Imports and the devices they bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, DeviceId, ImportId
from device_registry.domain.inventory import InventoryImported
from device_registry.domain.legacy import Brought
from device_registry.store import tables
from device_registry.store.devices import period_row
from device_registry.store.rows import row_of


async def find_known(
    conn: AsyncConnection, agency_id: AgencyId, identities: Sequence[bytes]
) -> dict[bytes, DeviceId]:
    """Which of `identities` the agency has imported before, and as which device."""
    rows = tables.inventory_rows
    query = sa.select(rows.c.identity, rows.c.device_id).where(
        rows.c.agency_id == agency_id, rows.c.identity.in_(identities)
    )
    return {bytes(row.identity): DeviceId(row.device_id) for row in await conn.execute(query)}


async def find_codes(conn: AsyncConnection, agency_id: AgencyId, codes: Sequence[str]) -> set[str]:
    """Which of `codes` a device of the agency has."""
    table = tables.devices
    query = sa.select(table.c.code).where(table.c.agency_id == agency_id, table.c.code.in_(codes))
    return set((await conn.execute(query)).scalars())


async def add_devices(tx: Tx, permit: Permit, source: str, brought: Sequence[Brought]) -> None:
    """Insert a batch of devices with the row each came from: three statements, whatever its size."""
    tx.record(permit, *(new.fact for new in brought))
    await tx.add_all(tables.devices, [(new.fact, row_of(new.device, tx.now)) for new in brought])
    periods = [(new.fact, period_row(new.device.id, 1, new.device.state, tx.now)) for new in brought]
    await tx.add_all(tables.periods, periods)
    await tx.add_all(tables.inventory_rows, [(new.fact, _row(new, source)) for new in brought])


def _row(new: Brought, source: str) -> dict[str, Any]:
    return {
        "device_id": new.device.id,
        "agency_id": new.device.agency_id,
        "import_id": new.fact.import_id,
        "source": source,
        "row": new.row.number,
        "identity": new.fact.identity,
        "district": new.row.district,
        "violation_index": new.row.violation_index,
        "findings": list(new.fact.findings),
    }


async def add_import(
    tx: Tx, permit: Permit, fact: InventoryImported, *, source: str, results: list[dict[str, Any]]
) -> None:
    tx.record(permit, fact)
    row = {
        "id": fact.owner,
        "agency_id": fact.agency_id,
        "source": source,
        "file_sha256": fact.file_sha256,
        "imported_at": tx.now,
        "total": fact.rows,
        "imported": fact.imported,
        "unchanged": fact.unchanged,
        "refused": fact.refused,
        "results": results,
    }
    await tx.add(fact, tables.imports, row)


async def get_import(v: View, import_id: ImportId) -> sa.RowMapping:
    """An import's row, of an agency that the caller sees."""
    query = sa.select(tables.imports).where(tables.imports.c.id == import_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(import_id)
    return row


async def findings_of(conn: AsyncConnection, device_ids: Sequence[DeviceId]) -> dict[DeviceId, list[str]]:
    """The findings of those of `device_ids` that were imported."""
    rows = tables.inventory_rows
    query = sa.select(rows.c.device_id, rows.c.findings).where(rows.c.device_id.in_(device_ids))
    return {DeviceId(row.device_id): list(row.findings) for row in await conn.execute(query)}
