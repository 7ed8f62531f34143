"""A device, its dossier, and the periods of its life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.facts import Fact
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.application import (
    DeviceApproved,
    DeviceLegallyReviewed,
    DeviceRegistered,
    DeviceRejected,
    DeviceSubmitted,
    DeviceTechnicallyReviewed,
    ReviewKind,
    reject,
)
from device_registry.domain.device import Device, Dossier, State
from device_registry.domain.lifecycle import (
    DeviceActivated,
    DeviceInstalled,
    DevicePublished,
    DeviceResumed,
    DeviceSuspended,
    DeviceTrialStarted,
)
from device_registry.store import tables
from device_registry.store.dossiers import load
from device_registry.store.rows import device_of, row_of

Moved = (
    DeviceSubmitted
    | DeviceRejected
    | DeviceApproved
    | DeviceInstalled
    | DeviceTrialStarted
    | DevicePublished
    | DeviceActivated
    | DeviceSuspended
    | DeviceResumed
)


async def lock(tx: Tx, device_id: DeviceId) -> Device:
    """The device, held until commit. Another agency's does not exist for us."""
    query = sa.select(tables.devices).where(tables.devices.c.id == device_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return device_of(row)


async def lock_dossier(tx: Tx, device_id: DeviceId) -> Dossier:
    """The device held until commit, with everything on record about it."""
    return await load(tx.conn, await lock(tx, device_id))


async def get(v: View, device_id: DeviceId) -> Device:
    query = sa.select(tables.devices).where(tables.devices.c.id == device_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return device_of(row)


async def get_dossier(v: View, device_id: DeviceId) -> Dossier:
    return await load(v.conn, await get(v, device_id))


async def list_by_state(v: View, *, state: State | None, after: str, limit: int) -> list[Device]:
    """Devices of the agencies that the caller sees, by id, after `after`."""
    query = (
        sa.select(tables.devices)
        .where(tables.devices.c.id > after)
        .order_by(tables.devices.c.id)
        .limit(limit)
    )
    if not v.mandate.actor.sees_all:
        query = query.where(tables.devices.c.agency_id.in_(v.mandate.actor.visible))
    if state is not None:
        query = query.where(tables.devices.c.state == state)
    return [device_of(row) for row in (await v.conn.execute(query)).mappings()]


async def list_active_ids(v: View) -> list[DeviceId]:
    query = (
        sa.select(tables.devices.c.id)
        .where(tables.devices.c.state == State.ACTIVE)
        .order_by(tables.devices.c.id)
    )
    return [DeviceId(number) for number in (await v.conn.execute(query)).scalars()]


async def reserve_codes(tx: Tx, agency_id: AgencyId, codes: list[str]) -> set[str]:
    """Which of `codes` the agency already uses. Nobody else of the agency registers until this change ends."""
    name = f"devices of {agency_id}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    table = tables.devices
    query = sa.select(table.c.code).where(table.c.agency_id == agency_id, table.c.code.in_(codes))
    return set((await tx.conn.execute(query)).scalars())


async def register(tx: Tx, permit: Permit, device: Device, fact: DeviceRegistered) -> None:
    tx.record(permit, fact)
    await tx.add(fact, tables.devices, row_of(device, tx.now))
    await tx.add(fact, tables.periods, period_row(device.id, 1, device.state, tx.now))


async def save(tx: Tx, permit: Permit, device: Device, fact: Moved, *, note: str = "") -> Device:
    """Record `fact`, move the device where it leads, and begin the period."""
    tx.record(permit, fact)
    state, effective_from, columns = _led_to(fact, device, permit, tx)
    await tx.set(fact, tables.devices, {"id": device.id}, {"state": state, **columns})
    n = await next_number(tx, tables.periods, device.id)
    row = period_row(device.id, n, state, tx.now) | {"effective_from": effective_from, "note": note}
    if isinstance(fact, DeviceSuspended):
        row |= {"reason": fact.reason, "by_agency": fact.by_agency}
    await tx.add(fact, tables.periods, row)
    return await lock(tx, device.id)


def _led_to(fact: Moved, device: Device, permit: Permit, tx: Tx) -> tuple[State, datetime, dict[str, Any]]:
    """The state a fact leads to, since when, and what else of the device it sets."""
    match fact:
        case DeviceSubmitted():
            return State.UNDER_REVIEW, tx.now, {"submitted_by": tx.mandate.actor.sub}
        case DeviceRejected():
            return State.REJECTED, tx.now, {}
        case DeviceApproved():
            return State.APPROVED, tx.now, {}
        case DeviceInstalled():
            return State.INSTALLED, tx.now, {}
        case DeviceTrialStarted():
            return State.TRIAL, tx.now, {}
        case DevicePublished():
            return State.PUBLISHED, tx.now, {}
        case DeviceActivated():
            return State.ACTIVE, tx.now, {"in_service_from": tx.now}
        case DeviceSuspended():
            return State.SUSPENDED, fact.effective_from, {}
        case DeviceResumed():
            return State.ACTIVE, tx.now, {}


async def save_review(
    tx: Tx,
    permit: Permit,
    device: Device,
    fact: DeviceLegallyReviewed | DeviceTechnicallyReviewed,
    *,
    opinion: str,
) -> Device:
    """Record the review and, if it failed, the rejection that follows from it."""
    kind = ReviewKind.LEGAL if isinstance(fact, DeviceLegallyReviewed) else ReviewKind.TECHNICAL
    tx.record(permit, fact)
    row = {
        "device_id": device.id,
        "kind": kind,
        "result": fact.result,
        "reviewer": tx.mandate.actor.sub,
        "reviewed_at": tx.now,
        "failed_items": list(fact.failed_items),
        "items_na": list(fact.items_na),
        "opinion": opinion,
    }
    await tx.add(fact, tables.reviews, row)
    rejected = reject(device, fact)
    return await save(tx, permit, device, rejected) if rejected else device


async def suspending_agency(tx: Tx, device_id: DeviceId) -> AgencyId | None:
    """Which agency ordered the suspension that runs; None if the registry's own check did."""
    table = tables.periods
    query = (
        sa.select(table.c.by_agency).where(table.c.device_id == device_id).order_by(table.c.n.desc()).limit(1)
    )
    agency = await tx.conn.scalar(query)
    return AgencyId(agency) if agency else None


async def next_number(tx: Tx, table: sa.Table, device_id: DeviceId) -> int:
    """The next number of a paper of the locked device."""
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(table.c.device_id == device_id)
    return int(await tx.conn.scalar(query) or 1)


async def add_numbered(
    tx: Tx, fact: Fact, table: sa.Table, device_id: DeviceId, values: Mapping[str, Any]
) -> None:
    """Add a paper that `fact`, already recorded, explains."""
    n = await next_number(tx, table, device_id)
    await tx.add(fact, table, {"device_id": device_id, "n": n, "recorded_at": tx.now, **values})


def resource(device: Device) -> Resource:
    """The device as the policy sees it."""
    return Resource(device.id, device.agency_id)


def period_row(device_id: DeviceId, n: int, state: State, at: datetime) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "n": n,
        "state": state,
        "effective_from": at,
        "recorded_at": at,
        "reason": None,
        "note": "",
        "by_agency": None,
    }
