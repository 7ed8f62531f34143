"""Money that is not owed goes back: an officer asks, the finance department approves, the bank returns it."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.banking import FromBank, Signed, entering
from case.api.views import case_view, hand_of
from case.contract import CaseView
from case.contract.refunds import RefundApprovalOrder, RefundCallback, RefundOrder, RefundReceiptView
from case.domain.refunding import approve_refund, ask_refund, note_refund, require_same_refund
from case.runtime import Run
from case.store import cases, dossiers, refunds
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post("/v1/cases/{case_id}/refunds", summary="提请退款 · Ask for a refund", status_code=201)
async def ask(
    case_id: CaseId,
    order: RefundOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ASK_REFUND))],
) -> CaseView:
    """One of the two officers asks the finance department to return what is not owed."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        case = await cases.save(
            tx, permit, case, ask_refund(case, number=order.number, hand=hand_of(mandate))
        )
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/refunds/{number}/approval", summary="批准退款 · Approve a refund", status_code=201
)
async def approve(
    case_id: CaseId,
    number: int,
    order: RefundApprovalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_REFUND))],
) -> CaseView:
    """The finance department approves what another person asked for. Only confirmed payments go back."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = approve_refund(
            case, number=number, interest_fen=order.interest_fen, hand=hand_of(mandate), at=tx.now
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/refund-callbacks", summary="银行退款通知 · The bank gives notice of a refund", status_code=201
)
async def notice_refund(body: Signed, order: RefundCallback, db: Db, mandate: FromBank) -> RefundReceiptView:
    """The bank returned the money. The serial is the key: a repeat is answered as before."""
    digest = sha256(body).digest()
    async with change(db, entering(mandate)) as tx:
        case = await cases.lock(tx, await refunds.get_case_of(tx, order.reference))
        permit = tx.permit(cases.obligation(case))
        # Read again under the lock: the same notice may have been entered meanwhile.
        known = await refunds.find_by_serial(tx, order.serial)
        if known is not None:
            require_same_refund(order.serial, digest, known.notice)
        else:
            fact = note_refund(
                case,
                reference=order.reference,
                serial=order.serial,
                amount_fen=order.amount_fen,
                refunded_at=order.refunded_at,
                notice=digest,
                at=tx.now,
            )
            await cases.save(tx, permit, case, fact)
        return RefundReceiptView(
            reference=order.reference, serial=order.serial, amount_fen=order.amount_fen, case_id=case.id
        )
