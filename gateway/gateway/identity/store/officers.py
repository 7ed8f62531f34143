"""Officer rows, and a row per role that an officer holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, OfficerId
from gateway.identity.domain.officers import (
    Officer,
    OfficerAppointed,
    OfficerDisabled,
    OfficerTexts,
    Role,
    RoleAssigned,
    RoleRevoked,
    after,
    begun,
)
from gateway.identity.store import tables


def resource(officer: Officer) -> Resource:
    """The officer as the policy sees it."""
    return Resource(id=officer.id, agency_id=officer.agency_id)


async def lock(tx: Tx, officer_id: OfficerId) -> Officer:
    """The officer with its roles, held until commit: two assignments to one officer wait for each other."""
    table = tables.officers
    query = sa.select(table).where(table.c.id == officer_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(officer_id)
    held = tables.assignments
    roles = sa.select(held.c.role).where(held.c.officer_id == officer_id, held.c.revoked_at.is_(None))
    return _officer(row, (await tx.conn.execute(roles)).scalars())


async def list_active(v: View) -> list[Officer]:
    """Every officer who is in office, with its roles."""
    roles: dict[str, list[str]] = {}
    held = tables.assignments
    assigned = sa.select(held.c.officer_id, held.c.role).where(held.c.revoked_at.is_(None))
    for row in await v.conn.execute(assigned):
        roles.setdefault(row.officer_id, []).append(row.role)
    rows = await v.conn.execute(sa.select(tables.officers).where(tables.officers.c.active))
    return [_officer(row, roles.get(row.id, ())) for row in rows]


async def add(tx: Tx, permit: Permit, fact: OfficerAppointed, *, texts: OfficerTexts) -> Officer:
    """The new officer that `fact` appoints."""
    tx.record(permit, fact)
    officer = begun(fact, texts)
    row = {
        "id": officer.id,
        "agency_id": officer.agency_id,
        "name": officer.name,
        "title": officer.title,
        "level": officer.level,
        "certificate": officer.certificate,
        "certificate_until": officer.certificate_until,
        "active": officer.active,
    }
    await tx.add(fact, tables.officers, row)
    return officer


async def save(
    tx: Tx, permit: Permit, officer: Officer, *facts: RoleAssigned | RoleRevoked | OfficerDisabled
) -> Officer:
    """Record `facts` and write what they change."""
    tx.record(permit, *facts)
    for fact in facts:
        officer = after(officer, fact)
        match fact:
            case RoleAssigned():
                await _assign(tx, fact)
            case RoleRevoked():
                key = {"officer_id": fact.owner, "role": fact.role}
                await tx.set(fact, tables.assignments, key, {"revoked_at": tx.now})
            case OfficerDisabled():
                await tx.set(fact, tables.officers, {"id": fact.owner}, {"active": False})
            case _:
                assert_never(fact)
    return officer


async def _assign(tx: Tx, fact: RoleAssigned) -> None:
    """A row, or the row that the role had before it was revoked."""
    table, key = tables.assignments, {"officer_id": fact.owner, "role": fact.role}
    of_role = sa.select(sa.literal(1)).where(*(table.c[name] == value for name, value in key.items()))
    if await tx.conn.scalar(of_role):
        await tx.set(fact, table, key, {"assigned_at": tx.now, "revoked_at": None})
    else:
        await tx.add(fact, table, key | {"assigned_at": tx.now, "revoked_at": None})


def _officer(row: Any, roles: Iterable[str]) -> Officer:
    return Officer(
        OfficerId(row.id),
        AgencyId(row.agency_id),
        row.name,
        row.title,
        row.level,
        row.certificate,
        row.certificate_until,
        row.active,
        frozenset(Role(role) for role in roles),
    )
