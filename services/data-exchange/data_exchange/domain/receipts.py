"""Receipts: a record with its place in the ledger. Accepting, refusing and silence give the same kind of receipt.

A receipt is nothing that is made beside the record: the record is signed, and the ledger proves where it lies. The
other side may put on record that it has the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId
from common.values.law import NJ_18_1
from data_exchange.domain.exchange import Exchange, OfExchange, Side


@dataclass(frozen=True)
class Meaning:
    """What a record says as a receipt. `side` made it, None where the period or the service did."""

    receipt: str
    side: Side | None


MEANINGS: Final = {
    "exchange.requested": Meaning("assistance.sent", Side.SENDER),
    "exchange.acknowledged": Meaning("assistance.received", Side.RECEIVER),
    "exchange.accepted": Meaning("assistance.accepted", Side.RECEIVER),
    "exchange.refused": Meaning("assistance.refused", Side.RECEIVER),
    "exchange.fulfilled": Meaning("assistance.fulfilled", Side.RECEIVER),
    "exchange.withdrawn": Meaning("assistance.withdrawn", Side.SENDER),
    "exchange.closed": Meaning("assistance.closed", Side.SENDER),
    "exchange.overdue": Meaning("assistance.overdue", None),
    "exchange.urged": Meaning("assistance.urged", Side.SENDER),
    "exchange.escalated": Meaning("assistance.escalated", Side.SENDER),
    "exchange.transfer_dispatched": Meaning("transfer.dispatched", Side.SENDER),
    "exchange.transfer_received": Meaning("transfer.received", Side.RECEIVER),
    "exchange.transfer_accepted": Meaning("transfer.accepted", Side.RECEIVER),
    "exchange.transfer_returned": Meaning("transfer.returned", Side.RECEIVER),
    "exchange.transfer_forwarded": Meaning("transfer.forwarded", Side.RECEIVER),
    "exchange.transfer_result_given": Meaning("transfer.result", Side.RECEIVER),
    "exchange.file_fetched": Meaning("bundle.downloaded", None),
    "exchange.receipt.acknowledged": Meaning("response.acknowledged", None),
}
"""The receipt that each record type is; docs/EXCHANGE.md prints them. A type that is not here is its own receipt."""


def meaning_of(record_type: str) -> Meaning:
    return MEANINGS.get(record_type, Meaning(record_type, None))


@dataclass(frozen=True)
class Written:
    """One record of this service. `index` and `leaf_hash` are its place in the ledger, None until it has one."""

    record_id: UUID
    stream: str
    type: str
    note: bytes
    index: int | None
    leaf_hash: bytes | None


@dataclass(frozen=True)
class ReceiptAcknowledged(OfExchange):
    """An agency has the receipt of record `record_id`, whose leaf in the ledger is `leaf_hash`."""

    type: ClassVar[str] = "exchange.receipt.acknowledged"
    agency_id: AgencyId
    record_id: str
    leaf_hash: str


def acknowledge_receipt(
    exchange: Exchange,
    record: Written,
    *,
    agency_id: AgencyId | None,
    leaf_hash: str,
    by: frozenset[AgencyId],
) -> ReceiptAcknowledged:
    """Put on record that the other side has the receipt. `by` are the agencies that have acknowledged it already.

    The side that made the record cannot acknowledge it to itself; a period that passed in silence was made by neither.
    The caller names the leaf that its receipt proves, so that nobody acknowledges a receipt that was altered.
    """
    side = exchange.side_of(agency_id)
    maker = meaning_of(record.type).side
    if agency_id is None or side is None or side is maker:
        wanted = Side.RECEIVER if maker is Side.SENDER else Side.SENDER
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_OTHER_SIDE", {"exchange": exchange.id, "side": wanted}, article=NJ_18_1
        )
    if record.leaf_hash is None or record.leaf_hash.hex() != leaf_hash:
        raise Refusal(
            RefusalKind.INVALID, "DX_RECEIPT_DIFFERS", {"record": record.record_id}, article=NJ_18_1
        )
    if agency_id in by:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_RECEIPT_ACKNOWLEDGED", {"record": record.record_id}, article=NJ_18_1
        )
    return ReceiptAcknowledged(exchange.id, agency_id, str(record.record_id), leaf_hash)
