"""Deferrals of the notice to the person: proposed, reviewed by another person, renewed, lifted (PIPL 18, 35)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, Resource
from common.values.ids import CaseId, DeferralId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange import inquiry
from data_exchange.api.views import agency_of
from data_exchange.contract.usages import (
    DeferralOrder,
    DeferralRenewalOrder,
    DeferralReviewOrder,
    DeferralSummary,
    DeferralView,
)
from data_exchange.domain import deferrals as rules
from data_exchange.domain.deferrals import Deferral, DeferralState, Ground
from data_exchange.runtime import Run
from data_exchange.store import deferrals
from data_exchange.store.deferrals import DeferralTexts

router = APIRouter()

Proposing = Annotated[Mandate, Depends(Allow(Action.DEFERRAL_PROPOSE))]
Reviewing = Annotated[Mandate, Depends(Allow(Action.DEFERRAL_REVIEW))]
Reading = Annotated[Mandate, Depends(Allow(Action.DEFERRAL_READ))]


@router.post("/v1/disclosure-deferrals", summary="申请推迟告知 · Propose a deferral", status_code=201)
async def propose(order: DeferralOrder, db: Db, runtime: Run, mandate: Proposing) -> DeferralView:
    """Propose that the persons asked about for a case learn of it later (PIPL 18, 35). It binds once approved."""
    case = await inquiry.standing_of(runtime, order.case_id)
    async with change(db, mandate) as tx:
        deferral_id, agency_id = DeferralId.new(tx.now), agency_of(mandate)
        permit = tx.permit(Resource(deferral_id, agency_id, level=3))
        await deferrals.take_turn(tx, order.case_id)
        named = await tx.commit_to(deferral_id, "case", order.case_id)
        reason = await tx.commit_to(deferral_id, "reason", order.reason)
        fact = rules.propose(
            deferral_id,
            order.case_id,
            case,
            agency_id=agency_id,
            ground=Ground(order.ground),
            texts=(named, reason),
            visible_after=order.visible_after,
            standing=await deferrals.find_standing(tx, order.case_id),
            rules=runtime.profile.exchange,
            at=tx.now,
        )
        texts = DeferralTexts(order.case_id, order.reason)
        deferral = await deferrals.add(tx, permit, fact, texts=texts)
        return tx.answer(await _view(tx, deferral))


@router.post(
    "/v1/disclosure-deferrals/{deferral_id}/approval", summary="批准推迟告知 · Approve", status_code=201
)
async def approve(
    deferral_id: DeferralId, order: DeferralReviewOrder, db: Db, runtime: Run, mandate: Reviewing
) -> DeferralView:
    """Approve a deferral that another person proposed. It binds the questions from now on, and none before."""
    async with change(db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        fact = rules.approve(deferral, by=mandate.actor.id, rules=runtime.profile.exchange, at=tx.now)
        deferral = await deferrals.save(tx, permit, deferral, fact)
        return tx.answer(await _view(tx, deferral))


@router.post(
    "/v1/disclosure-deferrals/{deferral_id}/rejection", summary="不批准推迟告知 · Reject", status_code=201
)
async def reject(
    deferral_id: DeferralId, order: DeferralReviewOrder, db: Db, mandate: Reviewing
) -> DeferralView:
    """Reject a deferral: the persons learn of every question at once."""
    async with change(db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        fact = rules.reject(deferral, by=mandate.actor.id)
        deferral = await deferrals.save(tx, permit, deferral, fact)
        return tx.answer(await _view(tx, deferral))


@router.post(
    "/v1/disclosure-deferrals/{deferral_id}/renewal-proposal",
    summary="申请延长 · Propose a later end",
    status_code=201,
)
async def propose_renewal(
    deferral_id: DeferralId, order: DeferralRenewalOrder, db: Db, runtime: Run, mandate: Proposing
) -> DeferralView:
    """Propose a later last day while the deferral is in force."""
    async with change(db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        fact = rules.propose_renewal(
            deferral,
            reason=await tx.commit_to(deferral_id, "reason", order.reason),
            visible_after=order.visible_after,
            rules=runtime.profile.exchange,
            at=tx.now,
        )
        texts = DeferralTexts(deferral.case_id, order.reason)
        deferral = await deferrals.save(tx, permit, deferral, fact, texts=texts)
        return tx.answer(await _view(tx, deferral))


@router.post(
    "/v1/disclosure-deferrals/{deferral_id}/renewal",
    summary="批准延长 · Agree to a later end",
    status_code=201,
)
async def renew(
    deferral_id: DeferralId, order: DeferralReviewOrder, db: Db, runtime: Run, mandate: Reviewing
) -> DeferralView:
    """Agree to the later end that another person proposed."""
    async with change(db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        fact = rules.renew(deferral, by=mandate.actor.id, rules=runtime.profile.exchange, at=tx.now)
        deferral = await deferrals.save(tx, permit, deferral, fact)
        return tx.answer(await _view(tx, deferral))


@router.post(
    "/v1/disclosure-deferrals/{deferral_id}/lifting", summary="提前结束推迟告知 · Lift", status_code=201
)
async def lift(
    deferral_id: DeferralId, order: DeferralReviewOrder, db: Db, mandate: Proposing
) -> DeferralView:
    """End a deferral early, because its reason is gone. What it held goes on the persons' lines by itself."""
    async with change(db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        deferral = await deferrals.save(tx, permit, deferral, rules.lift(deferral))
        return tx.answer(await _view(tx, deferral))


@router.get("/v1/disclosure-deferrals", summary="推迟告知列表 · List deferrals")
async def list_deferrals(
    db: Db,
    mandate: Reading,
    case_id: CaseId | None = None,
    state: DeferralState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[DeferralSummary]:
    """The deferrals of the caller's agency in the order of proposal."""
    async with view(db, mandate) as v:
        listed = await deferrals.list_page(
            v, after_id=after(cursor, DeferralId) or "", case_id=case_id, state=state, limit=limit + 1
        )
    return Page(
        items=[_summary(deferral) for deferral in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda deferral: deferral.id),
    )


@router.get("/v1/disclosure-deferrals/{deferral_id}", summary="推迟告知 · Read one deferral")
async def get_deferral(deferral_id: DeferralId, db: Db, mandate: Reading) -> DeferralView:
    """One deferral with its reasons, for the agency that deferred."""
    async with view(db, mandate) as v:
        deferral = await deferrals.get(v, deferral_id)
        v.permit(deferrals.resource(deferral))
        return await _view(v, deferral)


async def _view(v: View | Tx, deferral: Deferral) -> DeferralView:
    own = {name: value for name, value in vars(deferral).items() if name != "id"}
    return DeferralView(deferral_id=deferral.id, reasons=await deferrals.list_reasons(v, deferral.id), **own)


def _summary(deferral: Deferral) -> DeferralSummary:
    return DeferralSummary(
        deferral_id=deferral.id,
        case_id=deferral.case_id,
        ground=deferral.ground,
        visible_after=deferral.visible_after,
        state=deferral.state,
    )
