"""The rows of refunds, and the refund that the bank's reference names."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import assert_never

import sqlalchemy as sa

from case.domain.procedure import Case
from case.domain.refunding import CaseRefunded, RefundApproved, RefundAsked, RefundOpened, RefundWithdrawn
from case.store.refundrows import refunds
from common.door.uow import Tx
from common.policy import not_found
from common.values.ids import CaseId


@dataclass(frozen=True)
class NoticedRefund:
    """A refund that the bank told of. `notice` is the SHA-256 of the signed bytes."""

    case_id: CaseId
    notice: bytes


async def get_case_of(tx: Tx, reference: str) -> CaseId:
    """The case whose refund this reference names. Refusal NOT_FOUND if there is none."""
    query = sa.select(refunds.c.case_id).where(refunds.c.reference == reference)
    case_id = (await tx.conn.execute(query)).scalar_one_or_none()
    if case_id is None:
        raise not_found(reference)
    return CaseId(case_id)


async def find_by_serial(tx: Tx, serial: str) -> NoticedRefund | None:
    """The refund that the bank told under `serial`."""
    query = sa.select(refunds.c.case_id, refunds.c.notice_sha256).where(refunds.c.serial == serial)
    row = (await tx.conn.execute(query)).one_or_none()
    return NoticedRefund(CaseId(row.case_id), bytes(row.notice_sha256)) if row else None


async def write(
    tx: Tx, case: Case, fact: RefundOpened | RefundWithdrawn | RefundAsked | RefundApproved | CaseRefunded
) -> None:
    """Write what `fact` says of its refund. `case` is the case after it."""
    key = {"case_id": case.id, "number": fact.number}
    match fact:
        case RefundOpened():
            refund = next(each for each in case.refunds if each.number == fact.number)
            await tx.add(fact, refunds, {"case_id": case.id} | asdict(refund))
        case RefundWithdrawn():
            await tx.set(fact, refunds, key, {"withdrawn": True})
        case RefundAsked():
            await tx.set(fact, refunds, key, {"asked_by": fact.by})
        case RefundApproved():
            approved = {
                "approved_by": fact.by,
                "approved_at": fact.approved_at,
                "interest_fen": fact.interest_fen,
            }
            await tx.set(fact, refunds, key, approved)
        case CaseRefunded():
            told = {"refunded_at": fact.refunded_at, "serial": fact.serial, "notice_sha256": fact.notice}
            await tx.set(fact, refunds, key, told)
        case _:
            assert_never(fact)
