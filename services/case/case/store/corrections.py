"""The orders to correct of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, assert_never

from case.domain.corrections import CorrectionOrder, named, running_order
from case.domain.ordering import CorrectionChecked, CorrectionOrdered, CorrectionOrderServed
from case.domain.procedure import Case
from case.domain.redating import DeadlineRedated
from case.domain.reserving import ServiceDateProven
from case.domain.serving import ServiceFailed, ServiceOrdered
from case.store import tables
from case.store.correctiontables import correction_orders
from case.store.correctiontexts import OrderedCorrection
from case.store.texts import Texts, given, seal
from common.door.uow import Tx
from common.values.ids import DocumentId


async def write(
    tx: Tx,
    case: Case,
    fact: CorrectionOrdered | CorrectionOrderServed | CorrectionChecked | ServiceOrdered | ServiceFailed,
    texts: Texts | None,
) -> None:
    """The row of the order that `fact` is about, as `case` holds it after the fact; nothing for another document."""
    order = named(case.correction_orders, fact.document_id)
    if order is None:
        return
    key = {"document_id": fact.document_id}
    match fact:
        case CorrectionOrdered():
            made = given(texts, OrderedCorrection)
            if made.document is not None:
                await tx.add(fact, tables.documents, asdict(made.document))
            row = asdict(order) | {"case_id": case.id}
            sealed = await seal(tx.secrets, correction_orders, row, made.texts)
            await tx.add(fact, correction_orders, row | {"sealed": sealed})
        case CorrectionOrderServed():
            changed = {"service_ordered": False, "served_at": order.served_at, "correct_by": order.correct_by}
            await tx.set(fact, correction_orders, key, changed)
        case CorrectionChecked():
            seen = {
                "complied": fact.complied,
                "checked_at": fact.checked_at,
                "proof_sha256": fact.proof_sha256,
            }
            await tx.set(fact, correction_orders, key, seen)
        case ServiceOrdered() | ServiceFailed():
            await tx.set(fact, correction_orders, key, {"service_ordered": order.service_ordered})
        case _:
            assert_never(fact)


async def write_moved(tx: Tx, case: Case, fact: DeadlineRedated | ServiceDateProven) -> None:
    """The day and the last day of an order, where another day of its service or a notice moved them."""
    if isinstance(fact, ServiceDateProven):
        order = named(case.correction_orders, fact.document_id)
    else:
        order = running_order(case.correction_orders) if fact.deadline.rule == "correct" else None
    if order is not None:
        moved = {"served_at": order.served_at, "correct_by": order.correct_by}
        await tx.set(fact, correction_orders, {"document_id": order.document_id}, moved)


def order_of(row: Mapping[Any, Any]) -> CorrectionOrder:
    """The order that `row` holds."""
    return CorrectionOrder(
        DocumentId(row["document_id"]),
        row["alone"],
        row["ordered_at"],
        row["days"],
        row["service_ordered"],
        row["served_at"],
        row["correct_by"],
        row["complied"],
        row["checked_at"],
    )
