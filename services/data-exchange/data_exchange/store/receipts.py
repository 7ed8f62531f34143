"""The records of an exchange with their places in the ledger, and who acknowledged their receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, ExchangeId
from data_exchange.domain.receipts import ReceiptAcknowledged, Written
from data_exchange.store.tables_receipts import acknowledgements

_RECORD = sa.text(
    "SELECT o.record_id, o.stream, o.type, o.note, r.index AS place, r.leaf_hash"
    " FROM outbox o LEFT JOIN receipts r USING (record_id)"
    " WHERE o.record_id = :id AND (o.stream LIKE 'exchange/%' OR o.stream LIKE 'use/%')"
)


@dataclass(frozen=True)
class Acknowledgement:
    """An agency said that it has the receipt of a record."""

    record_id: UUID
    agency_id: AgencyId
    acknowledged_at: datetime


@dataclass(frozen=True)
class Opening:
    """Salt and value behind the commitment `digest` in a record of an exchange."""

    digest: bytes
    field: str
    salt: bytes
    value: str


async def get(v: View | Tx, record_id: UUID) -> Written:
    """The record, of any exchange or use; who may see it, its object says. Refusal NOT_FOUND."""
    row = (await v.conn.execute(_RECORD, {"id": record_id})).one_or_none()
    if row is None:
        raise not_found(str(record_id))
    leaf = None if row.leaf_hash is None else bytes(row.leaf_hash)
    return Written(row.record_id, row.stream, row.type, bytes(row.note), row.place, leaf)


async def list_acknowledgements(v: View | Tx, record_id: UUID) -> list[Acknowledgement]:
    """Who acknowledged the receipt of this record, the first one first."""
    table = acknowledgements
    query = sa.select(table).where(table.c.record_id == record_id).order_by(table.c.acknowledged_at)
    return [
        Acknowledgement(row["record_id"], AgencyId(row["agency_id"]), row["acknowledged_at"])
        for row in (await v.conn.execute(query)).mappings()
    ]


async def list_openings(v: View, exchange_id: ExchangeId) -> list[Opening]:
    """What opens the commitments in the records of the exchange; nothing once it was erased."""
    query = sa.text(
        "SELECT digest, stream, field, sealed FROM disclosures WHERE stream = :stream ORDER BY digest"
    )
    openings = []
    for row in await v.conn.execute(query, {"stream": exchange_id.stream}):
        try:
            opened = v.secrets.open_disclosure(row.stream, row.field, row.digest, row.sealed)
        except Erased:
            return []
        openings.append(Opening(bytes(row.digest), row.field, opened.salt, opened.value))
    return openings


async def add(tx: Tx, permit: Permit, fact: ReceiptAcknowledged) -> Acknowledgement:
    """Record that a receipt was acknowledged, and write its row."""
    tx.record(permit, fact)
    made = Acknowledgement(UUID(fact.record_id), fact.agency_id, tx.now)
    row = {**vars(made), "exchange_id": fact.owner}
    await tx.add(fact, acknowledgements, row)
    return made
