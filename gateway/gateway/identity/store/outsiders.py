"""Party and partner rows."""

from __future__ import annotations

from typing import assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import PartnerId, PartyId
from gateway.identity.domain.outsiders import (
    Outsider,
    OutsiderFact,
    OutsiderTexts,
    PartnerRegistered,
    PartyRegistered,
    begun,
)
from gateway.identity.store import tables


async def add(tx: Tx, permit: Permit, fact: OutsiderFact, *, texts: OutsiderTexts) -> Outsider:
    """The new party or partner that `fact` registers."""
    tx.record(permit, fact)
    outsider = begun(fact, texts)
    match fact:
        case PartyRegistered():
            table = tables.parties
        case PartnerRegistered():
            table = tables.partners
        case _:
            assert_never(fact)
    await tx.add(fact, table, {"id": outsider.id, "name": outsider.name})
    return outsider


async def list_all(v: View) -> list[Outsider]:
    """Every party and every partner."""
    parties = await v.conn.execute(sa.select(tables.parties))
    partners = await v.conn.execute(sa.select(tables.partners))
    return [
        *(Outsider(PartyId(row.id), row.name) for row in parties),
        *(Outsider(PartnerId(row.id), row.name) for row in partners),
    ]
