"""The receiver's acts in a transfer: it is received, accepted or returned or forwarded, and its result is told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId, OfficerId
from common.web.auth import Allow, Db
from data_exchange.api.transferviews import transfer_view
from data_exchange.api.views import terms_of
from data_exchange.contract.transfers import (
    CaseTransferView,
    FilingOrder,
    ForwardingOrder,
    ResultOrder,
    ReturnOrder,
    TransferReceiptOrder,
)
from data_exchange.documents.addresses import require_agency
from data_exchange.domain import receiving, reconsidering
from data_exchange.domain.transfers import Filing, Outcome
from data_exchange.packages import manifest
from data_exchange.runtime import Run
from data_exchange.store import transfers
from data_exchange.store.papers import AnswerTexts
from data_exchange.store.transfers import RECEIPT, NoteTexts

router = APIRouter()

Answering = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_ANSWER))]
Receiving = Annotated[Mandate, Depends(Allow(Action.TRANSFER_RECEIVE))]


@router.post(
    "/v1/case-transfers/{exchange_id}/receipt", summary="签收移送 · Sign for a transfer", status_code=201
)
async def receive(
    exchange_id: ExchangeId, order: TransferReceiptOrder, db: Db, runtime: Run, mandate: Receiving
) -> CaseTransferView:
    """Tell the digest of every file that arrived. The receipt is signed once all are those of the manifest."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        officer_id, digests = OfficerId(mandate.actor.id), {file.n: file.sha256 for file in order.files}
        sha256 = order.manifest_sha256
        signed = manifest.receipt(db.signer, transfer, sha256, digests, officer_id=officer_id, at=tx.now)
        fact = receiving.receive(
            transfer,
            sha256,
            digests,
            agency_id=mandate.actor.agency_id,
            officer_id=officer_id,
            receipt_sha256=signed.sha256,
            terms=terms_of(runtime),
            at=tx.now,
        )
        note = NoteTexts(RECEIPT, signed.sha256, signed.note)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=note)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/acceptance", summary="受理移送 · Accept a transfer", status_code=201
)
async def accept(
    exchange_id: ExchangeId, order: FilingOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseTransferView:
    """Accept the case and say whether it is filed (立案), in writing with reasons (NJ 19; CrimT 8)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = receiving.accept(
            transfer,
            Filing(order.filing),
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(exchange_id, "acceptance", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = AnswerTexts("ACCEPTANCE", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/return", summary="退回移送 · Return a transfer", status_code=201
)
async def return_it(
    exchange_id: ExchangeId, order: ReturnOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseTransferView:
    """Return a case that the receiver is not competent for (R1), naming the competent agency (NJ 19)."""
    if order.competent_agency_id is not None:
        await require_agency(runtime, order.competent_agency_id)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = receiving.return_it(
            transfer,
            agency_id=mandate.actor.agency_id,
            competent_agency_id=order.competent_agency_id,
            reason=await tx.commit_to(exchange_id, "refusal", order.reason),
        )
        texts = AnswerTexts("REFUSAL", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/forwarding",
    summary="转送有管辖权的机关 · Forward a transfer",
    status_code=201,
)
async def forward(
    exchange_id: ExchangeId, order: ForwardingOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseTransferView:
    """Forward a suspected crime to the police that are competent, within 24 hours (CrimT 7)."""
    await require_agency(runtime, order.competent_agency_id)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = receiving.forward(
            transfer,
            order.competent_agency_id,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(exchange_id, "forwarding", order.reason),
            at=tx.now,
        )
        texts = AnswerTexts("MESSAGE", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/reconsideration-decision",
    summary="复议决定 · Decide a reconsideration",
    status_code=201,
)
async def decide_reconsideration(
    exchange_id: ExchangeId, order: FilingOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseTransferView:
    """Decide again whether the case is filed, within three days, in writing (CrimT 9)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = reconsidering.decide_reconsideration(
            transfer,
            Filing(order.filing),
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(exchange_id, "reconsideration_decision", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = AnswerTexts("ACCEPTANCE", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post("/v1/case-transfers/{exchange_id}/result", summary="反馈结果 · Tell the result", status_code=201)
async def give_result(
    exchange_id: ExchangeId, order: ResultOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseTransferView:
    """Tell the sender the result of the case that was filed (NJ 19)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = receiving.give_result(
            transfer,
            Outcome(order.outcome),
            agency_id=mandate.actor.agency_id,
            content=await tx.commit_to(exchange_id, "result", order.text),
            decided_at=order.decided_at,
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = AnswerTexts("DELIVERY", order.text)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))
