"""Officer rows, and a row per role that an officer holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, OfficerId
from gateway.identity.domain.officers import (
    Officer,
    OfficerAppointed,
    OfficerTexts,
    Role,
    RoleAssigned,
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
    roles = sa.select(tables.assignments.c.role).where(tables.assignments.c.officer_id == officer_id)
    return _officer(row, (await tx.conn.execute(roles)).scalars())


async def list_active(v: View) -> list[Officer]:
    """Every officer who is in office, with its roles."""
    roles: dict[str, list[str]] = {}
    assigned = sa.select(tables.assignments.c.officer_id, tables.assignments.c.role)
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


async def save(tx: Tx, permit: Permit, officer: Officer, *facts: RoleAssigned) -> Officer:
    """Record `facts` and add the roles that they bring."""
    tx.record(permit, *facts)
    for fact in facts:
        officer = after(officer, fact)
        row = {"officer_id": officer.id, "role": fact.role, "assigned_at": tx.now}
        await tx.add(fact, tables.assignments, row)
    return officer


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
