"""Which devices lose their legal basis soon."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.contract.law import BasisWarningPage, BasisWarningView
from device_registry.store import basiswarnings

router = APIRouter()


@router.get("/v1/basis-warnings", summary="即将失效的设置依据 · List the legal bases that end")
async def list_warnings(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> BasisWarningPage:
    """The devices of the agencies that the caller sees whose last legal basis ends today or later."""
    place = after(cursor, DeviceId) or ""
    async with view(db, mandate) as v:
        listed = await basiswarnings.list_from(v, legal_day(v.now), after=place, limit=limit + 1)
    shown = listed[:limit]
    return BasisWarningPage(
        items=[
            BasisWarningView(
                device_id=each.device_id,
                functions=list(each.functions),
                last_on=each.last_on,
                warned_at=each.warned_at,
            )
            for each in shown
        ],
        next_cursor=next_cursor(listed, limit, lambda each: each.device_id),
    )
