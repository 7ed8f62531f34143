"""The agencies of this installation, for anybody: the law makes them public (APL 39)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate, as_anybody
from common.values.ids import AgencyId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from gateway.identity.contract import AgencyView
from gateway.identity.store.agencies import list_page

router = APIRouter(tags=["identity"])


@router.get("/v1/public/agencies", summary="机关名录 · List the agencies")
async def list_agencies(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.AGENCY_LIST))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[AgencyView]:
    """The agencies of this installation, the oldest first."""
    async with view(db, as_anybody(mandate)) as v:
        listed = await list_page(v, after_id=after(cursor, AgencyId) or "", limit=limit + 1)
    return Page(
        items=[
            AgencyView(
                agency_id=agency.id,
                name=agency.name,
                parent_id=agency.parent_id,
                divisions=list(agency.divisions),
            )
            for agency in listed[:limit]
        ],
        next_cursor=next_cursor(listed, limit, lambda agency: agency.id),
    )
