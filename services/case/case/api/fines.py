"""Fines and disputes counted by device, for the device registry: it looks for devices that are out of line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.contract.fines import DEVICES_A_PAGE, DeviceFinesView
from case.store import fines
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import start_of
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, after, next_group
from common.web.wire import Day, Page

router = APIRouter()

Counting = Annotated[Mandate, Depends(Allow(Action.CASE_COUNT_BY_DEVICE))]


@router.get("/v1/device-fines", summary="按设备统计罚款 · Count fines by device and month")
async def count_fines(
    db: Db,
    mandate: Counting,
    first: Annotated[Day, Query(alias="from", description="首日 · The first legal day.")],
    until: Annotated[Day, Query()],
    limit: Annotated[int, Query(ge=1, le=DEVICES_A_PAGE)] = 200,
    cursor: Cursor = "",
) -> Page[DeviceFinesView]:
    """Penalties and defences on the legal days [from, until), by device and month; a page holds `limit` devices."""
    period = (start_of(first), start_of(until))
    place = after(cursor, DeviceId) or ""
    async with view(db, mandate) as v:
        counted = await fines.list_by_device(v, period, after=place, devices=limit + 1)
    shown, further = next_group(counted, limit, lambda each: each.device_id)
    return Page(items=[DeviceFinesView(**vars(each)) for each in shown], next_cursor=further)
