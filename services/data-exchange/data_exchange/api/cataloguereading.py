"""The catalogue as every agency reads it: the items that are listed, and one's own."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import AgencyId, CatalogueItemId
from common.web.auth import Allow, Db
from common.web.components import header_refs
from common.web.openapi import Answers
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.itemviews import entry_view, item_view
from data_exchange.contract.catalogue import CatalogueEntry, CatalogueItemView
from data_exchange.domain.catalogue import ItemState, Share
from data_exchange.store import catalogue
from data_exchange.store.itemtexts import list_notes

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.CATALOGUE_READ))]
_WITH_ETAG: Final[Answers] = {
    200: {"headers": header_refs("ETag")},
    304: {"headers": header_refs("ETag")},
}


@router.get(
    "/v1/catalog/items",
    summary="政务数据目录 · The catalogue of government data",
    response_model=Page[CatalogueEntry],
    responses=_WITH_ETAG,
)
async def list_items(
    db: Db,
    mandate: Reading,
    agency_id: AgencyId | None = None,
    share: Share | None = None,
    state: ItemState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """What every agency may ask for, and one's own drafts. 304 to a caller whose copy of the page is current."""
    async with view(db, mandate) as v:
        listed = await catalogue.list_page(
            v,
            after_id=after(cursor, CatalogueItemId) or "",
            agency_id=agency_id,
            share=share,
            state=state,
            limit=limit + 1,
        )
    page = Page[CatalogueEntry](
        items=[entry_view(entry) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda entry: entry.item.id),
    )
    body = page.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.get("/v1/catalog/items/{item_id}", summary="目录条目 · Read one item")
async def get_item(item_id: CatalogueItemId, db: Db, mandate: Reading) -> CatalogueItemView:
    """One item as it is listed; its own agency and the authority see the newest version while none is listed."""
    async with view(db, mandate) as v:
        item = await catalogue.get(v, item_id)
        v.permit(catalogue.resource(item, mandate.actor))
        entry = await catalogue.get_entry(v, item)
        notes = await list_notes(v, item_id)
    return item_view(entry, notes)
