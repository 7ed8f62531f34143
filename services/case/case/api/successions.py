"""Which article takes the place of which: anybody reads what is published, one officer proposes, another approves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.catalogue import agency_of
from case.api.catalogue_views import citation_of, succession_view
from case.contract.catalogue import (
    LegalSuccessionDecisionOrder,
    LegalSuccessionOrder,
    LegalSuccessionPage,
    LegalSuccessionView,
)
from case.domain.successions import State, Succession, approve, propose, withdraw
from case.store import legalsources, successions
from common.door.uow import change, view
from common.policy import Action, Mandate, Resource, as_anybody
from common.values.ids import LegalSuccessionId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor

router = APIRouter()

Proposing = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_PROPOSE))]
Approving = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_APPROVE))]
Reading = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_READ))]
Anybody = Annotated[Mandate, Depends(Allow(Action.LEGAL_SOURCE_LIST))]


@router.get("/v1/catalogue/legal-successions", summary="条文衔接目录 · List the successions of articles")
async def list_successions(
    db: Db, mandate: Anybody, limit: Limit = 50, cursor: Cursor = ""
) -> LegalSuccessionPage:
    """The published successions, without login."""
    place = after(cursor, LegalSuccessionId) or ""
    async with view(db, as_anybody(mandate)) as v:
        listed = await successions.list_page(v, after_id=place, state=State.PUBLISHED, limit=limit + 1)
    return _page(listed, limit)


@router.get(
    "/v1/catalogue/legal-succession-proposals", summary="待批条文衔接 · List the proposed successions"
)
async def list_proposals(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> LegalSuccessionPage:
    """The successions that nobody decided on yet, of the agencies that the caller sees."""
    place = after(cursor, LegalSuccessionId) or ""
    async with view(db, mandate) as v:
        listed = await successions.list_page(v, after_id=place, state=State.PROPOSED, limit=limit + 1)
    return _page(listed, limit)


@router.post(
    "/v1/catalogue/legal-successions", summary="提出条文衔接 · Propose a succession", status_code=201
)
async def propose_succession(order: LegalSuccessionOrder, db: Db, mandate: Proposing) -> LegalSuccessionView:
    """The catalogue knows both articles, and the new one is in force on the first day."""
    agency_id = agency_of(mandate)
    old, new = citation_of(order.old), citation_of(order.new)
    async with change(db, mandate) as tx:
        succession_id = LegalSuccessionId.new(tx.now)
        permit = tx.permit(Resource(succession_id, agency_id))
        fact = propose(
            succession_id,
            old,
            new,
            agency_id=agency_id,
            from_on=order.from_on,
            known=await legalsources.list_articles(tx, old.title, new.title),
            by=mandate.actor.id,
        )
        return tx.answer(succession_view(await successions.add(tx, permit, fact)))


@router.post(
    "/v1/catalogue/legal-successions/{succession_id}/approval",
    summary="批准条文衔接 · Approve a succession",
    status_code=201,
)
async def approve_succession(
    succession_id: LegalSuccessionId, order: LegalSuccessionDecisionOrder, db: Db, mandate: Approving
) -> LegalSuccessionView:
    """From now on, and not before its day, it holds for every device that cites the old article."""
    async with change(db, mandate) as tx:
        await legalsources.hold(tx)
        succession = await successions.lock(tx, succession_id)
        permit = tx.permit(successions.resource(succession))
        known = await legalsources.list_articles(tx, succession.old.title, succession.new.title)
        rival = await successions.find_published(tx, succession.old)
        fact = approve(succession, known, rival=rival, by=mandate.actor.id)
        return tx.answer(succession_view(await successions.save(tx, permit, succession, fact)))


@router.post(
    "/v1/catalogue/legal-successions/{succession_id}/withdrawal",
    summary="撤回条文衔接 · Withdraw a succession",
    status_code=201,
)
async def withdraw_succession(
    succession_id: LegalSuccessionId, order: LegalSuccessionDecisionOrder, db: Db, mandate: Approving
) -> LegalSuccessionView:
    """It counts for no instant any more: what rested on it alone is unlawful from the day that its basis ended."""
    async with change(db, mandate) as tx:
        succession = await successions.lock(tx, succession_id)
        permit = tx.permit(successions.resource(succession))
        fact = withdraw(succession, by=mandate.actor.id)
        return tx.answer(succession_view(await successions.save(tx, permit, succession, fact)))


def _page(listed: list[Succession], limit: int) -> LegalSuccessionPage:
    return LegalSuccessionPage(
        items=[succession_view(each) for each in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda each: each.id),
    )
