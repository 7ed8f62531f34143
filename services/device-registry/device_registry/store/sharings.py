"""Which agency uses which device of another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, DeviceId, SharingId
from device_registry.domain.device import Basis
from device_registry.domain.sharing import (
    Sharing,
    SharingEnded,
    SharingGiven,
    SharingRefused,
    SharingRequested,
    SharingState,
    after,
)
from device_registry.store import tables
from device_registry.store.rows import basis_of, basis_row
from device_registry.store.tables_sharings import sharings as table


@dataclass(frozen=True)
class SharingTexts:
    """What the pictures are for, and the article that allows it."""

    purpose: str
    basis: Basis


@dataclass(frozen=True)
class Reason:
    """Why the owner refused, or why the sharing ended."""

    reason: str


@dataclass(frozen=True)
class SharingEntry:
    """A sharing with its texts; `reason` is empty while nobody refused or ended it."""

    sharing: Sharing
    purpose: str
    basis: Basis
    reason: str
    requested_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Lost:
    """A device whose sharing ended at `ended_at`, and that does not know it yet."""

    device_id: DeviceId
    sharing_id: SharingId
    ended_at: datetime


def resource(sharing: Sharing, actor: Actor) -> Resource:
    """The sharing as the policy sees it: for each of the two agencies it is an object of its own."""
    own = sharing.to_agency_id if actor.agency_id == sharing.to_agency_id else sharing.agency_id
    return Resource(sharing.id, own)


async def lock(tx: Tx, sharing_id: SharingId) -> Sharing:
    """The sharing, held until commit. Refusal NOT_FOUND if there is none, or none of the caller's agencies."""
    query = sa.select(table).where(table.c.id == sharing_id).with_for_update()
    return _entry(await _one(tx, sharing_id, query)).sharing


async def get(at: Tx | View, sharing_id: SharingId) -> SharingEntry:
    """The sharing with its texts. Refusal NOT_FOUND as for `lock`."""
    return _entry(await _one(at, sharing_id, sa.select(table).where(table.c.id == sharing_id)))


async def list_all(v: View, *, above: str, limit: int) -> list[SharingEntry]:
    """The sharings in which the caller's agencies give or ask, oldest first, after the id `above`."""
    query = sa.select(table).where(table.c.id > above).order_by(table.c.id).limit(limit)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def is_open_instead_of(tx: Tx, device_id: DeviceId) -> bool:
    """Whether a sharing instead of this draft is asked for or given."""
    query = sa.select(table.c.id).where(
        table.c.instead_of == device_id, table.c.state.in_((SharingState.REQUESTED, SharingState.GIVEN))
    )
    return (await tx.conn.execute(query.limit(1))).first() is not None


async def list_lost(v: View) -> list[Lost]:
    """The shared cameras whose sharing has ended since their row was written."""
    devices = tables.devices
    query = (
        sa.select(devices.c.id, table.c.id.label("sharing_id"), table.c.ended_at)
        .join(devices, devices.c.sharing_id == table.c.id)
        .where(table.c.state == SharingState.ENDED, devices.c.shared["ended_at"].astext.is_(None))
        .order_by(devices.c.id)
    )
    rows = await v.conn.execute(query)
    return [Lost(DeviceId(row.id), SharingId(row.sharing_id), row.ended_at) for row in rows]


async def add(tx: Tx, permit: Permit, fact: SharingRequested, *, texts: SharingTexts) -> Sharing:
    """The sharing that `fact` asks for."""
    tx.record(permit, fact)
    row = {
        "id": fact.owner,
        "device_id": fact.device_id,
        "agency_id": fact.agency_id,
        "to_agency_id": fact.to_agency_id,
        "state": SharingState.REQUESTED,
        "violations": list(fact.violations),
        "until_on": fact.until_on,
        "purpose": texts.purpose,
        "basis": basis_row(texts.basis),
        "instead_of": fact.instead_of,
        "requested_at": tx.now,
        "answered_at": None,
        "ended_at": None,
        "reason": "",
    }
    await tx.add(fact, table, row)
    return Sharing(
        SharingId(fact.owner),
        fact.device_id,
        fact.agency_id,
        fact.to_agency_id,
        fact.violations,
        fact.until_on,
        SharingState.REQUESTED,
        fact.instead_of,
    )


async def save(
    tx: Tx,
    permit: Permit,
    sharing: Sharing,
    *facts: SharingGiven | SharingRefused | SharingEnded,
    texts: Reason | None = None,
) -> Sharing:
    """Record `facts` and move the sharing where they lead."""
    tx.record(permit, *facts)
    for fact in facts:
        sharing = after(sharing, fact, at=tx.now)
        values: dict[str, Any] = {"state": sharing.state}
        values |= {"ended_at": tx.now} if isinstance(fact, SharingEnded) else {"answered_at": tx.now}
        values |= {"reason": texts.reason} if texts else {}
        await tx.set(fact, table, {"id": sharing.id}, values)
    return sharing


async def _one(at: Tx | View, sharing_id: SharingId, query: sa.Select[Any]) -> sa.RowMapping:
    row: sa.RowMapping | None = (await at.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(sharing_id)
    return row


def _entry(row: sa.RowMapping) -> SharingEntry:
    sharing = Sharing(
        id=SharingId(row["id"]),
        device_id=DeviceId(row["device_id"]),
        agency_id=AgencyId(row["agency_id"]),
        to_agency_id=AgencyId(row["to_agency_id"]),
        violations=tuple(row["violations"]),
        until_day=row["until_on"],
        state=SharingState(row["state"]),
        instead_of=DeviceId(row["instead_of"]) if row["instead_of"] else None,
        ended_at=row["ended_at"],
    )
    return SharingEntry(
        sharing,
        row["purpose"],
        basis_of(row["basis"]),
        row["reason"],
        row["requested_at"],
        row["answered_at"],
    )
