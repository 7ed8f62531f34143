"""Records with their places in the ledger, and who acknowledged the receipts of those of an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import (
    AgencyId,
    AgreementId,
    ComparisonId,
    DataUseId,
    DisputeId,
    ExchangeId,
    PurposeId,
)
from data_exchange.domain.receipts import ReceiptAcknowledged, Written
from data_exchange.store import agreements, comparisons, datarequests, disputes, exchanges, purposes, uses
from data_exchange.store.tables_receipts import acknowledgements

_RECORD = sa.text(
    "SELECT o.record_id, o.stream, o.type, o.note, r.index AS place, r.leaf_hash"
    " FROM outbox o LEFT JOIN receipts r USING (record_id)"
    " WHERE o.record_id = :id AND split_part(o.stream, '/', 1) = ANY (:nouns)"
)
_NOUNS: Final = tuple(
    kind.noun for kind in (ExchangeId, ComparisonId, DataUseId, DisputeId, AgreementId, PurposeId)
)
"""The nouns of the streams whose records have receipts."""


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
    """The record of any object that has receipts; who may see it, `find_resource` says. Refusal NOT_FOUND."""
    row = (await v.conn.execute(_RECORD, {"id": record_id, "nouns": list(_NOUNS)})).one_or_none()
    if row is None:
        raise not_found(str(record_id))
    leaf = None if row.leaf_hash is None else bytes(row.leaf_hash)
    return Written(row.record_id, row.stream, row.type, bytes(row.note), row.place, leaf)


async def find_resource(v: View, record: Written) -> Resource | None:
    """The object of the record as the policy sees it; None where the caller sees no such object."""
    actor = v.mandate.actor
    noun, _, name = record.stream.partition("/")
    match noun:
        case ExchangeId.noun:
            return await _exchange(v, ExchangeId(name))
        case ComparisonId.noun:
            comparison = await comparisons.find(v, ComparisonId(name))
            return comparisons.resource(comparison) if comparison else None
        case DataUseId.noun:
            use = await uses.find(v, DataUseId(name))
            return uses.resource(use, actor) if use else None
        case DisputeId.noun:
            dispute = await disputes.find(v, DisputeId(name))
            return disputes.resource(dispute, actor) if dispute else None
        case AgreementId.noun:
            agreement = await agreements.find(v, AgreementId(name))
            return agreements.resource(agreement, actor) if agreement else None
        case _:
            purpose = await purposes.find(v, PurposeId(name))
            return purposes.resource(purpose, actor) if purpose else None


async def _exchange(v: View, exchange_id: ExchangeId) -> Resource | None:
    """A request for data has receipts before its exchange begins."""
    exchange = await exchanges.find(v, exchange_id)
    if exchange is not None:
        return exchanges.resource(exchange, v.mandate.actor)
    request = await datarequests.find(v, exchange_id)
    return datarequests.resource(request, v.mandate.actor) if request else None


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
