"""Receipts on the wire."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.values.ids import AgencyId, DataUseId, ExchangeId
from common.web.wire import Digest, In, Out


class ReceiptAcknowledgementOrder(In):
    """The caller has the receipt. `leaf_hash` is the one that its proof leads from, in lowercase hex."""

    leaf_hash: Digest


class ReceiptAcknowledgementView(Out):
    """An agency has the receipt of a record."""

    agency_id: AgencyId
    acknowledged_at: datetime


class ExchangeReceiptView(Out):
    """The receipt of one record: `receipt` is its name, such as `assistance.refused` or `assistance.overdue`.

    `object` is the stream of the record: of an exchange, a comparison, a use of data, a dispute, an agreement or a
    purpose. `exchange_id` and `use_id` name the object where it is one of these two.

    `entry` is the exact entry of the ledger in base64, with the record's signed note in it. `proof` leads from
    `leaf_hash` to `checkpoint`, a signed note; both are texts that every verifier of the ledger reads.
    """

    record_id: UUID
    object: str
    exchange_id: ExchangeId | None
    use_id: DataUseId | None
    receipt: str
    record_type: str
    recorded_at: datetime
    index: int
    leaf_hash: str
    entry: str
    proof: str
    checkpoint: str
    acknowledgements: list[ReceiptAcknowledgementView]
