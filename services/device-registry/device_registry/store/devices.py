"""A device and the periods of its life."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.driver import fetch
from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.application import DeviceRegistered, Draft, begun
from device_registry.domain.changes import DeviceChangeRefused, DeviceMateriallyChanged
from device_registry.domain.device import Device, State
from device_registry.domain.facts import DeviceFact, after, effective_from
from device_registry.domain.lifecycle import DevicePublished
from device_registry.store import publicwords, tables
from device_registry.store.parts import add_paper, add_period, first_period
from device_registry.store.rows import columns, device_of
from device_registry.store.texts import ChangeText, Replacement, Restored, Texts


@dataclass(frozen=True)
class CodeInUse:
    """A code of 20 digits, and the device of the agency that has it."""

    code: str
    device_id: DeviceId


def resource(device: Device) -> Resource:
    """The device as the policy sees it."""
    return Resource(device.id, device.agency_id, party_id=device.operator_id)


async def lock(tx: Tx, device_id: DeviceId) -> Device:
    """The device, held until commit. Another agency's does not exist for us."""
    return await _one(tx, device_id, _by_id(device_id).with_for_update())


async def get(v: View, device_id: DeviceId) -> Device:
    """The device. Refusal NOT_FOUND without one."""
    return await _one(v, device_id, _by_id(device_id))


async def list_active(v: View, *, after: str, limit: int) -> list[Device]:
    """The devices in use after the id `after`, the oldest first."""
    table = tables.devices
    query = sa.select(table).where(table.c.state == State.ACTIVE, table.c.id > after)
    rows = (await v.conn.execute(query.order_by(table.c.id).limit(limit))).mappings()
    return [device_of(row) for row in rows]


async def list_served(tx: Tx) -> list[Device]:
    """The devices that were ever in service, in the order of their ids."""
    table = tables.devices
    query = sa.select(table).where(table.c.in_service_from.is_not(None)).order_by(table.c.id)
    return [device_of(row) for row in (await tx.conn.execute(query)).mappings()]


async def list_by_ids(v: View, ids: Sequence[DeviceId]) -> list[Device]:
    """Those of `ids` that the caller sees, the oldest first."""
    table = tables.devices
    rows = await v.conn.execute(sa.select(table).where(table.c.id.in_(ids)).order_by(table.c.id))
    return [device_of(row) for row in rows.mappings()]


async def list_by_states(
    at: Tx | View,
    states: Collection[State],
    *,
    agency_id: AgencyId | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[DeviceId]:
    """The ids of the devices in one of `states`, of one agency or of all, the oldest first, after the id `after`."""
    table = tables.devices
    query = sa.select(table.c.id).where(table.c.state.in_(states), table.c.id > after).order_by(table.c.id)
    if agency_id is not None:
        query = query.where(table.c.agency_id == agency_id)
    return [DeviceId(number) for number in (await at.conn.execute(query.limit(limit))).scalars()]


async def list_legacy_until(at: View, until: datetime) -> list[DeviceId]:
    """The ids of the devices in LEGACY that came into the register at `until` or before, the oldest first."""
    table = tables.devices
    query = sa.select(table.c.id).where(table.c.state == State.LEGACY, table.c.registered_at <= until)
    return [DeviceId(number) for number in (await at.conn.execute(query.order_by(table.c.id))).scalars()]


async def registered_at(tx: Tx, device_id: DeviceId) -> datetime:
    """When the device came into the register. It exists."""
    table = tables.devices
    at: datetime = (
        await tx.conn.execute(sa.select(table.c.registered_at).where(table.c.id == device_id))
    ).scalar_one()
    return at


async def add(tx: Tx, permit: Permit, fact: DeviceRegistered, *, texts: Draft) -> Device:
    """The new device that `fact` registers as the draft `texts` describes it."""
    tx.record(permit, fact)
    device = begun(fact, texts, by=tx.mandate.actor.sub)
    await tx.add(fact, tables.devices, columns(device) | {"registered_at": tx.now})
    await tx.add(fact, tables.periods, first_period(device.id, device.state, tx.now))
    return device


async def save(
    tx: Tx, permit: Permit, device: Device, *facts: DeviceFact, texts: Texts | None = None
) -> Device:
    """Record `facts`, move the device where they lead, and add the papers and periods that they bring."""
    tx.record(permit, *facts)
    for fact in facts:
        replaced = texts.device if isinstance(texts, Replacement | ChangeText | Restored) else device
        before, device = device, after(replaced, fact, by=tx.mandate.actor.sub, at=tx.now)
        values = changed(columns(before), columns(device))
        if values:
            await tx.set(fact, tables.devices, {"id": device.id}, values)
        if device.state is not before.state:
            begins = effective_from(fact, at=tx.now)
            await add_period(tx, device.id, fact, device.state, begins=begins, texts=texts)
        await add_paper(tx, device.id, fact, texts)
        if isinstance(fact, DevicePublished | DeviceMateriallyChanged | DeviceChangeRefused):
            await publicwords.note(tx, device)
    return device


async def hold_codes(tx: Tx, agency_id: AgencyId) -> None:
    """Wait until no other change registers devices of the agency, and let none begin before this one ends."""
    name = f"devices of {agency_id}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def list_codes(at: Tx | View, agency_id: AgencyId, codes: Collection[str]) -> list[CodeInUse]:
    """Those of `codes` that devices of the agency already have, each with its device."""
    if not codes:
        return []
    query = "SELECT code, id FROM devices WHERE agency_id = $1 AND code = ANY ($2)"
    rows = await fetch(at.conn, query, agency_id, list(codes))
    return [CodeInUse(row["code"], DeviceId(row["id"])) for row in rows]


async def find_suspending_agency(tx: Tx, device_id: DeviceId) -> AgencyId | None:
    """The agency that ordered the suspension that runs; None if the registry's own check did."""
    table = tables.periods
    query = (
        sa.select(table.c.by_agency).where(table.c.device_id == device_id).order_by(table.c.n.desc()).limit(1)
    )
    agency = await tx.conn.scalar(query)
    return AgencyId(agency) if agency else None


def _by_id(device_id: DeviceId) -> sa.Select[Any]:
    return sa.select(tables.devices).where(tables.devices.c.id == device_id)


async def _one(at: Tx | View, device_id: DeviceId, query: sa.Select[Any]) -> Device:
    row = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return device_of(row)
