"""The bank's notices of payment."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from case import store
from case.api.views import terms_of
from case.bank import SIGNATURE_HEADER, bank_key, require_signed
from case.contract import PaymentCallback, PaymentReceiptView
from case.domain.performance import BankNotice, is_repeat, pay
from case.runtime import Run
from common.door.uow import change
from common.policy import Action, Mandate, authorize, service_actor
from common.values.ids import CaseId
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
    # A stranger may knock; what the bank signed is entered by the service, as its own act on record.
    entering = authorize(service_actor("case"), Action.CASE_ENTER_PAYMENT, records=mandate.records)
    async with change(db, entering) as tx:
        case = await store.lock_by_reference(tx, order.reference)
        permit = tx.permit(store.obligation(case))
        known = await store.find_payment(tx, order.serial)
        if not is_repeat(notice, bytes(known["notice_sha256"]) if known else None):
            facts = pay(case, notice, terms=terms_of(runtime), at=tx.now)
            await store.save(tx, permit, case, *facts)
            known = await store.find_payment(tx, order.serial)
        assert known is not None
        fields = {name: known[name] for name in PaymentReceiptView.model_fields}
        return PaymentReceiptView(**fields | {"case_id": CaseId(known["case_id"])})
