"""The bank's notices of payment."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from case.api.views import terms_of
from case.contract import SIGNATURE_HEADER, PaymentCallback, PaymentReceiptView
from case.domain.bank import require_signed
from case.domain.performance import BankNotice, pay, require_repeat
from case.runtime import Run, bank_key
from case.store import cases, payments
from case.store.payments import NoticedPayment
from common.door.uow import change
from common.policy import Action, Mandate, authorize, service_actor
from common.web.auth import Allow, Db

router = APIRouter()


async def _signed_body(request: Request, runtime: Run) -> bytes:
    """The body's bytes, which the bank signed."""
    body = await request.body()
    require_signed(bank_key(runtime.settings.keys), body, request.headers.get(SIGNATURE_HEADER, ""))
    return body


@router.post(
    "/v1/payment-callbacks", summary="银行到账通知 · The bank gives notice of a payment", status_code=201
)
async def notice_payment(
    body: Annotated[bytes, Depends(_signed_body)],
    order: PaymentCallback,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PAY, keyed=False))],
) -> PaymentReceiptView:
    """A fine was paid at the bank (APL 67). The serial is the key: a repeat is answered like the first."""
    notice = BankNotice(
        order.reference,
        order.serial,
        order.amount_fen,
        order.paid_at,
        order.channel,
        order.receipt_number,
        sha256(body).digest(),
    )
    # Anyone may send a notice. If the bank signed it, the service enters it, as its own act on record.
    entering = authorize(service_actor("case"), Action.CASE_ENTER_PAYMENT, records=mandate.records)
    async with change(db, entering) as tx:
        case = await cases.lock_by_reference(tx, order.reference)
        permit = tx.permit(cases.obligation(case))
        known = await payments.find(tx, order.serial)
        if known is not None:
            require_repeat(notice, known.notice)
            return _view(known)
        facts = pay(case, notice, terms=terms_of(runtime), at=tx.now)
        await cases.save(tx, permit, case, *facts)
        return _view(await payments.get(tx, order.serial))


def _view(payment: NoticedPayment) -> PaymentReceiptView:
    shown = {name: getattr(payment, name) for name in PaymentReceiptView.model_fields}
    return PaymentReceiptView(**shown)
