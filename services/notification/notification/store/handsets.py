"""The phones of the parties, and where a push reaches them. The address is sealed under the handset's own secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import orjson
import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import HandsetId, PartyId
from notification.domain.handsets import (
    Handset,
    HandsetEnd,
    HandsetFact,
    HandsetRegistered,
    PushAddress,
    PushService,
    after,
    begun,
)
from notification.store.tables_handsets import handsets


async def lock(tx: Tx, handset_id: HandsetId) -> Handset:
    """The handset, held until commit. Refusal NOT_FOUND without one."""
    query = sa.select(handsets).where(handsets.c.id == handset_id).with_for_update()
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(handset_id)
    return _handset(tx.secrets, row)


async def lock_by_party(tx: Tx, party_id: PartyId) -> list[Handset]:
    """The handsets of the party that may be pushed to, oldest first, held until commit."""
    return [_handset(tx.secrets, row) for row in await tx.conn.execute(_of(party_id).with_for_update())]


async def list_of_party(v: View | Tx, party_id: PartyId) -> list[Handset]:
    """The handsets of the party that may be pushed to, oldest first, each with its address."""
    return [_handset(v.secrets, row) for row in await v.conn.execute(_of(party_id))]


async def list_parties(v: View, party_ids: Collection[PartyId]) -> set[PartyId]:
    """Those of the parties that have a phone which may be pushed to."""
    query = sa.select(handsets.c.party_id).distinct()
    query = query.where(handsets.c.party_id.in_(sorted(party_ids)), handsets.c.ended_at.is_(None))
    return {PartyId(id) for id in (await v.conn.scalars(query)).all()}


async def add(tx: Tx, permit: Permit, fact: HandsetRegistered, *, texts: PushAddress) -> Handset:
    """The handset that `fact` registers; `texts` is where a push reaches it."""
    tx.record(permit, fact)
    handset = begun(fact, texts, at=tx.now)
    await tx.add(fact, handsets, await _columns(tx.secrets, handset))
    return handset


async def save(
    tx: Tx, permit: Permit, handset: Handset, *facts: HandsetFact, texts: PushAddress | None = None
) -> Handset:
    """Record `facts` and change the handset as they say. `texts` is the new address of a readdressing."""
    tx.record(permit, *facts)
    for fact in facts:
        before, handset = handset, after(handset, fact, texts, at=tx.now)
        values = changed(_plain(before), _plain(handset))
        if before.address != handset.address:
            values["sealed"] = (await _columns(tx.secrets, handset))["sealed"]
        await tx.set(fact, handsets, {"id": handset.id}, values)
    return handset


def _of(party_id: PartyId) -> sa.Select[Any]:
    table = handsets
    mine = sa.select(table).where(table.c.party_id == party_id, table.c.ended_at.is_(None))
    return mine.order_by(table.c.registered_at, table.c.id)


def _plain(handset: Handset) -> dict[str, Any]:
    return {
        "id": handset.id,
        "party_id": handset.party_id,
        "push": handset.push,
        "registered_at": handset.registered_at,
        "readdressed_at": handset.readdressed_at,
        "ended_at": handset.ended_at,
        "end_reason": handset.end,
    }


async def _columns(secrets: Secrets, handset: Handset) -> dict[str, Any]:
    row, sealed = _plain(handset), None
    if handset.address is not None:
        content = orjson.dumps(asdict(handset.address))
        sealed = await secrets.sealed(handset.id.stream, name_of(handsets, row), content)
    return row | {"sealed": sealed}


def _handset(secrets: Secrets, row: sa.Row[Any]) -> Handset:
    handset_id, address = HandsetId(row.id), None
    if row.sealed is not None:
        plain = secrets.open(handset_id.stream, name_of(handsets, row._mapping), row.sealed)
        address = PushAddress(**orjson.loads(plain))
    return Handset(
        id=handset_id,
        party_id=PartyId(row.party_id),
        push=PushService(row.push),
        address=address,
        registered_at=row.registered_at,
        readdressed_at=row.readdressed_at,
        ended_at=row.ended_at,
        end=HandsetEnd(row.end_reason) if row.end_reason else None,
    )
