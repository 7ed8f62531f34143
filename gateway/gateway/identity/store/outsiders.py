"""Party rows."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import PartyId
from gateway.identity.domain.outsiders import Outsider, OutsiderTexts, PartyRegistered, begun
from gateway.identity.store import tables


async def add(tx: Tx, permit: Permit, fact: PartyRegistered, *, texts: OutsiderTexts) -> Outsider:
    """The new party that `fact` registers."""
    tx.record(permit, fact)
    outsider = begun(fact, texts)
    await tx.add(fact, tables.parties, {"id": outsider.id, "name": outsider.name})
    return outsider


async def list_all(v: View) -> list[Outsider]:
    """Every party."""
    parties = await v.conn.execute(sa.select(tables.parties))
    return [Outsider(PartyId(row.id), row.name) for row in parties]
