"""An entry of the register as a reader sees it: the device with the findings of its import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from common.door.areas import within
from common.door.uow import View
from common.policy import not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.device import Device, State
from device_registry.store import tables
from device_registry.store.rows import device_of
from device_registry.store.tables_inventory import inventory_rows


@dataclass(frozen=True)
class Entry:
    """`findings` are the codes of the guards that failed at the import; empty for a device that was not imported."""

    device: Device
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    """How many devices of an agency at a place stand in a state."""

    agency_id: AgencyId
    division: str | None
    state: State
    count: int


async def get(v: View, device_id: DeviceId) -> Entry:
    """The entry of the device. Refusal NOT_FOUND without one."""
    row = (await v.conn.execute(_entries().where(tables.devices.c.id == device_id))).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return _entry(row)


async def list_by_state(v: View, *, state: State | None, after: str, limit: int) -> list[Entry]:
    """The entries of the agencies that the caller sees, by id, after `after`; with `state` those in it alone.

    A regulated party sees the devices that it runs (NJ 9(2)).
    """
    query = _entries().where(tables.devices.c.id > after).order_by(tables.devices.c.id).limit(limit)
    actor = v.mandate.actor
    if actor.party_id is not None:
        query = query.where(tables.devices.c.operator_id == actor.party_id)
    elif not actor.sees_all:
        query = query.where(tables.devices.c.agency_id.in_(actor.visible))
    if state is not None:
        query = query.where(tables.devices.c.state == state)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def count_states(v: View, area: Sequence[str]) -> list[Counted]:
    """Devices of the agencies that the caller sees, by agency, place and state. A party sees those that it runs."""
    own, actor = tables.devices.c, v.mandate.actor
    keys = (own.agency_id, own.division, own.state)
    query = sa.select(*keys, sa.func.count().label("count")).where(within(own.division, area))
    if actor.party_id is not None:
        query = query.where(own.operator_id == actor.party_id)
    elif not actor.sees_all:
        query = query.where(own.agency_id.in_(actor.visible))
    rows = await v.conn.execute(query.group_by(*keys).order_by(*keys))
    return [Counted(**row) for row in rows.mappings()]


def _entries() -> sa.Select[Any]:
    found = inventory_rows.c.findings
    return sa.select(tables.devices, found).outerjoin(
        inventory_rows, inventory_rows.c.device_id == tables.devices.c.id
    )


def _entry(row: sa.RowMapping) -> Entry:
    return Entry(device_of(row), tuple(row["findings"] or ()))
