"""Erasures of exchanges: who proposed and who approved the end of their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from common.door import erasure as destruction
from common.door.rows import business_table
from common.door.uow import Tx
from common.policy import Permit, not_found
from common.values.ids import ExchangeId, OfficerId
from data_exchange.domain.exchange import Exchange
from data_exchange.domain.retention import ExchangeErased, ExchangeErasureProposed, Log
from data_exchange.store.letters import list_letters
from data_exchange.store.tables import metadata

table = business_table(
    "exchange_erasures",
    metadata,
    sa.Column("exchange_id", sa.Text, primary_key=True),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", sa.DateTime(timezone=True)),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", sa.DateTime(timezone=True)),
    owner="exchange_id",
)
ErasureFact: TypeAlias = ExchangeErasureProposed | ExchangeErased


@dataclass(frozen=True)
class Erasure:
    """An erasure as it stands: proposed, and approved once `approved_at` is there."""

    exchange_id: ExchangeId
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None
    approved_at: datetime | None


async def find(tx: Tx, exchange_id: ExchangeId) -> Erasure | None:
    """The erasure of the exchange, if somebody proposed one."""
    row = (await tx.conn.execute(sa.select(table).where(table.c.exchange_id == exchange_id))).one_or_none()
    if row is None:
        return None
    approved_by = OfficerId(row.approved_by) if row.approved_by else None
    return Erasure(exchange_id, OfficerId(row.proposed_by), row.proposed_at, approved_by, row.approved_at)


async def get(tx: Tx, exchange_id: ExchangeId) -> Erasure:
    """The erasure of the exchange. Refusal NOT_FOUND if nobody proposed one."""
    erasure = await find(tx, exchange_id)
    if erasure is None:
        raise not_found(exchange_id)
    return erasure


async def get_log(tx: Tx, exchange: Exchange) -> Log:
    """The locked exchange as the rules of its retention see it."""
    proposed = await find(tx, exchange.id)
    letters = await list_letters(tx, exchange.id)
    return Log(
        exchange,
        ended_at=exchange.closed_at or exchange.answered_at,
        files=tuple(sorted({stored.letter.sha256 for stored in letters})),
        proposed_by=proposed.proposed_by if proposed else None,
        is_erased=tx.secrets.is_erased(exchange.id.stream)
        or (proposed is not None and proposed.approved_at is not None),
    )


async def save(tx: Tx, permit: Permit, exchange: Exchange, *facts: ErasureFact) -> Exchange:
    """Record `facts`, and write the erasure as they leave it. An approval makes the destruction due."""
    tx.record(permit, *facts)
    for fact in facts:
        key = {"exchange_id": exchange.id}
        if isinstance(fact, ExchangeErased):
            await tx.set(fact, table, key, {"approved_by": fact.approved_by, "approved_at": tx.now})
            await destruction.order(tx, exchange.id.stream)
        elif await find(tx, exchange.id) is None:
            await tx.add(fact, table, key | {"proposed_by": fact.proposed_by, "proposed_at": tx.now})
        else:
            await tx.set(fact, table, key, {"proposed_by": fact.proposed_by, "proposed_at": tx.now})
    return exchange
