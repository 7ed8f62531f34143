"""What a case holds of its orders to correct (责令改正)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from common.values.ids import DocumentId


@dataclass(frozen=True)
class CorrectionOrder:
    """One order to correct. `days` run from its service; 0 means at once.

    `alone`: it is a document of its own (D-03), with a service of its own; the others stand in a decision and are
    served with it. `complied` is None until an officer looked.
    """

    document_id: DocumentId
    alone: bool
    ordered_at: datetime
    days: int
    service_ordered: bool = False
    served_at: datetime | None = None
    correct_by: date | None = None
    complied: bool | None = None
    checked_at: datetime | None = None


Orders = tuple[CorrectionOrder, ...]


def named(orders: Orders, document_id: DocumentId) -> CorrectionOrder | None:
    """The order that this document gives, if it gives one."""
    return next((order for order in orders if order.document_id == document_id), None)


def running_order(orders: Orders) -> CorrectionOrder | None:
    """The latest order whose days run: it was served, and no officer looked yet."""
    running = (each for each in reversed(orders) if each.served_at is not None and each.complied is None)
    return next(running, None)


def changed(orders: Orders, document_id: DocumentId, **values: Any) -> Orders:
    """`orders` with other values in the one that this document gives."""
    return tuple(replace(order, **values) if order.document_id == document_id else order for order in orders)
