"""Disputes about shared data: raised, settled, moved up, decided (GDS 28(2))."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, Resource
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import DisputeId
from common.values.law import GDS_28_2
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.views import agency_of, clock_view, terms_of
from data_exchange.contract.disputes import (
    DisputeDecisionOrder,
    DisputeOrder,
    DisputePaperView,
    DisputeSummary,
    DisputeView,
    FailureOrder,
    RungView,
    SettlementConsentOrder,
    SettlementOrder,
)
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import disputes as rules
from data_exchange.domain.disputes import Dispute, DisputeState, Outcome, ladder_of
from data_exchange.runtime import Run
from data_exchange.store import disputes, exchanges
from data_exchange.store.disputes import DisputeTexts

router = APIRouter()

Arguing = Annotated[Mandate, Depends(Allow(Action.DISPUTE_ARGUE))]
Deciding = Annotated[Mandate, Depends(Allow(Action.DISPUTE_DECIDE))]
Reading = Annotated[Mandate, Depends(Allow(Action.DISPUTE_READ))]


@router.post("/v1/disputes", summary="提出共享争议 · Raise a dispute", status_code=201)
async def raise_dispute(order: DisputeOrder, db: Db, runtime: Run, mandate: Arguing) -> DisputeView:
    """Disagree with the other side of an exchange. The two negotiate first (GDS 28(2))."""
    own = agency_of(mandate)
    addresses = await addresses_of(runtime)
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, order.exchange_id)
        other = exchange.to_agency_id if exchange.agency_id == own else exchange.agency_id
        dispute_id = DisputeId.new(tx.now)
        permit = tx.permit(Resource(dispute_id, own, level=3))
        standing = await disputes.find_open(tx, exchange.id)
        if standing is not None or exchange.side_of(own) is None:
            raise Refusal(
                RefusalKind.CONFLICT, "DX_DISPUTE_STANDS", {"exchange": exchange.id}, article=GDS_28_2
            )
        fact = rules.raise_dispute(
            dispute_id,
            exchange.id,
            sides=(own, other),
            ladder=ladder_of(
                (own, other), authority_id=addresses.find_authority(), parents=addresses.parents
            ),
            claim=await tx.commit_to(dispute_id, "claim", order.claim),
            terms=terms_of(runtime),
            at=tx.now,
        )
        dispute = await disputes.add(tx, permit, fact, texts=DisputeTexts("CLAIM", order.claim))
        return tx.answer(await _view(tx, dispute))


@router.post(
    "/v1/disputes/{dispute_id}/settlement", summary="提出和解方案 · Propose a settlement", status_code=201
)
async def propose(dispute_id: DisputeId, order: SettlementOrder, db: Db, mandate: Arguing) -> DisputeView:
    """Put a settlement on the table. The other side may agree to it until somebody has decided."""
    async with change(db, mandate) as tx:
        dispute = await disputes.lock(tx, dispute_id)
        permit = tx.permit(disputes.resource(dispute, mandate.actor))
        words = await tx.commit_to(dispute_id, "settlement", order.text)
        fact = rules.propose(dispute, agency_id=mandate.actor.agency_id, terms=words)
        texts = DisputeTexts("SETTLEMENT", order.text)
        dispute = await disputes.save(tx, permit, dispute, fact, texts=texts)
        return tx.answer(await _view(tx, dispute))


@router.post(
    "/v1/disputes/{dispute_id}/settlement-consent",
    summary="同意和解 · Agree to a settlement",
    status_code=201,
)
async def settle(
    dispute_id: DisputeId, order: SettlementConsentOrder, db: Db, mandate: Arguing
) -> DisputeView:
    """Agree to the settlement of the other side. It ends the dispute."""
    async with change(db, mandate) as tx:
        dispute = await disputes.lock(tx, dispute_id)
        permit = tx.permit(disputes.resource(dispute, mandate.actor))
        fact = rules.settle(dispute, agency_id=mandate.actor.agency_id)
        dispute = await disputes.save(tx, permit, dispute, fact)
        return tx.answer(await _view(tx, dispute))


@router.post(
    "/v1/disputes/{dispute_id}/failure", summary="协商不成 · Declare a level failed", status_code=201
)
async def declare_failed(
    dispute_id: DisputeId, order: FailureOrder, db: Db, runtime: Run, mandate: Arguing
) -> DisputeView:
    """Say that this level brings no agreement: the dispute goes to the next organ (GDS 28(2))."""
    async with change(db, mandate) as tx:
        dispute = await disputes.lock(tx, dispute_id)
        permit = tx.permit(disputes.resource(dispute, mandate.actor))
        fact = rules.declare_failed(
            dispute,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(dispute_id, "failure", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        dispute = await disputes.save(tx, permit, dispute, fact, texts=DisputeTexts("FAILURE", order.reason))
        return tx.answer(await _view(tx, dispute))


@router.post("/v1/disputes/{dispute_id}/decision", summary="裁定争议 · Decide a dispute", status_code=201)
async def decide(
    dispute_id: DisputeId, order: DisputeDecisionOrder, db: Db, mandate: Deciding
) -> DisputeView:
    """Decide as the organ of the level where the dispute is. The decision binds both sides (GDS 28(2))."""
    async with change(db, mandate) as tx:
        dispute = await disputes.lock(tx, dispute_id)
        permit = tx.permit(disputes.resource(dispute, mandate.actor))
        fact = rules.decide(
            dispute,
            Outcome(order.outcome),
            agency_id=mandate.actor.agency_id,
            reasons=await tx.commit_to(dispute_id, "decision", order.reasons),
        )
        texts = DisputeTexts("DECISION", order.reasons)
        dispute = await disputes.save(tx, permit, dispute, fact, texts=texts)
        return tx.answer(await _view(tx, dispute))


@router.get("/v1/disputes", summary="争议列表 · List disputes")
async def list_disputes(
    db: Db, mandate: Reading, state: DisputeState | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> Page[DisputeSummary]:
    """The disputes of the caller's agency, and those that came before it."""
    async with view(db, mandate) as v:
        place = after(cursor, DisputeId) or ""
        listed = await disputes.list_page(v, after_id=place, state=state, limit=limit + 1)
    return Page(
        items=[DisputeSummary(**_head(dispute)) for dispute in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda dispute: dispute.id),
    )


@router.get("/v1/disputes/{dispute_id}", summary="争议详情 · Read a dispute")
async def get_dispute(dispute_id: DisputeId, db: Db, mandate: Reading) -> DisputeView:
    """One dispute with its levels and what was said."""
    async with view(db, mandate) as v:
        dispute = await disputes.get(v, dispute_id)
        v.permit(disputes.resource(dispute, mandate.actor))
        return await _view(v, dispute)


async def _view(v: View | Tx, dispute: Dispute) -> DisputeView:
    papers = await disputes.list_papers(v, dispute.id)
    return DisputeView(
        **_head(dispute),
        ladder=[RungView(level=rung.level, organ_id=rung.organ_id) for rung in dispute.ladder],
        proposed_by=dispute.proposed_by,
        clocks=[clock_view(clock) for clock in dispute.clocks],
        papers=[DisputePaperView(**vars(paper)) for paper in papers],
    )


def _head(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "agency_id": dispute.agency_id,
        "other_id": dispute.other_id,
        "exchange_id": dispute.exchange_id,
        "level": dispute.rung.level,
        "state": dispute.state,
        "outcome": dispute.outcome,
        "raised_at": dispute.raised_at,
        "ended_at": dispute.ended_at,
    }
