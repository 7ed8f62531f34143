"""The payments that the bank noticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from case.domain.contents import Receipt
from case.domain.paying import BankNotice, CasePaid, PaymentDiffered, PaymentDifferenceSettled
from case.domain.procedure import Case
from case.store import tables
from common.door.uow import Tx
from common.policy import not_found
from common.values.ids import CaseId


@dataclass(frozen=True)
class NoticedPayment:
    """A payment as it was entered. `notice` is the SHA-256 of the bank's signed bytes.

    `is_from_file`: those were the file of the day, and no notice had told of it.
    """

    serial: str
    case_id: CaseId
    reference: str
    amount_fen: int
    surcharge_fen: int
    paid_at: datetime
    channel: str
    notice: bytes
    is_from_file: bool
    settled_notice: bytes | None

    def is_settled_by(self, bank: BankNotice) -> bool:
        """Whether `bank` is the corrected notice by which the amount was settled."""
        return self.settled_notice == bank.notice

    @property
    def told(self) -> BankNotice:
        """What the bank said of it, but for its receipt."""
        return BankNotice(
            self.reference, self.serial, self.amount_fen, self.paid_at, self.channel, None, self.notice
        )


async def find(tx: Tx, serial: str) -> NoticedPayment | None:
    """The payment with the bank's `serial`, if the bank noticed it before."""
    query = sa.select(tables.payments).where(tables.payments.c.serial == serial)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return None
    return NoticedPayment(
        row.serial,
        CaseId(row.case_id),
        row.reference,
        row.amount_fen,
        row.surcharge_fen,
        row.paid_at,
        row.channel,
        bytes(row.notice_sha256),
        row.file_sha256 == row.notice_sha256,
        bytes(row.settled_notice_sha256) if row.settled_notice_sha256 else None,
    )


async def get(tx: Tx, serial: str) -> NoticedPayment:
    """The payment with the bank's `serial`. Refusal NOT_FOUND if there is none."""
    payment = await find(tx, serial)
    if payment is None:
        raise not_found(serial)
    return payment


def receipt_columns(receipt: Receipt | None) -> dict[str, str | None]:
    """The columns of a payment for its receipt, null without one."""
    return {
        "receipt_number": receipt.number if receipt else None,
        "receipt_code": receipt.code if receipt else None,
        "receipt_url": receipt.verification_url if receipt else None,
    }


async def write_difference(tx: Tx, case: Case, fact: PaymentDiffered) -> None:
    """The file of `fact` joins the files that differ about its payment. `case` is the case after `fact`."""
    assert case.payment is not None
    part = next(each for each in case.payment.parts if each.serial == fact.serial)
    named = {"differed_in": list(part.differed_in), "filed_fen": fact.filed_fen, "filed_on": fact.day}
    await tx.set(fact, tables.payments, {"serial": fact.serial}, named)


async def write_settlement(tx: Tx, case: Case, fact: PaymentDifferenceSettled) -> None:
    """The amount of `fact` holds for its payment. `case` is the case after `fact`."""
    assert case.payment is not None
    part = next(each for each in case.payment.parts if each.serial == fact.serial)
    settled: dict[str, Any] = {
        "amount_fen": fact.amount_fen,
        "settled": part.settled,
        "settled_by": fact.by,
        "settled_notice_sha256": fact.notice,
    }
    if fact.file_sha256 is not None:
        settled |= {"reconciled_on": fact.reconciled_on, "file_sha256": fact.file_sha256}
    await tx.set(fact, tables.payments, {"serial": fact.serial}, settled)


async def write_payment(tx: Tx, fact: CasePaid) -> None:
    """The row of a payment that `fact` enters."""
    row = {
        "serial": fact.serial,
        "case_id": fact.owner,
        "reference": fact.payment_reference,
        "amount_fen": fact.amount_fen,
        "surcharge_fen": fact.surcharge_fen,
        "paid_at": fact.paid_at,
        "channel": fact.channel,
        **receipt_columns(fact.receipt),
        "notice_sha256": fact.notice,
    }
    await tx.add(fact, tables.payments, row)
