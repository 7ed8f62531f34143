"""The bank's notices of payment, its file of the day, and the receipts of the finance department."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from case.api.banking import FromBank, Signed, entering, notice_of
from case.api.views import case_view, hand_of, terms_of
from case.contract import (
    CaseView,
    PaymentCallback,
    PaymentReceiptOrder,
    PaymentReceiptView,
    ReconciliationFile,
    ReconciliationLine,
    ReconciliationView,
)
from case.contract.paying import DifferenceView, ReceiptOrder, SettlementOrder
from case.domain.contents import Receipt
from case.domain.facts import CaseFact
from case.domain.paying import (
    BankNotice,
    PaymentDiffered,
    bring_receipt,
    enter_receipt,
    is_payable,
    pay,
    reconcile,
    require_repeat,
    settle_difference,
)
from case.domain.procedure import Case, after
from case.domain.refunding import settle_money, settle_surplus
from case.runtime import CaseRuntime, Run
from case.store import cases, dossiers, payments
from case.store.payments import NoticedPayment
from common.door.uow import Database, change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()

RECONCILED: Final = "RECONCILED"
KNOWN: Final = "KNOWN"
UNKNOWN: Final = "UNKNOWN_REFERENCE"
REFERENCE_DIFFERS: Final = "REFERENCE_DIFFERS"
DIFFERS: Final = "AMOUNT_DIFFERS"
NOT_ENTERED: Final = "NOT_ENTERED"


@router.post(
    "/v1/payment-callbacks", summary="银行到账通知 · The bank gives notice of a payment", status_code=201
)
async def notice_payment(
    body: Signed, order: PaymentCallback, db: Db, runtime: Run, mandate: FromBank
) -> PaymentReceiptView:
    """A fine, or a part of it, was paid at the bank (APL 67). The serial is the key: a repeat is answered as before.

    The case is performed once the bank's file of the day confirms what was paid. What nobody owes opens a refund.
    """
    notice = _notice(order, order.receipt, sha256(body).digest())
    async with change(db, entering(mandate)) as tx:
        case = await cases.lock_by_reference(tx, order.reference)
        permit = tx.permit(cases.obligation(case))
        known = await payments.find(tx, order.serial)
        if known is not None:
            if not known.is_settled_by(notice):
                require_repeat(notice, known.told, is_from_file=known.is_from_file)
            brought = bring_receipt(case, notice)
            await cases.save(tx, permit, case, *([brought] if brought else []))
            return _view(known)
        paid = pay(case, notice, at=tx.now)
        surplus = settle_surplus(after(case, paid), terms=terms_of(runtime), at=tx.now)
        await cases.save(tx, permit, case, paid, *surplus)
        return _view(await payments.get(tx, order.serial))


@router.post("/v1/reconciliation-files", summary="银行日终对账 · The bank's file of the day", status_code=201)
async def reconcile_day(
    body: Signed, order: ReconciliationFile, db: Db, runtime: Run, mandate: FromBank
) -> ReconciliationView:
    """Confirm the payments of a day by the bank's books. What does not agree is named, and changes nothing.

    A payment in the file that no notice told is entered: the bank signed the file too. A repeat changes nothing.
    """
    digest = sha256(body).digest()
    outcomes = [await _line(db, runtime, mandate, order, line, digest) for line in order.lines]
    return ReconciliationView(
        day=order.day,
        reconciled=outcomes.count(RECONCILED),
        known=outcomes.count(KNOWN),
        differences=[
            DifferenceView(
                reference=line.reference, serial=line.serial, amount_fen=line.amount_fen, cause=outcome
            )
            for line, outcome in zip(order.lines, outcomes, strict=True)
            if outcome not in (RECONCILED, KNOWN)
        ],
    )


@router.post(
    "/v1/cases/{case_id}/receipts", summary="登记财政票据 · Enter the receipt of a payment", status_code=201
)
async def receive_receipt(
    case_id: CaseId,
    order: PaymentReceiptOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ENTER_RECEIPT))],
) -> CaseView:
    """Enter the finance department's e-receipt of a payment (NJ 16(2)), at any time before the case is closed."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = enter_receipt(
            case, serial=order.serial, receipt=_receipt(order), by=hand_of(mandate).officer_id
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/payment-differences",
    summary="处理对账差异 · Settle which amount of a payment holds",
    status_code=201,
)
async def settle(
    case_id: CaseId,
    order: SettlementOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_SETTLE_DIFFERENCE))],
) -> CaseView:
    """Settle a payment for which the bank's notice and its file name two amounts, by the bank's corrected notice.

    The order holds that notice, byte for byte, under the bank's signature: no clerk says what was paid.
    """
    told, digest = notice_of(order.notice, order.signature, runtime)
    notice = _notice(told, told.receipt, digest)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        settled = settle_difference(case, notice, by=hand_of(mandate).officer_id)
        facts = settle_money(after(case, settled), terms=terms_of(runtime), at=tx.now)
        case = await cases.save(tx, permit, case, settled, *facts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


async def _line(
    db: Database,
    runtime: CaseRuntime,
    mandate: Mandate,
    file: ReconciliationFile,
    line: ReconciliationLine,
    digest: bytes,
) -> str:
    """What becomes of one line, in a change of its own: a line that differs keeps no other from being confirmed."""
    async with change(db, entering(mandate)) as tx:
        case = await cases.find_by_reference(tx, line.reference)
        known = await payments.find(tx, line.serial)
        if known is not None and known.reference != line.reference:
            return REFERENCE_DIFFERS
        if case is None:
            return UNKNOWN
        permit = tx.permit(cases.obligation(case))
        facts: list[CaseFact] = []
        if known is None:
            notice = _notice(line, None, digest)
            if not is_payable(case, notice, at=tx.now):
                return NOT_ENTERED
            facts.append(pay(case, notice, at=tx.now))
        compared = reconcile(
            _after(case, facts),
            serial=line.serial,
            amount_fen=line.amount_fen,
            day=file.day,
            file_sha256=digest,
        )
        if compared is None:
            return DIFFERS if known is not None and known.amount_fen != line.amount_fen else KNOWN
        facts.append(compared)
        facts += settle_money(_after(case, facts), terms=terms_of(runtime), at=tx.now)
        await cases.save(tx, permit, case, *facts)
        return DIFFERS if isinstance(compared, PaymentDiffered) else RECONCILED


def _after(case: Case, facts: list[CaseFact]) -> Case:
    for fact in facts:
        case = after(case, fact)
    return case


def _notice(
    line: PaymentCallback | ReconciliationLine, receipt: ReceiptOrder | None, digest: bytes
) -> BankNotice:
    return BankNotice(
        line.reference,
        line.serial,
        line.amount_fen,
        line.paid_at,
        line.channel,
        _receipt(receipt) if receipt else None,
        digest,
    )


def _receipt(order: ReceiptOrder) -> Receipt:
    return Receipt(order.receipt_no, order.receipt_code, order.verification_url)


def _view(payment: NoticedPayment) -> PaymentReceiptView:
    shown = {name: getattr(payment, name) for name in PaymentReceiptView.model_fields}
    return PaymentReceiptView(**shown)
