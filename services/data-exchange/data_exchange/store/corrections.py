"""Which exchange brought the data that a request for correction is about."""

from __future__ import annotations

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import ExchangeId
from data_exchange.domain.correcting import CorrectionAsked
from data_exchange.store.tables_disputes import corrections


async def get(v: View | Tx, exchange_id: ExchangeId) -> ExchangeId:
    """The exchange that brought the data. Refusal NOT_FOUND for an exchange that asks for no correction."""
    query = sa.select(corrections.c.received_in).where(corrections.c.exchange_id == exchange_id)
    received_in = (await v.conn.execute(query)).scalar_one_or_none()
    if received_in is None:
        raise not_found(exchange_id)
    return ExchangeId(received_in)


async def add(tx: Tx, permit: Permit, fact: CorrectionAsked) -> ExchangeId:
    """Record what the request is about, and write its row; the exchange that brought the data."""
    tx.record(permit, fact)
    await tx.add(fact, corrections, {"exchange_id": fact.owner, "received_in": fact.received_in})
    return fact.received_in
