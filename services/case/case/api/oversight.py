"""Oversight items: the supervisor and the agency concerned look at them; the agency replies, the supervisor closes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.api.oversight_views import item_view, standing_view, summary_view
from case.contract.oversight import (
    OversightStanding,
    OversightSummary,
    OversightView,
    ReplyOrder,
    ResultOrder,
)
from case.domain.oversight import ItemType, Result, State, close, reply
from case.store import oversight
from case.store.oversight_texts import ReplyTexts, ResultTexts, list_papers
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import AgencyId, OversightItemId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page

router = APIRouter()

AskingStanding = Annotated[Mandate, Depends(Allow(Action.OVERSIGHT_READ_STANDING))]
Reading = Annotated[Mandate, Depends(Allow(Action.OVERSIGHT_READ))]


@router.get("/v1/oversight-items", summary="监督事项列表 · List oversight items")
async def list_items(
    db: Db,
    mandate: Reading,
    item_type: Annotated[ItemType | None, Query(alias="type")] = None,
    agency_id: AgencyId | None = None,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[OversightSummary]:
    """The items about the caller's agency and the agencies below it, in the order they were opened."""
    async with view(db, mandate) as v:
        items = await oversight.list_page(
            v,
            after_id=after(cursor, OversightItemId) or "",
            item_type=item_type,
            agency_id=agency_id,
            state=state,
            limit=limit + 1,
        )
    return Page(
        items=[summary_view(item) for item in items[:limit]],
        next_cursor=next_cursor(items, limit, lambda item: item.id),
    )


@router.get("/v1/oversight-items/{item_id}", summary="监督事项详情 · Read one oversight item")
async def get_item(item_id: OversightItemId, db: Db, mandate: Reading) -> OversightView:
    """One item with the full log of its object, the reply and the result."""
    async with view(db, mandate) as v:
        item = await oversight.get(v, item_id)
        v.permit(oversight.resource(item))
        return item_view(item, await oversight.get_facts(v, item_id), await list_papers(v, item_id))


@router.get(
    "/v1/oversight-items/{item_id}/standing", summary="监督事项是否在办 · Ask whether an item is open"
)
async def get_standing(item_id: OversightItemId, db: Db, mandate: AskingStanding) -> OversightStanding:
    """Whether an item is open. The exchange asks before it lets anybody ask for its sake (NJ 17)."""
    async with view(db, mandate) as v:
        item = await oversight.get(v, item_id)
        v.permit(oversight.resource(item))
    return standing_view(item)


@router.post(
    "/v1/oversight-items/{item_id}/reply",
    summary="说明情况 · Reply to an oversight item",
    status_code=201,
)
async def reply_to_item(
    item_id: OversightItemId,
    order: ReplyOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.OVERSIGHT_REPLY))],
) -> OversightView:
    """The agency explains itself (AES 22(1)): once, and late if its period is over."""
    async with change(db, mandate) as tx:
        item = await oversight.lock(tx, item_id)
        permit = tx.permit(oversight.resource(item))
        fact = reply(item, text=await tx.commit_to(item_id, "reply", order.text))
        item = await oversight.save(tx, permit, item, fact, texts=ReplyTexts(order.text))
        papers = await list_papers(tx, item_id)
        return tx.answer(item_view(item, await oversight.get_facts(tx, item_id), papers))


@router.post(
    "/v1/oversight-items/{item_id}/closure",
    summary="办结监督事项 · Close an oversight item",
    status_code=201,
)
async def close_item(
    item_id: OversightItemId,
    order: ResultOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.OVERSIGHT_CLOSE))],
) -> OversightView:
    """The supervisor closes the item with a result. It punishes nobody: a referral recommends (AES 32, 33(1))."""
    async with change(db, mandate) as tx:
        item = await oversight.lock(tx, item_id)
        permit = tx.permit(oversight.resource(item))
        fact = close(
            item,
            Result(order.result),
            by_agency=mandate.actor.agency_id,
            reasons=await tx.commit_to(item_id, "reasons", order.reasons),
            organ=await tx.commit_to(item_id, "organ", order.organ) if order.organ else None,
            at=tx.now,
        )
        texts = ResultTexts(order.reasons, order.organ)
        item = await oversight.save(tx, permit, item, fact, texts=texts)
        papers = await list_papers(tx, item_id)
        return tx.answer(item_view(item, await oversight.get_facts(tx, item_id), papers))
