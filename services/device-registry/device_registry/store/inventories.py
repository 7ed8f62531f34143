"""The devices that inventories brought, with what the files claim of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.ahead import Ahead, Rows
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.cells import Claims
from device_registry.domain.columns import Column
from device_registry.domain.device import Device
from device_registry.domain.legacy import Brought, Corrected, Held
from device_registry.domain.matching import Stored, identity
from device_registry.store import tables
from device_registry.store.parts import first_period
from device_registry.store.rows import columns, device_of
from device_registry.store.tables_inventory import inventory_rows

_CHANGED = (
    "code", "agency_number", "kind", "state", "place", "place_type", "division", "longitude", "latitude", "datum",
    "direction", "owner_type", "installer_type", "funding", "revenue_link", "obligation_basis", "functions",
    "operator_id",
)  # fmt: skip
"""What a later file may change of a device, if the rule lets it."""


async def list_of_source(v: View | Tx, agency_id: AgencyId, source: str) -> list[Stored]:
    """The devices that files of `source` brought, in the order of the files and of their rows."""
    table = inventory_rows
    query = sa.select(table.c.device_id, table.c.claims).where(
        table.c.agency_id == agency_id, table.c.source == source
    )
    rows = await v.conn.execute(query.order_by(table.c.import_id, table.c.sheet, table.c.row))
    return [Stored(DeviceId(row.device_id), claims_of(row.claims)) for row in rows]


async def hold(tx: Tx, device_ids: Sequence[DeviceId]) -> list[Held]:
    """These devices with their claims, held until commit."""
    query = _held(device_ids).with_for_update(of=tables.devices)
    return [_held_of(row) for row in (await tx.conn.execute(query)).mappings()]


async def list_held(v: View, device_ids: Sequence[DeviceId]) -> list[Held]:
    """These devices with their claims, as they stand now."""
    return [_held_of(row) for row in (await v.conn.execute(_held(device_ids))).mappings()]


async def list_of_agency(v: View, agency_id: AgencyId) -> list[Held]:
    """Every device of the agency with what files claim of it: nothing of a device that no inventory brought."""
    table = inventory_rows
    query = (
        sa.select(tables.devices, table.c.claims, table.c.findings)
        .outerjoin(table, table.c.device_id == tables.devices.c.id)
        .where(tables.devices.c.agency_id == agency_id)
        .order_by(tables.devices.c.id)
    )
    rows = (await v.conn.execute(query)).mappings()
    return [_held_of(row) for row in rows]


async def add_imported(tx: Tx, permit: Permit, brought: Sequence[Brought], *, source: str) -> None:
    """The devices that a batch of an inventory brings: three statements, however many rows the batch has."""
    tx.record(permit, *(new.fact for new in brought))
    for table, rows in _rows_of(brought, source, tx.now):
        await tx.add_many(table, rows)


async def imported_ahead(tx: Tx, permit: Permit, brought: Sequence[Brought], *, source: str) -> Ahead:
    """What `add_imported` would write, made before it is known whether it may be written."""
    return await tx.ahead(permit, [new.fact for new in brought], *_rows_of(brought, source, tx.now))


def _rows_of(brought: Sequence[Brought], source: str, at: datetime) -> tuple[tuple[sa.Table, Rows], ...]:
    """The rows of each table, the devices first, each with its fact."""
    return (
        (tables.devices, [(new.fact, columns(new.device) | {"registered_at": at}) for new in brought]),
        (tables.periods, [(new.fact, first_period(new.device.id, new.device.state, at)) for new in brought]),
        (inventory_rows, [(new.fact, _inventory_row(new, source)) for new in brought]),
    )


async def note_corrected(tx: Tx, permit: Permit, corrected: Sequence[Corrected], *, source: str) -> None:
    """The devices that a batch changes, with what is claimed of them now; one that must stop begins a period."""
    tx.record(permit, *(each.fact for each in corrected))
    changed = [(each.fact, _changed_columns(each.device)) for each in corrected]
    await tx.set_all(tables.devices, _CHANGED, changed)
    rows = [
        (
            each.fact,
            {
                "device_id": each.device.id,
                "import_id": each.fact.import_id,
                "sheet": each.row.sheet or "",
                "row": each.row.number,
                "identity": identity(each.claims, source),
                "claims": _claims_row(each.claims),
                "findings": list(each.fact.findings),
            },
        )
        for each in corrected
    ]
    await tx.set_all(inventory_rows, ("import_id", "sheet", "row", "identity", "claims", "findings"), rows)
    stopped = [each for each in corrected if each.device.state is not each.before.state]
    numbers = await _next_numbers(tx, [each.device.id for each in stopped])
    await tx.add_all(
        tables.periods,
        [
            (
                each.fact,
                first_period(each.device.id, each.device.state, tx.now) | {"n": numbers[each.device.id]},
            )
            for each in stopped
        ],
    )


async def _next_numbers(tx: Tx, device_ids: Sequence[DeviceId]) -> dict[DeviceId, int]:
    """The number of the next period of each of these devices, which are locked."""
    if not device_ids:
        return {}
    table = tables.periods
    query = sa.select(table.c.device_id, sa.func.max(table.c.n) + 1).where(table.c.device_id.in_(device_ids))
    return {DeviceId(number): n for number, n in await tx.conn.execute(query.group_by(table.c.device_id))}


def _changed_columns(device: Device) -> dict[str, Any]:
    row = {name: value for name, value in columns(device).items() if name in _CHANGED or name == "id"}
    # The statement takes its rows as JSON, in which a number with six decimals is text.
    return row | {name: None if row[name] is None else str(row[name]) for name in ("longitude", "latitude")}


def _inventory_row(new: Brought, source: str) -> dict[str, Any]:
    return {
        "device_id": new.device.id,
        "agency_id": new.device.agency_id,
        "import_id": new.fact.import_id,
        "source": source,
        "sheet": new.row.sheet or "",
        "row": new.row.number,
        "identity": new.fact.identity,
        "claims": _claims_row(new.row.claims),
        "findings": list(new.fact.findings),
    }


def _held(device_ids: Sequence[DeviceId]) -> sa.Select[Any]:
    table = inventory_rows
    return (
        sa.select(tables.devices, table.c.claims, table.c.findings)
        .join(table, table.c.device_id == tables.devices.c.id)
        .where(tables.devices.c.id.in_(device_ids))
    )


def _held_of(row: sa.RowMapping) -> Held:
    return Held(device_of(row), claims_of(row["claims"] or {}), tuple(row["findings"] or ()))


def _claims_row(claims: Claims) -> dict[str, str]:
    return {column.value: str(text) for column, text in claims.items()}


def claims_of(row: Mapping[str, str]) -> Claims:
    """The claims of an element of the column `claims`."""
    return {Column(name): text for name, text in row.items()}
