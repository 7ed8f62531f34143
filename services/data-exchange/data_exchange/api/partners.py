"""Agencies become partners: they submit a draft, and the agency in charge of government data reviews it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import PartnerId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.partnerviews import partner_view
from data_exchange.api.views import agency_of
from data_exchange.contract.partners import EmptyOrder, PartnerOrder, PartnerView, ReasonOrder
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import partners as rules
from data_exchange.runtime import Run
from data_exchange.store import partners

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.PARTNER_READ))]
Applying = Annotated[Mandate, Depends(Allow(Action.PARTNER_APPLY))]
Reviewing = Annotated[Mandate, Depends(Allow(Action.PARTNER_REVIEW))]
Deciding = Annotated[Mandate, Depends(Allow(Action.PARTNER_DECIDE))]


@router.get("/v1/partners", summary="接入单位 · List partners")
async def list_partners(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> Page[PartnerView]:
    """The partners of the caller's agency, and those that it reviews, the oldest first."""
    async with view(db, mandate) as v:
        listed = await partners.list_page(v, after_id=after(cursor, PartnerId) or "", limit=limit + 1)
    return Page(
        items=[partner_view(partner) for partner in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda partner: partner.id),
    )


@router.get("/v1/partners/{partner_id}", summary="接入单位详情 · Read one partner")
async def get_partner(partner_id: PartnerId, db: Db, mandate: Reading) -> PartnerView:
    """One partner with its state."""
    async with view(db, mandate) as v:
        partner = await partners.get(v, partner_id)
        v.permit(partners.resource(partner, mandate.actor))
    return partner_view(partner)


@router.post("/v1/partners", summary="申请接入 · Draft a partner", status_code=201)
async def draft_partner(order: PartnerOrder, db: Db, runtime: Run, mandate: Applying) -> PartnerView:
    """The caller's agency wants its own systems to connect."""
    agency_id = agency_of(mandate)
    host_agency_id = (await addresses_of(runtime)).authority()
    async with change(db, mandate) as tx:
        fact = rules.draft(
            PartnerId.new(tx.now),
            agency_id=agency_id,
            host_agency_id=host_agency_id,
            credit_code=order.credit_code,
            region=order.region,
            level=order.level,
            standing=await partners.find_standing(tx, agency_id),
        )
        permit = tx.permit(partners.resource(fact.begun(), mandate.actor))
        return tx.answer(partner_view(await partners.add(tx, permit, fact)))


@router.post("/v1/partners/{partner_id}/submission", summary="提交 · Submit the draft", status_code=201)
async def submit_partner(partner_id: PartnerId, order: EmptyOrder, db: Db, mandate: Applying) -> PartnerView:
    """Ask the host to review the draft."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        fact = rules.submit(partner, agency_id=mandate.actor.agency_id)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/review", summary="开始审核 · Begin the review", status_code=201)
async def begin_review(partner_id: PartnerId, order: EmptyOrder, db: Db, mandate: Reviewing) -> PartnerView:
    """Take the submission up."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        fact = rules.begin_review(partner, agency_id=mandate.actor.agency_id)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/return", summary="退回修改 · Send the draft back", status_code=201)
async def send_back(partner_id: PartnerId, order: ReasonOrder, db: Db, mandate: Reviewing) -> PartnerView:
    """Return the submission with what is missing."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        reason = await tx.commit_to(partner_id, "return", order.reason)
        fact = rules.send_back(partner, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/admission", summary="准予接入 · Admit the partner", status_code=201)
async def admit(partner_id: PartnerId, order: EmptyOrder, db: Db, mandate: Reviewing) -> PartnerView:
    """Let the partner register applications; they begin in the sandbox."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        fact = rules.admit(partner, agency_id=mandate.actor.agency_id)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/suspension", summary="暂停接入 · Suspend a partner", status_code=201)
async def suspend_partner(
    partner_id: PartnerId, order: ReasonOrder, db: Db, mandate: Deciding
) -> PartnerView:
    """Refuse the calls of all its applications at once."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        reason = await tx.commit_to(partner_id, "suspension", order.reason)
        fact = rules.suspend(partner, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/resumption", summary="恢复接入 · Resume a partner", status_code=201)
async def resume_partner(partner_id: PartnerId, order: EmptyOrder, db: Db, mandate: Deciding) -> PartnerView:
    """Let its applications go on."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        fact = rules.resume(partner, agency_id=mandate.actor.agency_id)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))


@router.post("/v1/partners/{partner_id}/termination", summary="终止接入 · End a partnership", status_code=201)
async def terminate_partner(
    partner_id: PartnerId, order: ReasonOrder, db: Db, mandate: Deciding
) -> PartnerView:
    """End the partnership for good."""
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        reason = await tx.commit_to(partner_id, "termination", order.reason)
        fact = rules.terminate(partner, agency_id=mandate.actor.agency_id, reason=reason)
        return tx.answer(partner_view(await partners.save(tx, permit, partner, fact)))
