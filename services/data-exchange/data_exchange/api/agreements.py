"""Agreements between an application's agency and the one that gives data."""

from __future__ import annotations

from fastapi import APIRouter

from common.door.uow import change, view
from common.values.ids import AgreementId
from common.web.auth import Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.partners import Applying, Deciding, Reading
from data_exchange.api.partnerviews import agreement_view
from data_exchange.contract.agreements import AgreementOrder, AgreementView, RejectionOrder
from data_exchange.contract.partners import EmptyOrder, ReasonOrder
from data_exchange.domain import agreements as rules
from data_exchange.domain.filtering import FieldRule, Transform
from data_exchange.store import agreements, applications, partners
from ledger.canonical import canonical

router = APIRouter()


@router.get("/v1/agreements", summary="共享协议列表 · List agreements")
async def list_agreements(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> Page[AgreementView]:
    """The agreements of the caller's agency on either side, the oldest first."""
    async with view(db, mandate) as v:
        listed = await agreements.list_page(v, after_id=after(cursor, AgreementId) or "", limit=limit + 1)
    return Page(
        items=[agreement_view(agreement) for agreement in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda agreement: agreement.id),
    )


@router.get("/v1/agreements/{agreement_id}", summary="共享协议 · Read one agreement")
async def get_agreement(agreement_id: AgreementId, db: Db, mandate: Reading) -> AgreementView:
    """One agreement with its whole scope."""
    async with view(db, mandate) as v:
        agreement = await agreements.get(v, agreement_id)
        v.permit(agreements.resource(agreement, mandate.actor))
    return agreement_view(agreement)


@router.post("/v1/agreements", summary="拟定共享协议 · Draft an agreement", status_code=201)
async def draft_agreement(order: AgreementOrder, db: Db, mandate: Applying) -> AgreementView:
    """Write down what an application needs of another agency, and on which legal basis."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, order.application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        partner = await partners.get(tx, application.partner_id)
        agreement_id = AgreementId.new(tx.now)
        basis = canonical([[basis.name, basis.article] for basis in order.basis]).decode()
        fact = rules.draft(
            agreement_id,
            application,
            agency_id=mandate.actor.agency_id,
            to_agency_id=order.to_agency_id,
            scope=_scope(order),
            basis=await tx.commit_to(agreement_id, "basis", basis),
            level=partner.level,
        )
        return tx.answer(agreement_view(await agreements.add(tx, permit, fact)))


@router.post("/v1/agreements/{agreement_id}/submission", summary="提交协议 · Submit it", status_code=201)
async def submit_agreement(
    agreement_id: AgreementId, order: EmptyOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """The head of the agency that needs the data asks for it (GDS 20)."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        fact = rules.submit(agreement, agency_id=mandate.actor.agency_id)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


@router.post("/v1/agreements/{agreement_id}/approval", summary="同意协议 · Approve it", status_code=201)
async def approve_agreement(
    agreement_id: AgreementId, order: EmptyOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """The head of the agency that gives the data agrees (GDS 20)."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        fact = rules.approve(agreement, agency_id=mandate.actor.agency_id)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


@router.post("/v1/agreements/{agreement_id}/rejection", summary="不同意 · Reject it", status_code=201)
async def reject_agreement(
    agreement_id: AgreementId, order: RejectionOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """Refuse the agreement, with grounds and the provision that they rest on."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        grounds = canonical([order.reason, order.basis.name, order.basis.article]).decode()
        reason = await tx.commit_to(agreement_id, "rejection", grounds)
        fact = rules.reject(agreement, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


@router.post("/v1/agreements/{agreement_id}/suspension", summary="暂停协议 · Suspend it", status_code=201)
async def suspend_agreement(
    agreement_id: AgreementId, order: ReasonOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """Stop the calls under this agreement; either side may."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        reason = await tx.commit_to(agreement_id, "suspension", order.reason)
        fact = rules.suspend(agreement, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


@router.post("/v1/agreements/{agreement_id}/resumption", summary="恢复协议 · Resume it", status_code=201)
async def resume_agreement(
    agreement_id: AgreementId, order: EmptyOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """Let the calls go on."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        fact = rules.resume(agreement, agency_id=mandate.actor.agency_id)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


@router.post("/v1/agreements/{agreement_id}/archiving", summary="终止协议 · End it", status_code=201)
async def archive_agreement(
    agreement_id: AgreementId, order: EmptyOrder, db: Db, mandate: Deciding
) -> AgreementView:
    """End the agreement for good; either side may."""
    async with change(db, mandate) as tx:
        agreement = await agreements.lock(tx, agreement_id)
        permit = tx.permit(agreements.resource(agreement, mandate.actor))
        fact = rules.archive(agreement, agency_id=mandate.actor.agency_id)
        return tx.answer(agreement_view(await agreements.save(tx, permit, agreement, fact)))


def _scope(order: AgreementOrder) -> rules.Scope:
    return rules.Scope(
        tuple(rules.Service(service) for service in order.services),
        tuple(
            FieldRule(field.pointer, Transform(field.transform), field.clause, field.step)
            for field in order.fields
        ),
        tuple(order.regions),
        order.level,
        order.daily_calls,
        order.monthly_subjects,
        order.valid_from,
        order.valid_until,
    )
