"""The data authority reviews the catalogue, and the catalogue follows the law."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CatalogueItemId
from common.web.auth import Allow, Db
from data_exchange.api.catalogue import Drafting, newest
from data_exchange.api.views import terms_of
from data_exchange.contract.catalogue import (
    CatalogueItemView,
    ChangeCauseOrder,
    ChangeExtensionOrder,
    ListingOrder,
    ReturnOrder,
)
from data_exchange.domain import changing, listing
from data_exchange.runtime import Run
from data_exchange.store import catalogue
from data_exchange.store.itemtexts import NoteTexts

router = APIRouter()

Reviewing = Annotated[Mandate, Depends(Allow(Action.CATALOGUE_REVIEW))]


@router.post("/v1/catalog/items/{item_id}/listing", summary="审核发布 · List an item", status_code=201)
async def list_item(
    item_id: CatalogueItemId, order: ListingOrder, db: Db, mandate: Reviewing
) -> CatalogueItemView:
    """The data authority announces the version to every agency (GDS 16(1))."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = listing.list_item(item, agency_id=mandate.actor.agency_id)
        item = await catalogue.save(tx, permit, item, fact)
        return tx.answer(await newest(tx, item))


@router.post("/v1/catalog/items/{item_id}/return", summary="退回目录 · Send a version back", status_code=201)
async def return_item(
    item_id: CatalogueItemId, order: ReturnOrder, db: Db, mandate: Reviewing
) -> CatalogueItemView:
    """The data authority says why this version is not listed."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        reason = await tx.commit_to(item_id, "return", order.reason)
        fact = listing.send_back(item, agency_id=mandate.actor.agency_id, reason=reason)
        item = await catalogue.save(tx, permit, item, fact, texts=NoteTexts("RETURN", order.reason))
        return tx.answer(await newest(tx, item))


@router.post(
    "/v1/catalog/items/{item_id}/change-causes",
    summary="目录更新事由 · Note what demands a change",
    status_code=201,
)
async def owe_change(
    item_id: CatalogueItemId, order: ChangeCauseOrder, db: Db, runtime: Run, mandate: Drafting
) -> CatalogueItemView:
    """Note that a law or a duty changed: the item follows within ten working days of that (GDS 17(2))."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = changing.owe_change(
            item,
            changing.Cause(order.cause),
            agency_id=mandate.actor.agency_id,
            arose_on=order.arose_on,
            text=await tx.commit_to(item_id, "cause", order.text),
            terms=terms_of(runtime),
            at=tx.now,
        )
        item = await catalogue.save(tx, permit, item, fact, texts=NoteTexts("CAUSE", order.text))
        return tx.answer(await newest(tx, item))


@router.post(
    "/v1/catalog/items/{item_id}/change-extension",
    summary="同意延长更新期限 · Consent to a longer period for a change",
    status_code=201,
)
async def extend_change(
    item_id: CatalogueItemId, order: ChangeExtensionOrder, db: Db, runtime: Run, mandate: Reviewing
) -> CatalogueItemView:
    """The data authority consents to at most five working days more for a change (GDS 17(2))."""
    async with change(db, mandate) as tx:
        item = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(item, mandate.actor))
        fact = changing.extend_change(
            item,
            order.days,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(item_id, "extension", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        item = await catalogue.save(tx, permit, item, fact, texts=NoteTexts("EXTENSION", order.reason))
        return tx.answer(await newest(tx, item))
