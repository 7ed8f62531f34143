"""Agency rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import AgencyId
from gateway.identity.domain.agencies import Agency, AgencyEstablished, AgencyTexts, begun
from gateway.identity.store import tables


async def add(tx: Tx, permit: Permit, fact: AgencyEstablished, *, texts: AgencyTexts) -> Agency:
    """The new agency that `fact` establishes."""
    tx.record(permit, fact)
    agency = begun(fact, texts)
    row = {
        "id": agency.id,
        "parent_id": agency.parent_id,
        "name": agency.name,
        "divisions": list(agency.divisions),
    }
    await tx.add(fact, tables.agencies, row)
    return agency


async def list_all(v: View | Tx) -> list[Agency]:
    """Every agency, the oldest first."""
    rows = await v.conn.execute(sa.select(tables.agencies).order_by(tables.agencies.c.id))
    return [_agency(row) for row in rows]


async def list_page(v: View, *, after_id: str, limit: int) -> list[Agency]:
    """Up to `limit` agencies after `after_id`, the oldest first."""
    table = tables.agencies
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    return [_agency(row) for row in await v.conn.execute(query)]


def _agency(row: sa.Row[Any]) -> Agency:
    parent_id = AgencyId(row.parent_id) if row.parent_id else None
    return Agency(AgencyId(row.id), parent_id, row.name, tuple(row.divisions))
