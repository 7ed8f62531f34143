"""Purposes under an agreement: each call names one."""

from __future__ import annotations

from fastapi import APIRouter

from common.door.uow import change, view
from common.values.ids import AgreementId, PurposeId
from common.web.auth import Db
from data_exchange.api.partners import Applying, Deciding, Reading
from data_exchange.api.partnerviews import purpose_view
from data_exchange.contract.agreements import PurposeOrder, PurposeView, RejectionOrder
from data_exchange.contract.partners import EmptyOrder, ReasonOrder
from data_exchange.domain import purposes as rules
from data_exchange.domain.exchange import Purpose as PurposeCode
from data_exchange.store import agreements, purposes
from ledger.canonical import canonical

router = APIRouter()


@router.post(
    "/v1/agreements/{agreement_id}/purposes", summary="申报使用目的 · Draft a purpose", status_code=201
)
async def draft_purpose(
    agreement_id: AgreementId, order: PurposeOrder, db: Db, mandate: Applying
) -> PurposeView:
    """Write down what the data is used for, on which article and power (GDS 25)."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        purpose_id = PurposeId.new(tx.now)
        basis = canonical([order.basis.name, order.basis.article]).decode()
        fact = rules.draft(
            purpose_id,
            agreement,
            agency_id=mandate.actor.agency_id,
            code=PurposeCode(order.code),
            power_item=order.power_item,
            case_type=order.case_type,
            daily_calls=order.daily_calls,
            basis=await tx.commit_to(purpose_id, "basis", basis),
        )
        return tx.answer(purpose_view(await purposes.add(tx, permit, fact)))


@router.get("/v1/purposes/{purpose_id}", summary="使用目的 · Read one purpose")
async def get_purpose(purpose_id: PurposeId, db: Db, mandate: Reading) -> PurposeView:
    """One purpose with its state."""
    async with view(db, mandate) as v:
        purpose = await purposes.get(v, purpose_id)
        v.permit(purposes.resource(purpose, mandate.actor))
    return purpose_view(purpose)


@router.post("/v1/purposes/{purpose_id}/submission", summary="提交用途 · Submit it", status_code=201)
async def submit_purpose(purpose_id: PurposeId, order: EmptyOrder, db: Db, mandate: Applying) -> PurposeView:
    """Ask the agency that gives the data to approve the use."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        fact = rules.submit(purpose, agency_id=mandate.actor.agency_id)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))


@router.post("/v1/purposes/{purpose_id}/approval", summary="同意用途 · Approve it", status_code=201)
async def approve_purpose(purpose_id: PurposeId, order: EmptyOrder, db: Db, mandate: Deciding) -> PurposeView:
    """The head of the agency that gives the data approves the use (GDS 25)."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        agreement = await agreements.get(tx, purpose.agreement_id)
        fact = rules.approve(purpose, agreement, agency_id=mandate.actor.agency_id)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))


@router.post("/v1/purposes/{purpose_id}/rejection", summary="不同意 · Reject it", status_code=201)
async def reject_purpose(
    purpose_id: PurposeId, order: RejectionOrder, db: Db, mandate: Deciding
) -> PurposeView:
    """Refuse the use, with grounds and the provision that they rest on."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        grounds = canonical([order.reason, order.basis.name, order.basis.article]).decode()
        reason = await tx.commit_to(purpose_id, "rejection", grounds)
        fact = rules.reject(purpose, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))


@router.post("/v1/purposes/{purpose_id}/suspension", summary="暂停用途 · Suspend it", status_code=201)
async def suspend_purpose(
    purpose_id: PurposeId, order: ReasonOrder, db: Db, mandate: Deciding
) -> PurposeView:
    """Stop the calls for this purpose; either side may."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        reason = await tx.commit_to(purpose_id, "suspension", order.reason)
        fact = rules.suspend(purpose, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))


@router.post("/v1/purposes/{purpose_id}/resumption", summary="恢复用途 · Resume it", status_code=201)
async def resume_purpose(purpose_id: PurposeId, order: EmptyOrder, db: Db, mandate: Deciding) -> PurposeView:
    """Let the calls go on."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        fact = rules.resume(purpose, agency_id=mandate.actor.agency_id)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))


@router.post("/v1/purposes/{purpose_id}/archiving", summary="终止用途 · End it", status_code=201)
async def archive_purpose(purpose_id: PurposeId, order: EmptyOrder, db: Db, mandate: Deciding) -> PurposeView:
    """End the purpose for good; either side may."""
    async with change(db, mandate) as tx:
        purpose = await purposes.lock(tx, purpose_id)
        permit = tx.permit(purposes.resource(purpose, mandate.actor))
        fact = rules.archive(purpose, agency_id=mandate.actor.agency_id)
        return tx.answer(purpose_view(await purposes.save(tx, permit, purpose, fact)))
